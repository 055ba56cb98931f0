"""A small task whose model is a function."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted


@pytest.fixture
def task_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a writer of a task of 60 samples in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def write(answer: Callable[[Request], str]) -> Path:
        rows = [{"input": str(at), "target": str(at * 3)} for at in range(60)]
        Path("eval.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        spec = {
            "name": "triples",
            "model": register_scripted(Scripted(answer, name=tmp_path.name)),
            "data": "eval.jsonl",
            "target": 0.5,
            "prompt": "Triple: {{ input }}",
        }
        Path("task.json").write_text(json.dumps(spec))
        return Path("task.json")

    return write
