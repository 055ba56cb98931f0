"""Several draws for one answer: which wins, what they cost, and what the best of them would score."""

from pathlib import Path
from typing import Any

import pytest

from ladder.measure import Workbench, load_task_data
from ladder.measure.majority import voted
from ladder.models.base import Answer, Request
from ladder.scoring import load_metric
from ladder.spec import load_task
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import write_task


def number_in(request: Request) -> int:
    return int(request.messages[-1].text.split()[-1])


def mostly_right(request: Request) -> str:
    """Answer right in three draws of five, and in each other one something else."""
    seed, at = request.decoding.seed, number_in(request)
    return f"{3 * at}.0" if seed in (1, 2, 4) else str(at + seed)


@pytest.mark.parametrize(
    ("metric", "texts", "winner"),
    [
        ({"name": "exact_match"}, ["b", "a", "A "], "a"),
        ({"name": "exact_match"}, ["b", "a"], "b"),
        ({"name": "exact_match"}, ["", "", "a"], "a"),
        ({"name": "numeric"}, ["7", "It is 1,200.", "1200"], "It is 1,200."),
        ({"name": "choice", "labels": ["yes", "no"]}, ["no", "yes", "The answer is yes."], "yes"),
        ({"name": "json_equal"}, ['{"a": 2}', '{"a":1,"b":2}', '{"b":2,"a":1}'], '{"a":1,"b":2}'),
        ({"name": "exact_match"}, ["<think>b b</think>a", "b", "a"], "<think>b b</think>a"),
    ],
)
def test_what_most_draws_come_to_wins(metric: Any, texts: list[str], winner: str) -> None:
    answers = [Answer(text, prompt_tokens=10, completion_tokens=2, seconds=1.0) for text in texts]

    found = voted(load_metric(MetricSpec(**metric)), answers)

    assert found.text == winner
    assert (found.prompt_tokens, found.completion_tokens) == (10 * len(texts), 2 * len(texts))


def test_draws_that_agree_on_nothing_are_sure_of_nothing() -> None:
    metric = load_metric(MetricSpec())

    assert voted(metric, [Answer(""), Answer(" "), Answer("")]).sureness == 0
    assert voted(metric, [Answer(""), Answer("a"), Answer("a")]).sureness == 2 / 3


@pytest.mark.parametrize(
    ("texts", "n_failed", "known"),
    [(["a", "a", "a", "b"], 1, "a"), (["a", "a", "b"], 2, ""), (["b"], 4, "")],
)
def test_a_majority_that_failed_calls_could_turn_is_unknown(
    texts: list[str], n_failed: int, known: str
) -> None:
    failed = Answer("", finish_reason="error", error="no connection")

    found = voted(load_metric(MetricSpec()), [*map(Answer, texts), *[failed] * n_failed])

    assert (found.text, found.error is None) == (known, bool(known))


def test_each_draw_is_a_call_of_its_own(tmp_path: Path) -> None:
    generation = {"temperature": 0.7, "majority_of": 5}
    task = write_task(tmp_path, mostly_right, metric="numeric", generation=generation)
    data = load_task_data(load_task(task))

    with Workbench(data, journal=tmp_path / "journal") as bench:
        rows = bench.measure(data.task.baseline(), range(8)).rows
        at_hand = bench.at_hand(data.task.baseline(), range(8))

        assert bench.spending.calls == 40
    assert [row.score for row in rows] == [1.0] * 8
    assert [row.best_of for row in rows] == [1.0] * 8
    assert [row.score for row in at_hand] == [1.0] * 8

    with Workbench(data, journal=tmp_path / "journal") as again:
        again.measure(data.task.baseline(), range(8))
        assert again.spending.calls == 40
