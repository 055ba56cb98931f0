"""What is wanted: the task spec and the Candidate."""

from ladder.finding import Finding
from ladder.spec.candidate import Candidate
from ladder.spec.example import example_task
from ladder.spec.load_task import load_task
from ladder.spec.schema import json_schema
from ladder.spec.task import TaskSpec

__all__ = ["Candidate", "Finding", "TaskSpec", "example_task", "json_schema", "load_task"]
