"""`recorded_answers`: a run's questions with what a candidate answered, to tell whether it still does."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from ladder.data import Sample, samples_to_answer
from ladder.data.readers.row import Row
from ladder.measure import Journal, Workbench
from ladder.measure.answers_again import RecordedAnswer
from ladder.measure.workbench import recorded_in
from ladder.runs import RunFolder
from ladder.runs.samples import SampleRow, read_samples
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


def recorded_answers(
    bench: Workbench, folder: RunFolder, candidate: Candidate
) -> Sequence[RecordedAnswer]:
    """Return the answers of a candidate that the journal of a run holds; none without a journal."""
    if not folder.journal.is_file():
        return ()
    samples = run_samples(list(read_samples(folder.samples, kept=())), bench.task)
    with Journal(folder.journal, is_read_only=True) as journal:
        return recorded_in(bench, journal, candidate, samples)


def run_samples(rows: Sequence[SampleRow], task: TaskSpec) -> list[Sample]:
    """Return the samples of a run as new rows give them, each with its right answers."""
    given = [Row(each.id, new_row(each, task.data.input)) for each in rows]
    samples = samples_to_answer(given, task.data)
    return [
        dataclasses.replace(sample, targets=row.targets)
        for sample, row in zip(samples, rows, strict=True)
    ]


def new_row(sample: SampleRow, column: str) -> dict[str, Any]:
    """Return a sample as the row that a user would give: of a conversation its turns as messages."""
    columns = {
        name: each for name, each in sample.columns.items() if name not in (column, "messages")
    }
    if sample.turns:
        named = "messages" if column in ("input", "messages") else column
        tools = {"tools": list(sample.tools)} if sample.tools else {}
        return {**columns, **tools, named: [dict(turn) for turn in sample.turns[:-1]]}
    above, _, below = column.rpartition(".")
    if above and column not in sample.columns and above in sample.columns:
        return {**columns, above: sample.columns[above] or {below: sample.input}}
    return {**columns, column: sample.input}
