"""Each fault of a tokenised row is found, and sound rows pass."""

from dataclasses import replace

import pytest

from ladder.errors import DataError
from ladder.finetune.training.check_rows import RowLimits, check_rows, refuse
from ladder.finetune.training.encode_rows import MASKED, EncodedRow

SOUND = EncodedRow("7", (5, 6, 7, 8, 2), (MASKED, MASKED, MASKED, 8, 2), 3)
LIMITS = RowLimits(context_tokens=8, embedding_rows=50, end_tokens=frozenset({2}))
FAULTS = {
    "P01": replace(SOUND, labels=(MASKED,) * 5),
    "P02": replace(SOUND, labels=(MASKED, MASKED, MASKED, 9, 2)),
    "P03": replace(SOUND, labels=(MASKED, MASKED, 7, 8, 2)),
    "P04": replace(SOUND, ids=(5, 6, 7, 8, 9), labels=(MASKED, MASKED, MASKED, 8, 9)),
    "P05": EncodedRow("7", (*range(10, 18), 2), (*(MASKED,) * 8, 2), 8),
    "P06": replace(SOUND, ids=(5, 6, 70, 8, 2)),
}


def test_sound_rows_give_no_finding() -> None:
    assert check_rows([SOUND], LIMITS) == []


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_found_by_its_own_rule(code: str) -> None:
    findings = check_rows([SOUND, FAULTS[code]], LIMITS)

    assert code in [finding.code[:3] for finding in findings]
    assert all(finding.next_step for finding in findings)
    with pytest.raises(DataError, match="1 of 2"):
        refuse(findings)


def test_an_end_token_masked_as_padding_is_found() -> None:
    masked_end = replace(SOUND, labels=(MASKED, MASKED, MASKED, 8, MASKED))

    codes = [finding.code for finding in check_rows([masked_end], LIMITS)]

    assert "P04 end-not-supervised" in codes


def test_a_replayed_answer_may_be_cut() -> None:
    cut = EncodedRow("r", (5, 6, 7), (MASKED, MASKED, 7), 2, "replay", is_cut=True)

    assert check_rows([cut], LIMITS) == []
