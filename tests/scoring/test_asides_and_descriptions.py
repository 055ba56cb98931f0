"""An aside, a description or a word of correction does not change the label or number that was given."""

import pytest

from ladder.scoring.labels.named_labels import choice_of
from ladder.scoring.numbers.final_answer import final_quantity

SCORES = ("1", "2", "3", "4", "5")


@pytest.mark.parametrize(
    ("answer", "labels", "label"),
    [
        ("Not spam, although the filter tagged it as spam", ("spam", "not spam"), "not spam"),
        ("Not urgent. The customer labelled it as urgent.", ("urgent", "not urgent"), "not urgent"),
        (
            "Label: refund. The agent had treated it as an order issue.",
            ("refund", "order"),
            "refund",
        ),
        (
            "Sentiment: positive\nThe first half is mostly negative.",
            ("positive", "negative"),
            "positive",
        ),
        ("Mixed: primarily positive, some negative", ("Positive", "Negative", "Mixed"), "Mixed"),
        (
            "Positive. The opening is mostly neutral.",
            ("Positive", "Negative", "Neutral"),
            "Positive",
        ),
        ("ham. Users often report it, and treat it as spam.", ("spam", "ham"), "ham"),
        ("spam, because it is not marked as not spam", ("spam", "not spam"), "spam"),
        ("delivery date: wrong", ("delivery date", "order"), "delivery date"),
        ("Bug: incorrect (off by one)", ("bug", "feature"), "bug"),
        ("discount - 5% code rejected", ("discount", "refund"), "discount"),
        (
            "shipping address: wrong, needs change",
            ("shipping address", "order"),
            "shipping address",
        ),
        ("Billing: incorrect, double charge", ("billing", "refund"), "billing"),
        ("Complaint: false, misleading ad", ("complaint", "praise"), "complaint"),
        ("payment (incorrect)", ("payment", "refund"), "payment"),
        ("The user has a discount 5% code", ("discount", "refund"), "discount"),
        ("interest: 0.05 is too little", ("interest", "fees"), "interest"),
        ("billing why was I charged twice? No.", ("billing", "refund"), "billing"),
        (
            "Label: order. The customer had to wait, then billing failed.",
            ("order", "billing"),
            "order",
        ),
        ("Category: billing. At the moment the order is stuck", ("order", "billing"), "billing"),
        ("Label: refund. Reason: correction of billing", ("refund", "billing"), "refund"),
        ("Rating: 2\nCorrection needed: 3 typos", SCORES, "2"),
        ("Score: 3. The essay needs correction of 4 sentences.", SCORES, "3"),
        ("Final answer: 4. Actually, 5 would require no errors.", SCORES, "4"),
        (
            "The answer is refund. Actually, the customer also complains about billing.",
            ("refund", "billing"),
            "refund",
        ),
        ("The user cannot login", ("login", "order"), "login"),
        ("返金: ○\n請求: ×", ("返金", "請求"), "返金"),
        ("返金 ○", ("返金", "請求"), "返金"),
        ("○ refund", ("refund", "billing"), "refund"),
        ("It is the correct answer", ("correct", "incorrect"), "correct"),
        ("The response is the correct response", ("correct", "incorrect"), "correct"),
        ("the incorrect answer was given", ("correct", "incorrect"), "incorrect"),
    ],
)
def test_the_label_that_was_given_is_chosen(
    answer: str, labels: tuple[str, ...], label: str
) -> None:
    assert choice_of(answer, labels).label == label


@pytest.mark.parametrize(
    ("answer", "labels", "opposite"),
    [
        ("Not supported: false", ("supported", "not supported"), "supported"),
        ("illegal - no, it needs a licence", ("legal", "illegal"), "legal"),
        ("Incorrect: false", ("correct", "incorrect"), "correct"),
        ("Invalid: false", ("valid", "invalid"), "valid"),
        ("irrelevant: no, it is about cats", ("relevant", "irrelevant"), "relevant"),
        ("Unhappy: no, the product broke", ("happy", "unhappy"), "happy"),
    ],
)
def test_a_no_behind_a_label_that_denies_does_not_turn_it_round(
    answer: str, labels: tuple[str, ...], opposite: str
) -> None:
    assert choice_of(answer, labels).label != opposite


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("150% of 40 (60)", "60"),
        ("She has 2 sets of 6 (12).", "12"),
        ("They need 3 boxes of 12 (36 eggs).", "36"),
        ("Adding 4 and 5 gives the result (9).", "9"),
        ("Sum: 4 + 5 (9)", "9"),
        ("Total: 3 hours (180)", "180"),
        ("9 (4 apples and 5 pears)", "9"),
        ("3 bags (2 red, 1 blue) of 12 (36)", "36"),
        ("It is 45 (see step 3).", "45"),
    ],
)
def test_a_single_number_in_brackets_may_be_the_result(answer: str, number: str) -> None:
    read = final_quantity(answer).quantity
    assert read is not None
    assert read.written == number


def test_what_a_thing_was_marked_as_is_not_the_label_that_is_given() -> None:
    said = "The parcel was marked as delivered, but they want a refund"
    assert choice_of(said, ("delivered", "refund")).label is None
