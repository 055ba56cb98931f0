"""Candidate to Measurement."""

from ladder.measure.answer import Material, write_request
from ladder.measure.checks.answers import check_answers
from ladder.measure.cost import Cost
from ladder.measure.journal import Journal
from ladder.measure.measurement import Measurement, Scored
from ladder.measure.task_data import TaskData, load_task_data
from ladder.measure.workbench import Workbench

__all__ = [
    "Cost",
    "Journal",
    "Material",
    "Measurement",
    "Scored",
    "TaskData",
    "Workbench",
    "check_answers",
    "load_task_data",
    "write_request",
]
