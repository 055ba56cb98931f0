"""What a metric makes of one answer: thoughts apart, and open where nobody knows."""

import pytest

from ladder.measure.read_answer import read_answer
from ladder.models.base import Answer, FinishReason
from ladder.scoring import load_metric
from ladder.spec.metric_spec import MetricSpec


@pytest.mark.parametrize(
    ("answer", "text", "thoughts"),
    [
        (Answer("42"), "42", ""),
        (Answer("<think>41?</think>42"), "42", "41?"),
        (Answer("41?</think>42"), "42", "41?"),
        (Answer("42", thoughts="Is it 41?"), "42", "Is it 41?"),
        (Answer("41? No.</think>\n42", opened_in_prompt=True), "42", "41? No."),
        (Answer("41? No, it is", opened_in_prompt=True), "", "41? No, it is"),
    ],
)
def test_thoughts_are_no_part_of_what_is_read(answer: Answer, text: str, thoughts: str) -> None:
    found = read_answer(load_metric(MetricSpec()), answer, ["42"])

    assert (found.text.strip(), found.thoughts.strip()) == (text, thoughts)
    assert found.score == float(text == "42")


def test_thoughts_that_are_the_answer_stay_where_the_spec_says_so() -> None:
    metric = load_metric(MetricSpec(reading="lenient", thoughts="keep"))

    assert read_answer(metric, Answer("<think>It is 42.</think>"), ["42"]).score == 1


@pytest.mark.parametrize(
    ("text", "reason", "could_be_right"),
    [
        ("17", "stop", False),
        ("17", "length", False),
        ("", "stop", True),
        (" \n", "length", True),
        ("4", "length", True),
        ("4", "stop", False),
        ("17", "filtered", True),
        ("I cannot help with that.", "refused", True),
        ("<think>It may be 17", "length", True),
        ("<think>It may be 17", "stop", True),
        ("<think>It may be 17</think>17", "stop", False),
    ],
)
def test_what_nobody_knows_to_be_wrong_could_be_right(
    text: str, reason: FinishReason, *, could_be_right: bool
) -> None:
    answer = Answer(text, finish_reason=reason)

    found = read_answer(load_metric(MetricSpec()), answer, ["42"])

    assert found.could_be_right == could_be_right
    assert found.score == 0


def test_an_answer_that_was_lost_could_be_right() -> None:
    lost = Answer("", finish_reason="error", error="no answer within 120 s")

    assert read_answer(load_metric(MetricSpec()), lost, ["42"]).could_be_right
