"""Of several labels that an answer names, the one that it settles on is chosen."""

import pytest

from ladder.scoring.labels.named_labels import choice_of

LABELS = ("refund", "billing", "shipping")
MOOD = ("positive", "negative", "neutral")


@pytest.mark.parametrize(
    "answer",
    [
        "more billing than refund",
        "Rather billing than refund",
        "less refund than billing",
        "I prefer billing over refund.",
        "Das ist eher billing als refund.",
        "billing is more likely than refund",
        "refund. Actually, billing.",
        "refund... wait, no, it's billing",
        "Refund. Correction: billing.",
        "~~refund~~ billing",
        "I don't think it's refund. It's billing.",
        "I would not call it refund: billing",
        "This isn't refund or shipping; it's billing.",
        "I rule out refund and shipping, which leaves billing.",
        "There's no reason to choose refund, so billing.",
        "The customer asks for a refund of a fee, so I'd classify this as billing.",
        "While it mentions shipping, it's primarily a billing request.",
        "Between billing and refund, billing is better.",
        "The categories are refund, billing and shipping. This is billing.",
        "(refund/billing/shipping): billing",
        "Wrong: refund\nRight: billing",
        "label=billing, alternative=refund",
    ],
)
def test_what_an_answer_settles_on_is_chosen(answer: str) -> None:
    assert choice_of(answer, LABELS).label == "billing"


@pytest.mark.parametrize(
    "answer",
    [
        "billing\nrefund",
        "billing; refund",
        "billing as well as refund",
        "Everything except billing",
        "It doesn't look like a refund",
        "I doubt it's refund",
        "The customer never asked for a refund.",
        "It could be classified as refund or billing.",
    ],
)
def test_an_answer_that_settles_on_no_label_leaves_it_open(answer: str) -> None:
    assert choice_of(answer, LABELS).label is None


@pytest.mark.parametrize(
    ("answer", "labels", "label"),
    [
        ("mostly positive with some negative aspects", MOOD, "positive"),
        ("Overall, the sentiment is positive, though there are negative points.", MOOD, "positive"),
        ("positive about the food but negative about the service", MOOD, None),
        ("Yes. Wait, no.", ("yes", "no"), "no"),
        ("Yes, wait times are long.", ("yes", "no"), "yes"),
        ("I have no doubt it's yes", ("yes", "no"), "yes"),
        ("False ❌", ("true", "false"), "false"),
        ("❌ incorrect", ("correct", "incorrect"), "incorrect"),
        ("False (incorrect)", ("true", "false"), "false"),
        ("The correct answer is 42.", ("correct", "incorrect"), None),
        ("Correct answer.", ("correct", "incorrect"), "correct"),
        ("A is tempting but B is right", "ABCD", "B"),
        ("Both B and D are right", "ABCD", None),
        ("A is correct and B is correct.", "ABCD", None),
        ("Option A is better than option B.", "ABCD", "A"),
        ("A > B", "ABCD", None),
        ("Answer: C. Wait, 2*3 is 6. The answer is B.", "ABCD", "B"),
        ("A\nB\nC\nD", "ABCD", None),
        ("-1", ("0", "1"), None),
        ("at least 3", "12345", None),
    ],
)
def test_no_word_is_taken_for_more_than_it_says(
    answer: str, labels: tuple[str, ...], label: str | None
) -> None:
    assert choice_of(answer, labels).label == label
