"""An option of the question is taken for its letter, and the letter for its option."""

import pytest

from ladder.measure.read_answer import read_answer
from ladder.models.base import Answer
from ladder.scoring import load_metric
from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.labels.prompt_options import option_chosen, options_of
from ladder.scoring.meant_alike import OPTION_LETTER, OPTION_TEXT
from ladder.spec.metric_spec import MetricSpec

FOUR = {"A": "Paris", "B": "Rome", "C": "New Rome", "D": "none of these"}
LINES = (
    "Capital of Italy?\nA. Paris\nB. Rome\nC. New Rome\nD. none of these\nAnswer with the letter."
)


@pytest.mark.parametrize(
    "sample",
    [
        AskedSample(LINES),
        AskedSample("Italy? (A) Paris (B) Rome (C) New Rome (D) none of these. Only the letter."),
        AskedSample("Italy?\nA) Paris\nB) Rome\nC) New Rome\nD) none of these\n\nAnswer:"),
        AskedSample("Italy? A: Paris, B: Rome, C: New Rome, D: none of these"),
        AskedSample("**A)** Paris\n**B)** Rome\n**C)** New Rome\n**D)** none of these"),
        AskedSample("Italy?", columns={"choices": list(FOUR.values())}),
        AskedSample(
            "Italy?", columns={"choices": {"text": list(FOUR.values()), "label": list(FOUR)}}
        ),
        AskedSample("Italy?", columns={**FOUR, "subject": "geography"}),
        AskedSample(
            "Italy?", columns={f"option_{key.lower()}": each for key, each in FOUR.items()}
        ),
    ],
)
def test_options_are_found_in_the_question_and_in_columns(sample: AskedSample) -> None:
    assert options_of(sample) == FOUR


@pytest.mark.parametrize(
    "text",
    [
        "I took plan A. Then I left.",
        "What is 3. 4 and 5?",
        "A) same B) same",
        "He got an A.",
        "",
        "Is vitamin A or B: better?",
    ],
)
def test_a_text_without_options_has_none(text: str) -> None:
    assert options_of(AskedSample(text)) == {}


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("Rome", "B"),
        ("**Rome**.", "B"),
        ("The answer is Rome.", "B"),
        ("New Rome", "C"),
        ("None of these.", "D"),
        ("Rome, not Paris", "B"),
        ("Paris or Rome", None),
        ("It is not Rome.", None),
        ("Berlin", None),
        ("B", None),
        ("A) Rome", None),
    ],
)
def test_an_option_is_chosen_by_its_text_where_no_letter_is_named(
    answer: str, letter: str | None
) -> None:
    assert option_chosen(answer, FOUR) == letter


def test_choice_reads_the_text_of_an_option_as_its_label() -> None:
    choice = load_metric(MetricSpec(name="choice", labels=tuple("ABCD"))).about(AskedSample(LINES))

    right, wrong = (read_answer(choice, Answer(text), ["B"]) for text in ("Rome", "Paris"))

    assert (right.score, right.read_as) == (1, "B")
    assert (wrong.score, wrong.lenient, wrong.read_as, wrong.alike) == (0, 0, "A", "")
    assert choice.score("B) Rome", ["B"]) == choice.score("(b)", ["B"]) == 1
    assert load_metric(MetricSpec(name="choice", labels=tuple("ABCD"))).score("Rome", ["B"]) == 0


@pytest.mark.parametrize("name", ["exact_match", "contains", "f1"])
def test_other_metrics_take_an_option_for_what_may_be_meant(name: str) -> None:
    metric = load_metric(MetricSpec(name=name)).about(AskedSample(LINES))

    found = [
        read_answer(metric, Answer(said), [wanted]).alike
        for said, wanted in (
            ("Rome.", "B"),
            ("B", "Rome"),
            ("(B)", "Rome"),
            ("Paris", "B"),
            ("A", "Rome"),
        )
    ]

    assert found == [OPTION_TEXT, OPTION_LETTER, OPTION_LETTER, "", ""]


def test_a_label_that_is_a_number_is_the_place_of_an_option() -> None:
    sample = AskedSample("Italy?", columns={"choices": ["Paris", "Rome", "Oslo"]})

    for labels, place in ((("0", "1", "2"), "1"), (("1", "2", "3"), "2")):
        choice = load_metric(MetricSpec(name="choice", labels=labels)).about(sample)
        assert choice.score("Rome", [place]) == 1
        assert choice.score("Oslo", [place]) == 0


def test_a_letter_within_the_text_of_an_option_is_no_label() -> None:
    asked = AskedSample("Which one cures scurvy? A) Vitamin D B) Vitamin C C) Iron D) Zinc")
    metric = load_metric(MetricSpec(name="choice", labels=tuple("ABCD"))).about(asked)

    assert metric.score("Vitamin C", ["B"]) == metric.score("B) Vitamin C", ["B"]) == 1
    assert metric.score("The answer is vitamin C", ["C"]) == 0
    assert metric.score("C", ["C"]) == metric.score("The answer is C.", ["C"]) == 1
