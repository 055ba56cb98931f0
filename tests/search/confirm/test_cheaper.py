"""Of two ways that both reach the target, the cheaper is named."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import ladder
from ladder.gate.recompute import check_recomputed, recompute
from ladder.models.base import Request
from ladder.report import load_evidence, to_markdown
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Configuration, Ledger
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.statistics.arrays import FloatArray, IntArray
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
        return ladder.run(tmp_path / "task.json", runs_folder=tmp_path / "runs")

    return run


def shots(decision: ladder.Decision) -> int:
    assert decision.best is not None
    assert decision.best.examples is not None
    return decision.best.examples.shots


@pytest.mark.slow
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


@pytest.mark.slow
def test_the_report_and_the_gate_follow(climb: Climb, tmp_path: Path) -> None:
    decision = climb(0.97, 1.0)
    task = ladder.load_task(tmp_path / "task.json")
    folder = ladder.run_folder_of(task, tmp_path / "runs")

    found = recompute(folder, task)

    check_recomputed(found, decision, folder)
    assert "cheaper, and as likely to pass" in to_markdown(load_evidence(folder))


@pytest.mark.parametrize("large_price", [None, 0.1, 10.0])
def test_two_models_are_held_against_each_other_only_by_money(
    tmp_path: Path, large_price: float | None
) -> None:
    def answer(share: float) -> Callable[[Request], str]:
        def reply(request: Request) -> str:
            number = int(request.messages[-1].content.rpartition(" ")[2])
            return f"{number}!" if number * 7919 % 1000 < share * 1000 else "no idea"

        return reply

    shares = {"small": 0.1, "middle": 0.97, "large": 1.0}
    models = {
        name: register_scripted(Scripted(answer(share), name=f"{name} {tmp_path}"))
        for name, share in shares.items()
    }
    path = tmp_path / "say.jsonl"
    rows = [{"input": f"say {i}", "target": f"{i}!"} for i in range(N)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    spec = {
        "name": "say",
        "model": models["small"],
        "data": str(path),
        "target": 0.8,
        "levers": {
            **NOT_NEEDED,
            "model": {"models": [models["large"], models["middle"]]},
            "few_shot": {"not_applicable": "no examples"},
        },
    }
    if large_price is not None:
        price = {"middle": 1.0, "large": large_price}
        spec["prices"] = {
            "currency": "EUR",
            "per_million_tokens": {
                models[name]: {"prompt": each, "answer": each} for name, each in price.items()
            },
        }

    decision = ladder.run(spec, runs_folder=tmp_path / "runs")

    assert decision.best is not None
    named = "middle" if large_price == 10.0 else "large"
    assert decision.best.model.id == models[named]
    money = {each.candidate.model.id: each.money for each in decision.candidates}
    assert (money[models["large"]] is None) == (large_price is None)
    assert decision.currency == ("" if large_price is None else "EUR")


class Priced(ScoredLadder):
    """Bare scores with a price: the higher a variant's number, the cheaper."""

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        return sum(one) > sum(other)


@pytest.mark.slow
def test_asking_about_the_cheaper_first_errs_no_more_often_than_it_may() -> None:
    runs, wrong, asked = 150, 0, 0
    for seed in range(runs):
        draw = np.random.default_rng(seed)
        # Every stack is a hair below the target, right and wrong on its own.
        table = draw.random((9, 9, 200)) < 0.795

        def score(
            configuration: Configuration, indices: IntArray, table: npt.NDArray[np.bool_] = table
        ) -> FloatArray:
            first, second = configuration
            scores: FloatArray = table[first, second, indices].astype(np.float64)
            return scores

        decision = decide_with(Priced([range(1, 9)] * 2, score, size=200), seed)
        wrong += decision.ending == "reached"
        asked += len(decision.looks) > 1

    assert asked > 0
    # 17 of 150 are one in a thousand where 5 % are wrong.
    assert wrong <= 17


def decide_with(problem: ScoredLadder, seed: int) -> Ledger:
    return climb_scores(
        problem,
        TargetClaim(0.8),
        kind="binary",
        clusters=None,
        seed=seed,
        looks=None,
        is_advised=False,
    )
