"""Eval data and training rows break the same rules: one table says which rows do."""

import pytest

from ladder.data import Sample, check_samples
from ladder.data.row_rules import ROW_RULES
from ladder.finetune.rows.clean import clean_rows
from ladder.spec.training import Review

ROWS = [Sample(f"s{at}", f"What stands in box number {at}?", (f"thing {at}",)) for at in range(30)]
BROKEN = {
    "D01": [Sample("x", "what stands in BOX number 3", ("thing 3",))],
    "D02": [Sample("x", "What stands in box number 3?", ("nothing",))],
    "D05": [Sample("x", "the answer", ("The answer",))],
}


@pytest.mark.parametrize("code", BROKEN)
def test_a_rule_is_broken_by_the_same_rows_in_eval_data_and_in_training_data(code: str) -> None:
    rows = [*ROWS, *BROKEN[code]]
    (rule,) = [name for name in ROW_RULES if name.startswith(code)]

    groups = ROW_RULES[rule](rows)
    of_evals = {finding.code for finding in check_samples(rows)}
    of_training = {finding.code for finding in clean_rows(rows, [], Review()).findings}

    assert any(len(rows) - 1 in group for group in groups)
    assert rule in of_evals
    assert rule in of_training
    assert not any(ROW_RULES[rule](ROWS) for rule in ROW_RULES)


def test_one_answer_for_all_is_one_group() -> None:
    rows = [Sample(str(at), f"Box {at}?", ("yes", str(at))) for at in range(4)]

    assert ROW_RULES["D04 one-answer"](rows) == [[0, 1, 2, 3]]
    assert ROW_RULES["D04 one-answer"](rows[:1]) == []


def test_answers_that_differ_from_the_input_in_punctuation_are_answers() -> None:
    rows = [Sample("1", "where is my card", ("Where is my card?",))]

    assert ROW_RULES["D05 answer-is-input"](rows) == []


def test_repeats_with_an_acceptable_answer_in_common_do_not_contradict() -> None:
    rows = [Sample("1", "Box 1?", ("a", "b")), Sample("2", "box 1", ("b",))]

    assert ROW_RULES["D01 input-repeated"](rows) == [[0, 1]]
    assert ROW_RULES["D02 same-input-other-answer"](rows) == []
