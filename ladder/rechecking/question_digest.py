"""`QuestionDigest`: a digest of what is asked in a row, and of the row with its answers."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.data import Sample, normal_form
from ladder.data.conversation import SYSTEM_ROLES
from ladder.errors import DataError
from ladder.frozen import digest_of
from ladder.runs.samples import SampleRow
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec

DIGITS = 24
"""Hexadecimal digits of a digest that are kept: enough for a billion rows."""

_PLACE = re.compile(r"\{.*?\}", re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class QuestionDigest:
    """Makes the digests of rows for one candidate.

    Attributes:
        columns: The columns beside the input that its prompt shows, or that hold its passages.
    """

    columns: frozenset[str]

    @classmethod
    def of(cls, candidate: Candidate, task: TaskSpec) -> "QuestionDigest":
        """Return what makes the digests for a candidate of a task."""
        prompt = candidate.effective.prompt
        places = " ".join(_PLACE.findall(f"{prompt.system or ''}\n{prompt.user}"))
        names = set(_NAME.findall(places))
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
        used = [name for name in sorted(self.columns) if all(name in row.columns for row in before)]
        for sample in samples:
            lacking = next((name for name in used if name not in sample.columns), None)
            if lacking is not None:
                raise DataError(
                    f"{sample.where or 'A row'} has no column {lacking!r}, which the candidate's prompts "
                    "show. Nothing was counted.",
                    next_step="Give the new rows the columns that the eval data have, or name the one that "
                    f"stands for it: --column {lacking}=COLUMN.",
                )

    def of_sample(self, sample: Sample) -> tuple[str, str]:
        """Return the digest of a sample's question, and that of the question with its answers."""
        return self._both(sample.asked, sample.columns, sample.targets)

    def of_row(self, row: SampleRow) -> tuple[str, str]:
        """Return the same for a sample of the run."""
        return self._both(asked_in(row), row.columns, row.targets)

    def _both(
        self, asked: str, columns: Mapping[str, Any], targets: Iterable[str]
    ) -> tuple[str, str]:
        shown = {name: _plain(columns[name]) for name in sorted(self.columns & columns.keys())}
        question = digest_of([normal_form(asked), shown])[:DIGITS]
        return question, digest_of([question, sorted(map(normal_form, targets))])[:DIGITS]


def asked_in(row: SampleRow) -> str:
    """Return the text that tells a sample of a run from others: see `Sample.asked`."""
    if not row.turns:
        return row.input
    return "\n".join(each.text for each in row.messages[:-1] if each.role not in SYSTEM_ROLES)


def unit_digest(name: str) -> str:
    """Return the digest under which a cluster is kept."""
    return digest_of(["cluster", name])[:DIGITS]


def _plain(value: Any) -> str:  # noqa: ANN401 - any cell
    """Return a cell as text: the same before and after it was written as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence | Mapping):
        return json.dumps(value, sort_keys=True, default=str)
    return str(value)
