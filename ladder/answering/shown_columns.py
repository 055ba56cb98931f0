"""`ShownColumns`: the columns beside the input that a candidate's prompts show, and rows that lack one."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.chat.sandbox.single_braces import shown_names
from ladder.data import Sample
from ladder.errors import DataError
from ladder.runs.samples import SampleRow
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


@dataclass(frozen=True)
class ShownColumns:
    """What a candidate's prompts may show of a row.

    Attributes:
        names: The columns beside the input that its prompt names, or that hold its passages.
    """

    names: frozenset[str]

    @classmethod
    def of(cls, candidate: Candidate, task: TaskSpec) -> "ShownColumns":
        """Return those of a candidate of a task."""
        prompt = candidate.effective.prompt
        names = {*shown_names(prompt.system or ""), *shown_names(prompt.user)}
        retrieval = candidate.effective.retrieval
        if retrieval is not None and retrieval.method == "given" and task.data.passages is not None:
            names.add(task.data.passages.column)
        return cls(frozenset(names - {task.data.input, "input"}))

    def refuse_missing(self, samples: Sequence[Sample], before: Sequence[SampleRow]) -> None:
        """Raise where a row lacks a column that the candidate uses and that all rows of the run have.

        It would answer another prompt than was measured, and the fault would be the file's.

        Raises:
            DataError: Names the row and the column.
        """
        if not before:
            return
        used = [name for name in sorted(self.names) if all(name in row.columns for row in before)]
        for sample in samples:
            lacking = next((name for name in used if name not in sample.columns), None)
            if lacking is not None:
                raise DataError(
                    f"{sample.where or 'A row'} has no column {lacking!r}, which the candidate's prompts "
                    "show.",
                    next_step="Give rows with the columns that the eval data have, in a file or in Python; "
                    f"or name the one that stands for it: --column {lacking}=COLUMN.",
                )
