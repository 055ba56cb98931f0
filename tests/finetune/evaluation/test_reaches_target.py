"""One test on the confirmation part, on a budget that training again does not renew."""

from pathlib import Path

import pytest

from ladder.data import Sample
from ladder.finetune.evaluation.reaches_target import (
    PAIRED,
    confirmation_positions,
    reaches_target,
    spend_alpha,
)
from ladder.spec.candidate import ModelRef
from ladder.spec.data_source import DataSource
from ladder.spec.load_task import load_task
from ladder.spec.task import TaskSpec
from ladder.statistics.sizes import ERROR_BUDGET

TASK = TaskSpec(name="t", model=ModelRef(id="m"), data=DataSource(path="d.jsonl"), target=0.8)
EVALS = [Sample(str(n), f"question {n}", ("x",)) for n in range(200)]


@pytest.mark.parametrize(
    ("share", "passed"), [(1.0, True), (0.95, True), (0.8, False), (0.5, False)]
)
def test_only_a_score_clearly_above_the_target_passes(share: float, passed: bool) -> None:  # noqa: FBT001
    positions = confirmation_positions(EVALS)
    right = round(share * len(positions))
    scores = {at: float(place < right) for place, at in enumerate(positions)}

    assert reaches_target(scores, EVALS, TASK, kind="binary", alpha=0.05) is passed


def test_graded_scores_are_tested_too() -> None:
    scores = dict.fromkeys(confirmation_positions(EVALS), 0.97)

    assert reaches_target(scores, EVALS, TASK, kind="graded", alpha=0.05)


@pytest.mark.parametrize(("lost", "passed"), [(0, True), (3, True), (20, False)])
def test_a_trained_model_is_held_against_the_reference(lost: int, passed: bool) -> None:  # noqa: FBT001
    """Of 123 differences some are losses, and the rest ties; .1 worse is good enough."""
    target = {"reference": "org/today", "margin": 0.1}
    task = load_task({"name": "t", "model": "m", "data": "d.jsonl", "target": target})
    positions = confirmation_positions(EVALS)
    differences = {at: 0.5 * (place >= lost) for place, at in enumerate(positions)}

    assert reaches_target(differences, EVALS, task, kind=PAIRED, alpha=0.035) is passed


def test_samples_of_one_cluster_do_not_count_as_many() -> None:
    alike = [Sample(str(n), f"q {n}", ("x",), cluster=f"user {n // 50}") for n in range(400)]
    scores = dict.fromkeys(confirmation_positions(alike), 1.0)

    assert not reaches_target(scores, alike, TASK, kind="binary", alpha=0.05)


def test_each_further_adapter_gets_less_and_the_sum_stays_in_budget(tmp_path: Path) -> None:
    memory = tmp_path / "tests.json"

    levels = [spend_alpha(memory, eval_data="e", adapter=name) for name in "abcdefgh"]

    assert levels[0] == pytest.approx(0.7 * ERROR_BUDGET)
    assert levels == sorted(levels, reverse=True)
    assert sum(levels) < ERROR_BUDGET


def test_the_same_adapter_is_tested_at_the_same_level_again(tmp_path: Path) -> None:
    memory = tmp_path / "tests.json"
    first = spend_alpha(memory, eval_data="e", adapter="a")
    spend_alpha(memory, eval_data="e", adapter="b")

    assert spend_alpha(memory, eval_data="e", adapter="a") == first


def test_other_eval_data_has_a_budget_of_its_own(tmp_path: Path) -> None:
    memory = tmp_path / "tests.json"
    first = spend_alpha(memory, eval_data="e", adapter="a")

    assert spend_alpha(memory, eval_data="f", adapter="b") == first
