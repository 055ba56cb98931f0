"""Overfitting and learning by heart: seen in what the adapter says on rows it knows and does not."""

from typing import Literal

import pytest

from ladder.data import Sample
from ladder.finetune.checklist_after import check_memorised, check_overfitting
from ladder.finetune.evaluation.before_and_after import summarise
from ladder.finetune.report import Score, TrainingCost, TrainingReport
from ladder.spec.candidate import Candidate, ModelRef


def _score(right: int, n: int) -> Score:
    return summarise([1.0] * right + [0.0] * (n - right))


def _report(
    train: Score, other: Score, *, verdict: Literal["reached", "not_reached"] = "not_reached"
) -> TrainingReport:
    return TrainingReport(
        task="t",
        verdict=verdict,
        sentence="",
        target=0.8,
        alpha=0.03,
        before=_score(0, 100),
        after=_score(30, 100),
        parts={"train": train, "validation": other, "test": other},
        abilities=(),
        candidate=Candidate(model=ModelRef(id="m")),
        adapter="a/v1",
        decision="d",
        rows={"train": train.n},
        steps=120,
        best_step=120,
        losses=(),
        validation_losses=(),
        cost=TrainingCost(minutes=1, peak_memory_gib=1, device="cpu", method="lora"),
        shown="",
    )


@pytest.mark.parametrize(
    ("train", "other", "blocks"),
    [
        (_score(32, 32), _score(0, 4), True),
        (_score(100, 100), _score(30, 50), True),
        (_score(100, 100), _score(46, 50), False),
        (_score(50, 100), _score(5, 10), False),
    ],
)
def test_a_clear_gap_blocks(train: Score, other: Score, blocks: bool) -> None:  # noqa: FBT001
    checked = check_overfitting(_report(train, other))

    assert [finding.severity for finding in checked.findings] == (["error"] if blocks else [])


def test_a_gap_is_a_warning_where_the_target_is_reached_on_data_kept_aside() -> None:
    checked = check_overfitting(_report(_score(100, 100), _score(30, 50), verdict="reached"))

    assert [finding.severity for finding in checked.findings] == ["warning"]


def test_the_table_shows_each_part_with_its_interval() -> None:
    table = check_overfitting(_report(_score(90, 100), _score(45, 50))).table

    assert [row[0] for row in table] == ["part", "train", "validation", "test", "confirmation"]
    assert table[1][1:] == ("0.90", "0.83 to 0.94", "100")


def test_long_targets_that_come_back_word_for_word_are_memorised() -> None:
    rows = [
        Sample(f"r{n}", f"q {n}", (f"one two three four five six seven {n}",)) for n in range(40)
    ]
    said = [row.targets[0] for row in rows]
    parts = {"train": rows[:30], "validation": rows[30:35], "test": rows[35:]}
    answers = {"train": said[:30], "validation": ["something else"] * 5, "test": ["else"] * 5}

    findings = check_memorised(answers, parts)

    assert findings[0].code.startswith("M02")
    assert "30 of 30" in findings[0].problem


def test_short_labels_are_the_task_and_not_probed() -> None:
    rows = [Sample(f"r{n}", f"q {n}", ("red",)) for n in range(40)]
    parts = {"train": rows[:30], "validation": rows[30:35], "test": rows[35:]}
    answers = {"train": ["red"] * 30, "validation": ["x"] * 5, "test": ["x"] * 5}

    assert check_memorised(answers, parts) == []
