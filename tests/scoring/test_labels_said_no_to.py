"""A label with a no behind it, as a form has it, is denied: `toxic: no`."""

import pytest

from ladder.scoring.labels.named_labels import choice_of

PAIR = ("toxic", "non-toxic")
LABELS = ("refund", "billing", "shipping")


@pytest.mark.parametrize(
    "answer",
    [
        "toxic: no",
        "Toxic: No.",
        "toxic = false",
        "toxic? No.",
        "toxic -> no",
        '{"toxic": false}',
        "**toxic:** no",
        "toxic: 0.03",
        "**toxic**: ❌",
        "toxic: no\nnon-toxic: yes",
    ],
)
def test_the_opposite_of_a_label_that_is_said_no_to_is_chosen(answer: str) -> None:
    assert choice_of(answer, PAIR).label == "non-toxic"


@pytest.mark.parametrize(
    "answer", ["toxic: yes", "toxic: 0.97", "toxic: no doubt", "toxic", "non-toxic: no\ntoxic: yes"]
)
def test_a_label_that_is_not_said_no_to_is_chosen(answer: str) -> None:
    assert choice_of(answer, PAIR).label == "toxic"


@pytest.mark.parametrize(
    "answer",
    ["refund: no. billing", "refund -> no\nbilling -> yes", "refund ⇒ false, billing ⇒ true"],
)
def test_of_several_labels_the_one_that_is_not_said_no_to_is_chosen(answer: str) -> None:
    assert choice_of(answer, LABELS).label == "billing"


@pytest.mark.parametrize("answer", ["refund: no", "refund: 0.02", "refund: false, shipping: false"])
def test_where_a_label_is_said_no_to_and_no_other_named_none_is_chosen(answer: str) -> None:
    assert choice_of(answer, LABELS).label is None


@pytest.mark.parametrize(
    ("answer", "labels", "label"),
    [
        ("B: False", "ABCD", "B"),
        ("B: No", "ABCD", "B"),
        ("2: no", "123", "2"),
        ("Yes or no: no", ("yes", "no"), "no"),
        ("refund: 0 orders", LABELS, "refund"),
        ("Option B: False", ("Option A", "Option B"), "Option B"),
        ("Statement II: False.", ("Statement I", "Statement II"), "Statement II"),
        ("Refuted: False, the claim is wrong.", ("supported", "refuted"), "refuted"),
        ("Answer: False - no, it does not", ("true", "false"), "false"),
        ("False: no, water boils at 100", ("true", "false"), "false"),
        ("No: false, the claim is wrong", ("yes", "no", "maybe"), "no"),
        (
            "contradiction: No, the man is sleeping.",
            ("entailment", "contradiction"),
            "contradiction",
        ),
        ("Label: contradiction - No.", ("entailment", "contradiction"), "contradiction"),
        ("Not toxic: no, the text is kind", ("toxic", "not toxic"), "not toxic"),
        ("refusal: No, I cannot help with that.", ("refusal", "answer"), "refusal"),
        ("other: no, none of the listed", ("other", "none"), "other"),
        ("Label: negative - 0", ("negative", "positive"), "negative"),
        ("negative: 0", ("negative", "positive"), "negative"),
        ("refund - No. 12345", LABELS, "refund"),
    ],
)
def test_what_an_option_says_and_what_is_a_label_itself_deny_nothing(
    answer: str, labels: tuple[str, ...], label: str
) -> None:
    assert choice_of(answer, labels).label == label


@pytest.mark.parametrize(
    ("answer", "labels", "label"),
    [
        ("toxic: no because it is kind", PAIR, "non-toxic"),
        ("toxic: No, the comment is polite", PAIR, "non-toxic"),
        ("toxic: no", ("toxic", "safe"), None),
        ("Toxic comment: No", PAIR, "non-toxic"),
        ("toxic: not at all", PAIR, "non-toxic"),
        ("toxic: 0", PAIR, "non-toxic"),
        ("toxic: 3%", PAIR, "non-toxic"),
        ("toxic: 3% likely", PAIR, "non-toxic"),
        ("toxic: 0.03 (low)", PAIR, "non-toxic"),
        ("non-toxic: no", PAIR, None),
        ("Relevant: No", ("relevant", "irrelevant"), "irrelevant"),
        ("Is it relevant? No, it is about cats.", ("relevant", "irrelevant"), "irrelevant"),
        ("not unacceptable", ("acceptable", "unacceptable"), "acceptable"),
        ("The statement is not true.", ("true", "false"), "false"),
        ("It is not true.", ("true", "false", "unknown"), None),
        ("Q: refund? A: No. Q: billing? A: yes", LABELS, "billing"),
        ("Is this about a refund? No.", LABELS, None),
        ("Is it about the refund for the late parcel? No.", LABELS, None),
    ],
)
def test_a_no_counts_whatever_reason_follows_it(
    answer: str, labels: tuple[str, ...], label: str | None
) -> None:
    assert choice_of(answer, labels).label == label


@pytest.mark.parametrize(
    "answer",
    [
        "[x] billing [ ] refund",
        "- [ ] refund\n- [x] billing\n- [ ] shipping",
        "☐ refund\n☑ billing\n☐ shipping",
        "( ) refund (x) billing ( ) shipping",
        "refund [ ]\nbilling [x]",
        "❌ refund\n✅ billing",
        "refund ✗, billing ✓",
        "refund (wrong), billing (right)",
        "refund? no\nbilling? yes\nshipping? no",
        "Refund: No, as no money was paid.\nBilling: Yes, since the invoice is wrong.",
        "refund 10%, billing 85%, shipping 5%",
        "refund 0.1 billing 0.9",
        "refund: 0.3, billing: 0.9, shipping: 0.4",
    ],
)
def test_the_label_that_a_form_favours_is_chosen(answer: str) -> None:
    assert choice_of(answer, LABELS).label == "billing"


@pytest.mark.parametrize(
    "answer", ["[ ] refund", "- [x] refund\n- [x] billing", "refund: 1, billing: 2"]
)
def test_a_form_that_favours_no_label_leaves_it_open(answer: str) -> None:
    assert choice_of(answer, LABELS).label is None


def test_labels_may_themselves_be_what_a_form_says() -> None:
    assert choice_of('{"true": false, "false": true}', ("true", "false")).label == "false"
    assert choice_of("A) No. B) No. C) Yes. D) No.", "ABCD").label == "C"
