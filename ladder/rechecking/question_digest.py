"""`QuestionDigest`: a digest of what is asked in a row, and of the row with its answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.data import Sample, normal_form
from ladder.data.conversation import SYSTEM_ROLES
from ladder.frozen import digest_of
from ladder.runs.samples import SampleRow

DIGITS = 24
"""Hexadecimal digits of a digest that are kept: enough for a billion rows."""


@dataclass(frozen=True)
class QuestionDigest:
    """Makes the digests of rows for one candidate.

    Attributes:
        columns: The columns beside the input that the candidate's prompts may show.
    """

    columns: frozenset[str]

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
