"""Eval rows are known in the training data however they are dressed, and others are not."""

import pytest

from ladder.data import Sample
from ladder.finetune.rows.leaks import leaks, near_leaks

EVALS = [
    Sample("short", "Where is my card?", ("a",)),
    Sample("long", "the battery gets hot. I am writing from Oslo.", ("b",)),
    Sample("sum", "What is 12 - 3?", ("9",)),
]


def _leaked(text: str) -> str | None:
    found = leaks([Sample("r", text, ("x",))], EVALS)
    return found[0].why if found else None


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
    assert _leaked(text) is not None


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
    assert _leaked(text) is None


def test_a_long_row_in_which_a_name_differs_is_told_and_does_not_block() -> None:
    words = [f"word{n}" for n in range(30)]
    evals = [Sample("e", " ".join(words), ("a",))]
    rows = [Sample("r", " ".join([*words[:29], "other"]), ("a",))]
    nearer = [Sample("r", " ".join([*words[:14], "other", *words[15:]]), ("a",))]

    assert leaks(rows, evals)
    assert not leaks(nearer, evals)
    assert near_leaks(nearer, evals)
