"""What is wanted: the task spec and the Candidate."""

from ladder.spec.load_task import load_task

__all__ = ["load_task"]
