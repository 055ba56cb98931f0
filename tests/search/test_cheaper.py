"""Of two ways that both reach the target, the cheaper is named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import ladder
from ladder.gate.recompute import check_recomputed, recompute
from ladder.models.base import Request
from ladder.report import load_evidence, to_markdown
from ladder.testing import Scripted, register_scripted

N = 400
NOT_NEEDED = {
    name: {"not_applicable": "nothing to try"}
    for name in ("template", "prompt", "model", "decoding", "rag", "rerank")
}
Climb = Callable[[float, float], ladder.Decision]


@pytest.fixture
def climb(tmp_path: Path) -> Climb:
    """Return a run in which two and four examples are right on some share of the samples."""

    def run(with_two: float, with_four: float) -> ladder.Decision:
        def answer(request: Request) -> str:
            number = int(request.messages[-1].content.rpartition(" ")[2])
            share = {1: 0.1, 5: with_two, 9: with_four}[len(request.messages)]
            return f"{number}!" if number * 7919 % 1000 < share * 1000 else "no idea"

        path, pool = tmp_path / "say.jsonl", tmp_path / "pool.jsonl"
        for file, word, n in ((path, "say", N), (pool, "shout", 40)):
            rows = [{"input": f"{word} {i}", "target": f"{i}!"} for i in range(n)]
            file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        spec = {
            "name": "say",
            "model": register_scripted(Scripted(answer, name=str(tmp_path))),
            "data": str(path),
            "target": 0.8,
            "levers": {
                **NOT_NEEDED,
                "few_shot": {"pool": str(pool), "shots": [2, 4], "methods": ["random"]},
            },
        }
        (tmp_path / "task.json").write_text(json.dumps(spec), encoding="utf-8")
        return ladder.run(spec, runs_folder=tmp_path / "runs")

    return run


def shots(decision: ladder.Decision) -> int:
    assert decision.best is not None
    assert decision.best.examples is not None
    return decision.best.examples.shots


def test_a_way_that_is_nearly_sure_to_pass_too_is_named_where_it_is_cheaper(climb: Climb) -> None:
    decision = climb(0.97, 1.0)

    assert (decision.verdict, shots(decision)) == ("use_lever", 2)
    assert decision.attempts[-1].lever == "cheaper"
    assert len(decision.ledger.looks) == 1


def test_a_way_that_may_not_pass_is_not_asked_about_to_save_tokens(climb: Climb) -> None:
    decision = climb(0.84, 1.0)

    assert (decision.verdict, shots(decision)) == ("use_lever", 4)
    assert len(decision.ledger.looks) == 1


def test_the_cheaper_way_keeps_its_name_where_it_is_the_best_anyway(climb: Climb) -> None:
    decision = climb(1.0, 0.97)

    assert shots(decision) == 2
    assert "cheaper" not in [attempt.lever for attempt in decision.attempts]


def test_the_report_and_the_gate_follow(climb: Climb, tmp_path: Path) -> None:
    decision = climb(0.97, 1.0)
    task = ladder.load_task(tmp_path / "task.json")
    folder = ladder.run_folder_of(task, tmp_path / "runs")

    found = recompute(folder, task)

    check_recomputed(found, decision, folder)
    assert "as good, for fewer tokens" in to_markdown(load_evidence(folder))
