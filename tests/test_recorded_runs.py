"""Verdicts on answers that a real model once gave: text-davinci-002, two prompts, five data sets.

What is true of them was computed apart, by exact McNemar over all pairs: see the README of the data.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import ladder
from benchmarks.recorded import NUMBER, YES_OR_NO, recorded_task

pytestmark = pytest.mark.real

Run = Callable[..., ladder.Decision]


@pytest.fixture
def run(shared_data: Path, tmp_path: Path) -> Run:
    """Return a runner of one recorded data set: zero-shot is the baseline, step by step lever 2."""
    source = shared_data / "datasets" / "recorded" / "prompt_runs.jsonl"
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]

    def go(
        dataset: str, *, target: float, metric: Mapping[str, object] = NUMBER
    ) -> ladder.Decision:
        mine = [row for row in rows if row["dataset"] == dataset]
        task = recorded_task(mine, tmp_path, target=target, metric=metric)
        return ladder.run(task, runs_folder=tmp_path / "runs")

    return go


@pytest.mark.parametrize(
    ("target", "verdict"), [(0.35, "use_lever"), (0.40, "inconclusive"), (0.55, "fine_tune")]
)
def test_a_prompt_suffices_at_35_percent_of_gsm8k_and_not_at_55(
    run: Run, target: float, verdict: str
) -> None:
    decision = run("gsm8k", target=target)

    assert decision.verdict == verdict
    assert {attempt.lever for attempt in decision.attempts if attempt.trials} <= {"prompt"}


def test_coin_flips_that_no_parser_reads_are_named_before_any_lever(run: Run) -> None:
    decision = run("coin_flip", target=0.85, metric=YES_OR_NO)

    (finding,) = [each for each in decision.checks if each.code == "Q06 answers-unreadable"]
    assert "74 % (149 of 202)" in finding.problem
    assert decision.verdict == "use_lever"


@pytest.mark.parametrize("target", [0.60, 0.75, 0.85])
def test_the_worse_prompt_of_addsub_is_never_chosen(run: Run, target: float) -> None:
    decision = run("addsub", target=target)

    assert decision.verdict != "use_lever"
    assert not any(decision.configuration)


def test_a_small_gain_on_svamp_is_carried_and_not_claimed(run: Run) -> None:
    decision = run("svamp", target=0.62)

    assert decision.verdict == "inconclusive"
    assert decision.examples_needed is None or decision.examples_needed > 1000
