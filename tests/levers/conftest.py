"""A task that gives the levers whatever a test wants."""

from typing import Any

from ladder.spec.candidate import ModelRef
from ladder.spec.data_source import DataSource
from ladder.spec.lever_sections import Levers
from ladder.spec.task import TaskSpec


def task_with(*, data: Any = "eval.jsonl", generation: Any = None, **levers: Any) -> TaskSpec:
    """Return a task that nobody runs, with the sections of its levers."""
    return TaskSpec.model_validate(
        {
            "name": "t",
            "model": ModelRef(id="small"),
            "data": DataSource(path=data),
            "target": 0.8,
            "generation": generation or {},
            "levers": Levers.model_validate(levers),
        }
    )
