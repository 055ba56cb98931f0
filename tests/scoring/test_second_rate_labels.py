"""A small form names one label: what stands in its other lines is no answer."""

import pytest

from ladder.scoring.labels.named_labels import choice_of

LABELS = ("refund", "billing", "shipping", "other")


@pytest.mark.parametrize(
    "answer",
    [
        "Category: refund\nAlternative: billing",
        "Label: refund\nConfidence: high\nSecond choice: billing",
        "Primary: refund\nSecondary: billing",
        "Label: refund\nReason: shipping",
        "Category: refund\nSubcategory: shipping",
        "Classification: refund\nRelated topics: billing",
        "Intent: refund\nMentions: shipping",
        "**refund**\n\nOther possible labels: billing",
        "refund\n\nAlternative: billing",
        "Answer: refund\n\nNot chosen: billing",
        "Chosen: refund\nRejected: billing",
        "Label: refund\nDepartment: billing",
        "Final: refund\nUrgency: other",
        "I choose refund. The second option would be billing.",
        "My answer is refund; the runner-up answer is billing.",
        "The best label is refund. Another possible label is billing.",
        "The correct category is refund. A wrong category would be billing.",
        "Among refund, billing, shipping and other, the right one is refund.",
        "Possible labels: refund, billing, shipping, other. Best match: refund.",
        "Refund or billing? Refund.",
        '{\n  "label": "refund",\n  "alternative": "billing"\n}',
        "<reason>shipping</reason><label>refund</label>",
        "not <i>billing</i> but <b>refund</b>",
        "<p>The label is <strong>refund</strong>, not <em>billing</em>.</p>",
        "<answer>refund</answer>\n<confidence>0.9</confidence><alternative>billing</alternative>",
        "| Label | refund |\n| Reason | shipping |",
        "billing - 10%\nrefund - 80%\nshipping - 10%",
        "Kategorie: refund\nBegründung: shipping",
        "Catégorie : refund\nAutre possibilité : billing",
        "Categoría: refund\nAlternativa: billing",
        "类别：refund\n备选：billing",
        "分类：refund\n原因：shipping",
    ],
)
def test_a_runner_up_or_a_reason_is_not_the_label(answer: str) -> None:
    assert choice_of(answer, LABELS).label == "refund"


@pytest.mark.parametrize(
    ("answer", "chosen"),
    [
        ("Ticket: shipping is late\nLabel: refund", "refund"),
        ("First guess: billing\nFinal answer: refund", "refund"),
        ("Initial thought: billing\nFinal: refund", "refund"),
        ("Unlike other labels, the answer is refund.", "refund"),
        ("Reason: refund", "refund"),
        ("Another clear case: the label is refund.", "refund"),
    ],
)
def test_the_last_line_that_is_called_an_answer_counts(answer: str, chosen: str) -> None:
    assert choice_of(answer, LABELS).label == chosen


@pytest.mark.parametrize(
    "answer", ["Topic: refund\nDepartment: billing", "Refund or billing?", "refund -> billing"]
)
def test_what_names_two_labels_alike_leaves_the_label_open(answer: str) -> None:
    assert choice_of(answer, LABELS).label is None


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("The incorrect option is C.", "C"),
        ("The correct alternative is B", "B"),
        ("Option A: Paris\nOption B: London\nSelected: A", "A"),
        ("Answer: B\nExplanation: A", "B"),
        ("<i>A</i> is wrong. <b>D</b>", "D"),
    ],
)
def test_letters_are_read_as_before(answer: str, letter: str) -> None:
    assert choice_of(answer, "ABCD").label == letter
