"""A small workbench whose model is a function."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.data.sample import Sample
from ladder.measure import TaskData, Workbench
from ladder.models.base import Request
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, register_scripted

MakeBench = Callable[..., Workbench]

SAMPLES = [Sample(f"s{i}", str(i), (str(i * 3),)) for i in range(40)]


@pytest.fixture
def make_bench(tmp_path: Path) -> MakeBench:
    """Return a maker of workbenches over forty multiplications by three."""

    def make(
        answer: Callable[[Request], str], *, journal: Path | None = None, **fields: object
    ) -> Workbench:
        model = register_scripted(Scripted(answer, name=f"model-{tmp_path.name}"))
        task = {
            "name": "triples",
            "model": {"id": model},
            "data": {"path": "eval.jsonl"},
            "target": 0.8,
            **fields,
        }
        return Workbench(TaskData(TaskSpec.model_validate(task), SAMPLES), journal=journal)

    return make
