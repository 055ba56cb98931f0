"""Training rows: what is wrong with them is found, and nothing is left out silently."""

import pytest

from ladder.data import Sample
from ladder.data.labels import is_label_like
from ladder.finetune.rows.clean import CleanedRows, clean_rows
from ladder.spec.training import Review

LABELS = ("red", "blue", "green")


def _row(name: str, text: str, target: str = "red") -> Sample:
    return Sample(name, text, (target,))


ROWS = [_row(f"r{n}", f"ticket number {n} about colours", LABELS[n % 3]) for n in range(40)]
EVALS = [
    _row(f"e{n}", f"question {n} that is about something else", LABELS[n % 3]) for n in range(20)
]


def _codes(cleaned: CleanedRows) -> dict[str, str]:
    return {finding.code.partition(" ")[0]: finding.severity for finding in cleaned.findings}


def test_sound_rows_all_stay_and_their_labels_are_counted() -> None:
    cleaned = clean_rows(ROWS, EVALS, Review())

    assert cleaned.kept == tuple(ROWS)
    assert cleaned.removed == ()
    assert _codes(cleaned) == {"C06": "info"}


@pytest.mark.parametrize(
    "copy",
    [
        "question 3 that is about something else",
        "Question 3, that is about SOMETHING else!",
        "question  3 that is   about something else",
    ],
)
def test_an_eval_row_blocks_however_it_is_dressed(copy: str) -> None:
    cleaned = clean_rows([*ROWS, _row("leak", copy)], EVALS, Review())

    assert _codes(cleaned)["D11"] == "error"
    assert "is the eval sample e3" in cleaned.findings[0].evidence


def test_a_long_eval_row_with_one_word_changed_blocks_too() -> None:
    words = [f"word{n}" for n in range(60)]
    evals = [*EVALS, _row("long", " ".join(words))]
    words[30] = "other"

    cleaned = clean_rows([*ROWS, _row("near", " ".join(words))], evals, Review())

    assert _codes(cleaned)["D12"] == "error"
    assert "is nearly the eval sample long" in cleaned.findings[0].evidence


def test_rows_of_a_named_rule_are_left_out_and_stand_in_the_table() -> None:
    leak = _row("leak", EVALS[3].input)

    cleaned = clean_rows([*ROWS, leak], EVALS, Review(remove=("D11",)))

    assert cleaned.kept == tuple(ROWS)
    assert cleaned.removed == (
        (
            "leak",
            "D11 eval-input-known",
            "'question 3 that is about something else' is the eval sample e3",
        ),
    )
    assert _codes(cleaned)["D11"] == "info"


def test_copies_are_left_out_and_named() -> None:
    cleaned = clean_rows([*ROWS, _row("copy", "Ticket number 0  about colours")], EVALS, Review())

    assert cleaned.kept == tuple(ROWS)
    assert cleaned.removed == (("copy", "D01 input-repeated", "the same as r0"),)


def test_contradictions_block_with_both_answers() -> None:
    other = _row("other", ROWS[0].input, "blue")

    cleaned = clean_rows([*ROWS, other], EVALS, Review())

    assert _codes(cleaned)["D02"] == "error"
    assert "'blue' or 'red'" in next(f for f in cleaned.findings if f.code[:3] == "D02").evidence


def test_a_row_left_out_already_breaks_no_further_rule() -> None:
    leak, copy = _row("leak", EVALS[3].input), _row("twice", EVALS[3].input)

    cleaned = clean_rows([*ROWS, leak, copy], EVALS, Review(remove=("D11",)))

    assert {row for row, _, _ in cleaned.removed} == {"leak", "twice"}
    assert "D01" not in _codes(cleaned)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("my key is AKIAIOSFODNN7EXAMPLE", "G01", "AWS"),
        ("token hf_abcdefghijklmnopqrstuvwxyz0123", "G01", "key"),
        ("-----BEGIN RSA PRIVATE KEY-----", "G01", "Private Key"),
        ("write to jane.doe@mail.org", "G02", "mail address"),
        ("card 4111 1111 1111 1111", "G02", "card number"),
        ("IBAN DE89 3704 0044 0532 0130 00", "G02", "account number"),
        ("call +49 170 1234567 please", "G02", "telephone number"),
    ],
)
def test_keys_and_personal_data_block_and_are_never_echoed(text: str, code: str, kind: str) -> None:
    cleaned = clean_rows([*ROWS, _row("bad", f"hello, {text} now")], EVALS, Review())

    finding = next(each for each in cleaned.findings if each.code.startswith(code))
    assert finding.severity == "error"
    assert kind in finding.evidence
    assert text.rsplit(maxsplit=1)[-1] not in finding.evidence


def test_keys_in_the_answer_count_too() -> None:
    cleaned = clean_rows([*ROWS, _row("bad", "what now", "jane@mail.org")], EVALS, Review())

    assert _codes(cleaned)["G02"] == "error"


def test_ordinary_numbers_are_no_personal_data() -> None:
    texts = [
        "hello, order 622: move to the bigger plan.",
        "part 4111-1111-1111-1112 of 2026-11-24, 12:30:00",
        "call me at you@example.com about 1234567890",
        "my password is rejected and the code for signing in never comes",
    ]

    cleaned = clean_rows([*ROWS, *(_row(t, t) for t in texts)], EVALS, Review())

    assert not {"G01", "G02"} & set(_codes(cleaned))


def test_answers_cut_at_a_limit_block() -> None:
    text = "The invoice is sent again on the first day of the month to the address we have. " * 3
    long = [_row(f"l{n}", f"long question {n}", text[n:][:120]) for n in range(8)]

    cleaned = clean_rows([*ROWS, *long], EVALS, Review())

    assert _codes(cleaned)["C04"] == "error"


def test_whole_sentences_are_not_called_cut() -> None:
    long = [
        _row(f"l{n}", f"long question {n}", f"The invoice number {n} is sent again to you today.")
        for n in range(12)
    ]

    assert not {"C04", "C05"} & set(_codes(clean_rows([*ROWS, *long], EVALS, Review())))


def test_one_answer_for_all_blocks() -> None:
    rows = [_row(f"r{n}", f"ticket {n}") for n in range(20)]

    assert _codes(clean_rows(rows, EVALS, Review()))["D04"] == "error"


def test_labels_are_short_and_shared() -> None:
    essays = [_row(f"r{n}", f"ticket {n}", f"a long answer number {n}") for n in range(20)]

    assert is_label_like(ROWS)
    assert not is_label_like(essays)
