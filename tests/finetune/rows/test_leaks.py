"""Eval rows are known in the training data however they are dressed, and others are not."""

import pytest

from ladder.data import Sample
from ladder.finetune.rows.clean import clean_rows
from ladder.spec.data_source import OnLeak
from ladder.spec.training import Review

EVALS = [
    Sample("short", "Where is my card?", ("a",)),
    Sample("long", "the battery gets hot. I am writing from Oslo.", ("b",)),
    Sample("sum", "What is 12 - 3?", ("9",)),
]


def _leaked(rows: list[Sample], evals: list[Sample], on_leak: OnLeak | None = None) -> list[str]:
    findings = clean_rows(rows, evals, Review(), on_leak).findings
    told = [f"{each.code[:3]} {each.severity}" for each in findings]
    return [each for each in told if each[:3] in ("D11", "D12")]


@pytest.mark.parametrize(
    "text",
    [
        "WHERE IS MY CARD",
        "where is my card ?!",
        "Where  is\tmy\ncard?",
        "\uff37here is my card?",
        "Hello, where is my card? Thanks!",
        "The battery gets hot; I am writing from Oslo",
        "Good day to you. The battery gets hot. I am writing from Oslo.",
        "what is 12 - 3",
    ],
)
def test_an_eval_row_is_known_in_other_dress(text: str) -> None:
    assert _leaked([Sample("r", text, ("x",))], EVALS) == ["D11 error"]


@pytest.mark.parametrize(
    "text",
    [
        "Where is my cat?",
        "the battery gets cold. I am writing from Oslo.",
        "the battery gets hot. I am writing from Lima.",
        "What is 12 + 3?",
        "What is 1 23?",
        "What is 123?",
    ],
)
def test_another_question_is_no_leak(text: str) -> None:
    assert _leaked([Sample("r", text, ("x",))], EVALS) == []


@pytest.mark.parametrize("place", [0, 14, 29])
def test_a_long_row_in_which_a_word_differs_blocks_until_somebody_answers_for_it(
    place: int,
) -> None:
    words = [f"word{n}" for n in range(30)]
    evals = [Sample("e", " ".join(words), ("a",))]
    words[place] = "other"

    assert _leaked([Sample("r", " ".join(words), ("a",))], evals) == ["D12 error"]


def test_the_words_of_an_eval_row_in_another_order_are_known() -> None:
    text = "I am writing from Oslo, the battery gets hot."

    assert _leaked([Sample("r", text, ("x",))], EVALS) == ["D11 error"]


@pytest.mark.parametrize(
    ("on_leak", "told"),
    [
        (OnLeak(), ["D11 error"]),
        (OnLeak(rest="exclude"), ["D11 info"]),
        (OnLeak(waive=("short",)), []),
        (OnLeak(waive=("r",)), []),
        (OnLeak(waive=("long",)), ["D11 error"]),
    ],
)
def test_what_the_spec_says_of_leaks_holds_for_training_rows(
    on_leak: OnLeak, told: list[str]
) -> None:
    assert _leaked([Sample("r", "Where is my card?", ("x",))], EVALS, on_leak) == told


def test_rows_that_are_left_out_as_leaks_are_named() -> None:
    rows = [Sample("r", "where is MY card", ("x",)), Sample("s", "Who is it?", ("y",))]

    cleaned = clean_rows(rows, EVALS, Review(), OnLeak(rest="exclude"))

    assert [row.id for row in cleaned.kept] == ["s"]
    assert cleaned.removed == (
        ("r", "D11 eval-input-known", "'where is MY card' is the eval sample short"),
    )
