"""Worked examples with the model's own right answers, and as many as fit into a number of tokens."""

from collections.abc import Sequence

from ladder.data.sample import Sample
from ladder.measure.materials import within_tokens
from ladder.measure.own_answers import MOST_TRIED, with_own_answers
from ladder.models.base import Answer
from ladder.scoring import load_metric
from ladder.spec.candidate import Candidate, Examples, ModelRef
from ladder.spec.metric_spec import MetricSpec

POOL = [Sample(str(at), f"what is {at} and 1?", (str(at + 1),)) for at in range(200)]
METRIC = load_metric(MetricSpec(name="numeric"))


def test_rows_that_the_model_answers_right_come_first_with_its_own_words() -> None:
    asked: list[str] = []

    def even_ones(rows: Sequence[Sample]) -> list[Answer]:
        asked.extend(row.id for row in rows)
        wrong = {row.id: int(row.id) % 2 for row in rows}
        return [Answer(f"One more is {int(row.id) + 1 + wrong[row.id]}") for row in rows]

    examples = Examples(pool="pool.jsonl", shots=3, method="bootstrapped")
    found = with_own_answers(POOL, examples, METRIC, even_ones)

    shown = found[:3]
    assert [row.answer.text for row in shown] == [f"One more is {int(row.id) + 1}" for row in shown]
    assert all(int(row.id) % 2 == 0 for row in shown)
    assert len(asked) <= 16
    assert sorted(row.id for row in found) == sorted(row.id for row in POOL)


def test_a_model_that_is_never_right_shows_the_answers_of_the_pool() -> None:
    asked: list[str] = []

    def wrong(rows: Sequence[Sample]) -> list[Answer]:
        asked.extend(row.id for row in rows)
        return [Answer("no idea")] * len(rows)

    examples = Examples(pool="pool.jsonl", shots=3, method="bootstrapped")
    found = with_own_answers(POOL, examples, METRIC, wrong)

    assert [row.answer.text for row in found[:3]] == [str(int(row.id) + 1) for row in found[:3]]
    assert len(asked) == MOST_TRIED


def test_the_best_examples_stay_where_tokens_are_counted() -> None:
    candidate = Candidate(model=ModelRef(id="scripted:x"))
    chosen = [POOL[:6]]

    kept = {
        method: within_tokens(
            candidate, Examples(pool="p", shots=64, tokens=12, method=method, order=order), chosen
        )[0]
        for method, order in (("random", "best_last"), ("nearest", "best_last"))
    }

    assert kept == {"random": POOL[:2], "nearest": POOL[4:6]}
    assert within_tokens(candidate, Examples(pool="p", tokens=1), chosen) == [POOL[:1]]
