"""What in a candidate's answers forbids a claim about it."""

import pytest

from ladder.measure import Scored
from ladder.measure.answer_faults import answer_faults, why_not_tried
from ladder.measure.read_answer import read_answer
from ladder.models.base import Answer, FinishReason
from ladder.scoring import Metric, load_metric
from ladder.spec.metric_spec import MetricSpec

TARGETS = [[str(3 * at)] for at in range(100, 140)]
EXACT = load_metric(MetricSpec())


def rows_of(
    texts: list[str], reason: FinishReason = "stop", metric: Metric = EXACT
) -> list[Scored]:
    rows = []
    for at, (text, targets) in enumerate(zip(texts, TARGETS, strict=True)):
        error = "503 Service Unavailable" if reason == "error" else None
        answer = Answer("" if error else text, finish_reason=reason, error=error)
        found = read_answer(metric, answer, targets)
        rows.append(
            Scored(
                sample_id=f"s{at}",
                answer=answer,
                read_as=found.read_as,
                score=found.score,
                lenient=found.lenient,
                could_be_right=found.could_be_right,
                text=found.text,
            )
        )
    return rows


RIGHT = [targets[0] for targets in TARGETS]
WRONG = [targets[0] + "1" for targets in TARGETS]
BEGUN = ["" if at % 2 else targets[0][:1] for at, targets in enumerate(TARGETS)]


@pytest.mark.parametrize(
    ("texts", "reason", "words"),
    [
        ([""] * 40, "stop", "all 40 answers are empty"),
        (["\n"] * 40, "length", "all 40 answers are cut inside their thoughts"),
        (["<think>Three times"] * 40, "length", "all 40 answers are cut inside their thoughts"),
        (BEGUN, "length", "all 40 answers are empty or cut before they could be right"),
        (WRONG, "error", "all 40 calls were lost, filtered or refused: 503 Service Unavailable"),
        (WRONG, "filtered", "all 40 calls were lost, filtered or refused"),
        ([*[""] * 30, *WRONG[30:]], "stop", "30 of 40 answers are empty, and none is right"),
        (["no idea"] * 40, "stop", "all 40 answers are 'no idea', while the targets differ"),
    ],
)
def test_a_candidate_whose_answers_say_nothing_was_not_tried(
    texts: list[str], reason: FinishReason, words: str
) -> None:
    assert why_not_tried(rows_of(texts, reason), TARGETS) == words


@pytest.mark.parametrize("texts", [[*[""] * 30, *RIGHT[30:]], [*[""] * 10, *WRONG[10:]]])
def test_a_candidate_that_says_something_was_tried(texts: list[str]) -> None:
    assert why_not_tried(rows_of(texts), TARGETS) == ""


@pytest.mark.parametrize("texts", [RIGHT, WRONG, ["", *WRONG[1:]], [*WRONG[1:], "3"]])
def test_a_candidate_that_answers_was_tried_right_or_wrong(texts: list[str]) -> None:
    assert why_not_tried(rows_of(texts), TARGETS) == ""


def test_one_answer_for_all_is_no_fault_where_all_targets_are_the_same() -> None:
    assert why_not_tried(rows_of(["no"] * 40), [["yes"]] * 40) == ""


def test_three_answers_are_too_few_to_tell() -> None:
    assert why_not_tried(rows_of([""] * 40)[:3], TARGETS[:3]) == ""


@pytest.mark.parametrize(
    ("texts", "reason", "name", "words"),
    [
        (WRONG, "length", "exact_match", "40 of 40 answers are cut"),
        ([""] * 30 + WRONG[30:], "stop", "exact_match", "30 of 40 answers are empty"),
        (WRONG, "refused", "exact_match", "40 of 40 answers were lost, filtered or refused"),
        (["It depends."] * 39 + ["7"], "stop", "numeric", "39 of 40 answers hold no number"),
        (["It depends."] * 39 + ["7"], "stop", "exact_match", "the answers are all 'It depends.'"),
    ],
)
def test_what_spoils_most_answers_is_said(
    texts: list[str], reason: FinishReason, name: str, words: str
) -> None:
    metric = load_metric(MetricSpec(name=name))

    faults = answer_faults(rows_of(texts, reason, metric), TARGETS, metric)

    assert faults[0].startswith(words)


@pytest.mark.parametrize("texts", [RIGHT, WRONG, [""] * 4 + WRONG[4:]])
def test_a_few_spoilt_answers_are_the_rows_own(texts: list[str]) -> None:
    assert answer_faults(rows_of(texts), TARGETS, EXACT) == ()


def test_prose_is_no_fault_where_the_form_is_what_is_to_be_taught() -> None:
    metric = load_metric(MetricSpec(name="json_equal"))
    rows = rows_of([f"It is {each}" for each in WRONG], "stop", metric)

    assert answer_faults(rows, TARGETS, metric) != ()
    assert answer_faults(rows, TARGETS, metric, is_form_wanted=True) == ()
