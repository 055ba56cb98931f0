"""What makes a score mean less is found, and clean data raise nothing."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from ladder.data import Passage, Sample, check_samples, load_samples
from ladder.data.checks import check_pool_answers, check_pool_labels
from ladder.data.leakage import describe_leaks, find_leaks
from ladder.finding import Finding
from ladder.spec.data_source import DataSource

LONG = "the quick brown fox jumps over the lazy dog and then runs home to its own warm den"


def codes(samples: list[Sample]) -> list[str]:
    """Return the codes of what the checks find, without their names."""
    return [finding.code.split()[0] for finding in check_samples(samples)]


def check_leakage(
    samples: list[Sample], others: Sequence[Sample] | Sequence[Passage], name: str
) -> list[Finding]:
    """Return what is said of samples that stand in other data."""
    return describe_leaks(find_leaks(samples, others), len(samples), name)


def test_clean_data_raise_nothing() -> None:
    assert codes([Sample("1", "2 + 2", ("4",)), Sample("2", "2 + 3", ("5",))]) == []
    assert codes([]) == []


def test_a_repeated_input_is_found_with_its_rows() -> None:
    samples = [Sample("1", "Two", ("4",)), Sample("2", "two ", ("4",)), Sample("3", "x", ("5",))]

    found = check_samples(samples)

    assert [finding.code for finding in found] == ["D01 input-repeated"]
    assert found[0].evidence == "1 = 2"


def test_the_same_input_with_other_answers_is_found() -> None:
    samples = [Sample("1", "a", ("4",)), Sample("2", "a", ("5",)), Sample("3", "b", ("5", "4"))]

    assert codes(samples) == ["D01", "D02"]
    assert codes(
        [Sample("1", "a", ("4", "5")), Sample("2", "a", ("5",)), Sample("3", "b", ("6",))]
    ) == ["D01"]


def test_nearly_the_same_input_is_found_unless_it_stays_together() -> None:
    one, other = LONG, LONG.replace("den", "pit")
    apart = [Sample("1", one, ("a",)), Sample("2", other, ("b",)), Sample("3", "x", ("c",))]
    together = [
        Sample("1", one, ("a",), "c"),
        Sample("2", other, ("b",), "c"),
        Sample("3", "x", ("c",)),
    ]

    assert codes(apart) == ["D03"]
    assert codes(together) == []


def test_one_answer_for_all_is_an_error() -> None:
    found = check_samples([Sample("1", "a", ("yes",)), Sample("2", "b", ("yes", "y"))])

    assert [(finding.code, finding.severity) for finding in found] == [("D04 one-answer", "error")]


def test_an_answer_that_is_the_question_is_found() -> None:
    some = check_samples([Sample("1", "a", ("A",)), Sample("2", "b", ("x",))])
    every = check_samples([Sample("1", "a", ("A",)), Sample("2", "b", ("B",))])

    assert [(finding.code[:3], finding.severity) for finding in some] == [("D05", "warning")]
    assert [(finding.code[:3], finding.severity) for finding in every] == [("D05", "error")]


def test_eval_rows_in_the_pool_are_an_error_with_both_ids() -> None:
    samples = [Sample("e1", "What is it?", ("a",)), Sample("e2", "other", ("b",))]
    pool = [Sample("p1", "what is  it?", ("a",)), Sample("p2", "new", ("b",))]

    found = check_leakage(samples, pool, "the example pool")

    assert [(finding.code[:3], finding.severity) for finding in found] == [("D11", "error")]
    assert found[0].evidence == "e1 = p1"
    assert "1 of 2 samples stand in the example pool." in found[0].problem


def test_nearly_the_same_row_in_train_data_is_an_error() -> None:
    found = check_leakage(
        [Sample("e1", LONG, ("a",))], [Sample("t1", LONG.replace("den", "pit"), ("a",))], "train"
    )

    assert [(finding.code[:3], finding.severity) for finding in found] == [("D12", "error")]


def test_a_passage_that_holds_the_question_is_found_and_one_with_the_answer_is_not() -> None:
    samples = [Sample("e1", LONG, ("den",))]
    holds = Passage("p1", f"Question seen in the exam of May: {LONG}. The answer is the den.")
    answers = Passage("p2", "A fox lives in a den. It runs home to it after it has eaten its fill.")

    assert [f.evidence for f in check_leakage(samples, [answers, holds], "corpus")] == ["e1 = p1"]
    assert check_leakage(samples, [answers], "corpus") == []
    assert check_leakage(samples, [], "corpus") == []


@pytest.mark.slow
def test_rows_of_one_template_are_not_the_same_and_are_searched_in_seconds() -> None:
    samples = [Sample(str(at), f"{LONG} {LONG} {LONG} {at}", (str(at),)) for at in range(3000)]

    started = time.process_time()
    found = check_samples(samples)

    assert found == []
    assert time.process_time() - started < 20


def test_a_search_that_ends_at_its_bound_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ladder.data.near_pairs.MOST_COMPARED", 10)
    samples = [Sample(str(at), f"{LONG} {at}", (str(at),)) for at in range(20)]
    pool = [Sample(f"p{at}", f"{LONG} {at} more", (str(at),)) for at in range(20)]

    found = check_leakage(samples, pool, "the example pool")

    assert [finding.code[:3] for finding in found][-1] == "D06"
    assert "not compared with the example pool" in found[-1].problem


def test_findings_name_rows_by_place_and_first_words() -> None:
    one = Sample("9dac212901f4186d", "Where is it made? " * 20, ("Ulm",), where="eval.jsonl:3")
    other = Sample("021f5f1ff9cd4327", "Where is it made? " * 20, ("Ulm",), where="pool.jsonl:8")

    (finding,) = check_leakage([one], [other], "the example pool")

    assert finding.evidence == (
        "eval.jsonl:3 'Where is it made? Where is it made? Where is it …' = "
        "pool.jsonl:8 'Where is it made? Where is it made? Where is it …' (id 9dac212901f4186d)"
    )


def test_the_place_of_a_row_is_no_part_of_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "eval.jsonl"
    path.write_text('{"input": "a", "target": "b"}\n', encoding="utf-8")

    (sample,) = load_samples(DataSource(path=str(path)))

    assert sample.where == "eval.jsonl:1"
    assert sample == Sample(sample.id, "a", ("b",), columns={"input": "a"})


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ("Ulm", ["D12"]),
        ("ULM.", ["D12"]),
        ("Lyon", []),
        ("It was made in a small workshop near the river", ["D12"]),
    ],
)
def test_a_row_with_one_other_word_and_another_short_answer_is_another_question(
    answer: str, codes: list[str]
) -> None:
    text = "In which city of the south was the large {} of the museum made?"
    samples = [Sample("e", text.format("teapot"), ("Ulm",))]
    rows = [Sample("r", text.format("kettle"), (answer,))]

    found = check_leakage(samples, rows, "the example pool")

    assert [finding.code[:3] for finding in found] == codes


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("top_up_by_bank_transfer_charge", "top_up_by_card_charge"),
        ("the customer asks about a charge for transfers", "the customer asks about a charge for cards"),
    ],
)  # fmt: skip
def test_a_row_with_one_other_word_and_another_long_label_is_another_question(
    label: str, other: str
) -> None:
    text = "Is there a charge when I top up my account by {}?"
    labelled = [Sample(f"l{at}", f"Row {at}", (label,)) for at in range(3)]
    pool = [Sample(f"o{at}", f"Line {at}", (other,)) for at in range(3)]
    samples = [*labelled, Sample("e", text.format("transfer"), (label,))]

    assert check_leakage(samples, [*pool, Sample("r", text.format("card"), (other,))], "it") == []
    assert check_leakage(samples, [*pool, Sample("r", text.format("card"), (label,))], "it") != []


@pytest.mark.parametrize(
    ("answer", "said", "codes"),
    [
        ("Ann Lee", "Bob Ray", []),
        ("Ann Lee", "Ann Lee", ["D12"]),
        ("It was made in a small workshop near the river", "It came from the works", ["D12"]),
    ],
)
def test_a_passage_with_nearly_the_question_gives_it_away_only_with_the_answer(
    answer: str, said: str, codes: list[str]
) -> None:
    text = "who played {} in the house on the old hill"
    passages = [Passage("p", f"Quiz of May. {text.format('walter')}? {said}. More to come.")]

    found = check_leakage([Sample("e", text.format("martha"), (answer,))], passages, "the corpus")

    assert [finding.code[:3] for finding in found] == codes


def test_labels_that_only_the_pool_shows_are_told() -> None:
    def rows(*labels: str) -> list[Sample]:
        return [Sample(str(at), f"question {at}", (label,)) for at, label in enumerate(labels * 5)]

    found = check_pool_labels(rows("a", "b"), rows("a", "b", "c"), "the example pool")

    assert [each.code for each in found] == ["D27 pool-labels-unasked"]
    assert found[0].problem == "5 of 15 rows of the example pool show 1 label that no eval row has."
    assert check_pool_labels(rows("a", "b"), rows("a"), "the example pool") == []
    assert check_pool_labels(rows("Ada", "b"), rows("ADA", "ada", "B"), "the example pool") == []
    numbers = [Sample(str(at), f"question {at}", (str(at),)) for at in range(10)]
    assert check_pool_labels(numbers, rows("a"), "the example pool") == []


@pytest.mark.parametrize(
    ("answers", "in_pool", "is_told"),
    [
        ([f"Harbour {at}" for at in range(20)], [f"harbour-{at}" for at in range(12)], True),
        ([f"Harbour {at}" for at in range(20)], [f"Harbour {at}" for at in range(5)], False),
        ([str(at) for at in range(20)], [str(at) for at in range(20)], False),  # equal by chance
        (["refund", "order"] * 10, ["refund", "order"], False),  # labels
    ],
)
def test_a_pool_with_the_rare_answers_of_most_samples_is_told(
    answers: list[str], in_pool: list[str], *, is_told: bool
) -> None:
    samples = [Sample(str(at), f"Where is {at}?", (each,)) for at, each in enumerate(answers)]
    pool = [Sample(f"p{at}", f"Tell me {at}", (each,)) for at, each in enumerate(in_pool)]

    found = check_pool_answers(samples, pool, "the example pool")

    assert [each.code for each in found] == ["D63 answers-in-pool"] * is_told
    assert all("12 of 20 samples" in each.problem for each in found)
