"""Measure candidates on samples: answers, scores, costs, and checks around them."""

from ladder.measure.checks.answers import check_answers
from ladder.measure.journal import Journal
from ladder.measure.measurement import Scored
from ladder.measure.task_data import TaskData, load_task_data
from ladder.measure.workbench import Workbench

__all__ = ["Journal", "Scored", "TaskData", "Workbench", "check_answers", "load_task_data"]
