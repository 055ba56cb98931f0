"""A scripted task from its spec to its verdict."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import ladder
from ladder.models.base import Request
from ladder.testing import Scripted, register_scripted

Answer = Callable[[Request], str]
MakeTask = Callable[..., ladder.TaskSpec]


@pytest.fixture
def make_task(tmp_path: Path) -> MakeTask:
    """Return a maker of small sums, answered by a function."""

    def make(
        answer: Answer, *, n: int = 200, name: str = "sums", **more: object
    ) -> ladder.TaskSpec:
        path = tmp_path / f"{name}.jsonl"
        rows = [{"question": f"{i} + {i % 7}", "answer": str(i + i % 7)} for i in range(n)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        pool = tmp_path / f"{name}-pool.jsonl"
        rows = [{"question": f"{i} * 2", "answer": str(i * 2)} for i in range(40)]
        pool.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        model = register_scripted(Scripted(answer, name=f"{name}-{tmp_path.name}"))
        return ladder.load_task(
            {
                "name": name,
                "model": model,
                "data": {"path": str(path), "input": "question", "target": "answer"},
                "prompt": "{{ question }}",
                "target": 0.8,
                "levers": {
                    "template": {"not_applicable": "a function has no template"},
                    "prompt": {"edits": False, "prompts": ["Reply briefly: {{ question }}"]},
                    "model": {"not_applicable": "one model is allowed"},
                    "rag": {"not_applicable": "no documents"},
                    "few_shot": {"pool": str(pool), "shots": [2], "methods": ["random"]},
                },
                **more,
            }
        )

    return make


def solve(request: Request) -> str:
    """Return the right sum."""
    first, _, second = request.messages[-1].content.rpartition(": ")[2].partition(" + ")
    return str(int(first) + int(second))


def right_when(condition: Callable[[Request], bool]) -> Answer:
    """Return an answer that is right where a request fulfils a condition."""
    return lambda request: solve(request) if condition(request) else "no idea"


def test_a_model_that_is_right_already_needs_nothing(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(solve)

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "already_good"
    assert decision.attempts == ()


def test_the_lever_that_helps_is_named(make_task: MakeTask, tmp_path: Path) -> None:
    task = make_task(right_when(lambda request: request.messages[0].content.startswith("Reply")))

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever"
    assert decision.best is not None
    assert decision.best.prompt.user == "Reply briefly: {{ question }}"
    assert [attempt.lever for attempt in decision.attempts] == ["template", "prompt"]


def test_levers_that_work_only_together_are_found(make_task: MakeTask, tmp_path: Path) -> None:
    def is_helped(request: Request) -> bool:
        return len(request.messages) == 5 and request.messages[0].content.startswith("Reply")

    task = make_task(right_when(is_helped))

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "use_lever"
    assert decision.best is not None
    assert decision.best.examples is not None


def test_fine_tuning_is_justified_only_when_nothing_helps(
    make_task: MakeTask, tmp_path: Path
) -> None:
    task = make_task(lambda _: "no idea")

    decision = ladder.run(task, runs_folder=tmp_path / "runs")

    assert decision.verdict == "fine_tune"
