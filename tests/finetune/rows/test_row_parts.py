"""Training rows: split by content into parts that share nothing."""

from pathlib import Path

import pytest

from ladder.data import Sample
from ladder.errors import DataError, SpecError
from ladder.finetune.permit import training_of
from ladder.finetune.rows.row_parts import load_training_rows, part_of, split_rows
from tests.finetune.conftest import MakeTask


def test_the_three_parts_share_no_content_and_hold_every_row(make_task: MakeTask) -> None:
    task = make_task()

    rows = split_rows(load_training_rows(task), training_of(task))

    inputs = [{row.input for row in part} for part in (rows.train, rows.validation, rows.test)]
    assert sum(len(part) for part in inputs) == len(set.union(*inputs)) == 60
    assert len(rows.train) > len(rows.validation) + len(rows.test) > 0


def test_a_row_keeps_its_part_when_others_are_added() -> None:
    row = Sample("1", "How are you?", ("fine",))

    assert part_of(row) == part_of(Sample("9", "how  are you? ", ("other",)))


def test_rows_of_one_cluster_stay_together() -> None:
    parts = {part_of(Sample(str(n), f"text {n}", ("x",), cluster="user 7")) for n in range(30)}

    assert len(parts) == 1


def test_too_few_rows_are_refused_with_the_part_that_lacks_them(make_task: MakeTask) -> None:
    task = make_task()
    path = Path(training_of(task).path)
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:4]), "utf-8")

    with pytest.raises(DataError, match="part"):
        split_rows(load_training_rows(task), training_of(task))


def test_a_task_without_training_data_says_what_to_add(make_task: MakeTask) -> None:
    task = make_task().replace(training=None)

    with pytest.raises(SpecError, match="no training data"):
        training_of(task)
