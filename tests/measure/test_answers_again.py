"""Whether recorded answers came again is told by what the score rests on, and not by few of them."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from ladder.data.sample import Sample
from ladder.errors import EndpointError
from ladder.measure.answers_again import AnswersAgain, RecordedAnswer, ask_again
from ladder.models.base import Answer, Message, Request
from ladder.scoring import load_metric
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import Scripted

LABELS = {"name": "choice", "labels": ["refund", "other"]}


class Now(Scripted):
    """Answers each question by its number; None stands for a call that fails."""

    def __init__(self, says: Callable[[int], str | None]) -> None:
        super().__init__(lambda _: "", name="now")
        self._says = says

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        for place in range(len(requests)):
            text = self._says(place)
            lost = Answer("", finish_reason="error", error="no")
            yield place, lost if text is None else Answer(text)


def again(
    n: int, says: Callable[[int], str | None], before: str = "7", **metric: object
) -> AnswersAgain:
    request = Request((Message("user", "1"),), ChatSetup(), Decoding())
    recorded = [
        RecordedAnswer(Sample(f"s{at}", "1", (before,)), request, Answer(before)) for at in range(n)
    ]
    return ask_again(Now(says), load_metric(MetricSpec.model_validate(metric)), recorded)


def test_few_answers_that_come_again_decide_nothing_and_few_that_do_not_refuse() -> None:
    assert again(1, lambda _: "7").is_open
    assert again(9, lambda _: "7").is_open
    assert (
        "1 of 1 recorded answers came again, and fewer than 10" in again(1, lambda _: "7").why_other
    )
    other = again(1, lambda _: "8")
    assert (other.is_open, other.why_other.startswith("only 0 of 1")) == (False, True)
    assert again(10, lambda _: "7") == AnswersAgain("10 of 10 recorded answers came again")


def test_calls_that_fail_and_answers_that_differ_count_together() -> None:
    assert not again(20, lambda at: None if at == 0 else "8" if at == 1 else "7").why_other
    found = again(20, lambda at: None if at == 0 else "8" if at < 3 else "7")
    assert "only 17 of 20 recorded answers came again" in found.why_other


@pytest.mark.parametrize("n", [1, 9])
def test_a_question_that_has_no_answer_now_is_no_answer_that_came_again(n: int) -> None:
    with pytest.raises(EndpointError, match=f"1 of {n} recorded questions have no answer now"):
        again(n, lambda at: None if at == 0 else "7")


@pytest.mark.parametrize(
    ("metric", "before", "now", "is_same"),
    [
        (LABELS, "refund", "refund.", True),
        (LABELS, "refund", "I would say: refund", True),
        (LABELS, "refund", "other", False),
        (LABELS, "refund", "refund or other", False),
        ({"name": "numeric"}, "So it is 42.", "The answer is 42", True),
        ({"name": "numeric"}, "So it is 42.", "The answer is 43", False),
        ({"name": "exact_match"}, "Paris", "Rome", False),
    ],
)
def test_answers_are_one_where_the_label_or_number_that_is_read_is(
    metric: dict[str, object], before: str, now: str, *, is_same: bool
) -> None:
    assert (not again(10, lambda _: now, before, **metric).why_other) is is_same
