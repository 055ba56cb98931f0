"""A spec on disk whose model is a function, and the command line in this process."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ladder.cli import main
from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted
from ladder.testing.task_files import number_in


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]
WriteSpec = Callable[..., Path]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a runner of `ladder` commands."""

    def run(*words: object) -> Ended:
        capsys.readouterr()
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run


@pytest.fixture
def write_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WriteSpec:
    """Return a writer of a task in the current folder; `answer` is its model."""
    monkeypatch.chdir(tmp_path)

    def write(answer: Callable[[Request], str], *, n: int = 160, **fields: object) -> Path:
        rows = [{"input": str(i), "target": str(i * 3)} for i in range(1, n + 1)]
        pool = [{"input": str(i), "target": str(i * 3)} for i in range(1000, 1020)]
        for name, some in (("eval.jsonl", rows), ("pool.jsonl", pool)):
            Path(name).write_text("".join(json.dumps(row) + "\n" for row in some))
        spec = {
            "name": "triples",
            "model": register_scripted(Scripted(answer, name=tmp_path.name)),
            "data": "eval.jsonl",
            "target": 0.8,
            "levers": {
                "template": {"not_applicable": "a function has no template"},
                "model": {"not_applicable": "one model is allowed"},
                "rag": {"not_applicable": "no documents"},
                "rerank": {"not_applicable": "no documents"},
                "few_shot": {"pool": "pool.jsonl", "shots": [2], "methods": ["random"]},
            },
            **fields,
        }
        path = Path("task.json")
        path.write_text(json.dumps(spec))
        return path

    return write


def right(request: Request) -> str:
    """Answer right, always."""
    return str(3 * number_in(request))


def right_with_examples(request: Request) -> str:
    """Answer right only after worked examples."""
    return right(request) if len(request.messages) > 2 else wrong(request)


def wrong(request: Request) -> str:
    """Answer wrong, always, and not always the same."""
    return f"no idea, {'abc'[number_in(request) % 3]}"
