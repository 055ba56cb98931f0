"""Scores by a column of the data, for the baseline and the best candidate; no part of the claim."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ladder.report.run_evidence import Evidence
from ladder.runs.samples import SampleRow
from ladder.search.ledger import Configuration
from ladder.statistics import clopper_pearson, wilson

MOST_COLUMNS = 4
MOST_VALUES = 12


@dataclass(frozen=True, slots=True)
class SliceScore:
    """The mean score of one candidate on one slice, with its 95 % interval."""

    score: float
    low: float
    high: float
    n: int

    @classmethod
    def counted(cls, right: int, n: int) -> Self:
        """Return the share of right answers, with its exact interval."""
        low, high = clopper_pearson(right, n)
        return cls(right / n, low, high, n)


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One value of a column: how the baseline and the best candidate do on its samples."""

    value: str
    before: SliceScore | None
    after: SliceScore | None


@dataclass(frozen=True, slots=True)
class Slicing:
    """A column, with a row a value; `n_values` counts those that are not shown, too."""

    column: str
    rows: tuple[SliceRow, ...]
    n_values: int


def slicings(evidence: Evidence) -> list[Slicing]:
    """Return the scores on the selection part, by the columns worth slicing by.

    They are the columns that the spec names, else the first few with a few values that repeat.
    The confirmation part answered one question, and this is another one.
    """
    samples = [sample for sample in evidence.samples if sample.part == "selection"]
    named = evidence.decision.slices
    columns = named or tuple(columns_to_slice_by([sample.columns for sample in samples]))
    pair = (evidence.baseline, evidence.best)
    return [found for name in columns if (found := _slicing(name, samples, pair)) is not None]


def columns_to_slice_by(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the first columns with a few values that repeat.

    >>> list(columns_to_slice_by([{"id": n, "topic": n % 2} for n in range(8)]))
    ['topic']
    """
    names = dict.fromkeys(name for row in rows for name in row)
    found = 0
    for name in names:
        values = {value_of(row, name) for row in rows}
        if 2 <= len(values) <= min(MOST_VALUES, len(rows) // 2) and found < MOST_COLUMNS:
            found += 1
            yield name


def value_of(row: Mapping[str, Any], name: str) -> str:
    """Return a row's value of a column as text; a dash where it has none.

    >>> value_of({"topic": "gate"}, "topic"), value_of({}, "topic")
    ('gate', '–')
    """
    value = row.get(name)
    return "–" if value is None else str(value)


def _slicing(
    name: str, samples: Sequence[SampleRow], pair: tuple[Configuration, Configuration]
) -> Slicing | None:
    parts: dict[str, list[SampleRow]] = {}
    for sample in samples:
        parts.setdefault(value_of(sample.columns, name), []).append(sample)
    # The largest slices say most; a column of hundreds of values is cut to them.
    largest = sorted(parts, key=lambda value: (-len(parts[value]), value))[:MOST_VALUES]
    before, after = pair
    rows = tuple(
        SliceRow(
            value,
            _score(parts[value], before),
            _score(parts[value], after) if after != before else None,
        )
        for value in sorted(largest)
    )
    is_empty = all(row.before is None and row.after is None for row in rows)
    return None if is_empty else Slicing(name, rows, len(parts))


def _score(samples: Sequence[SampleRow], configuration: Configuration) -> SliceScore | None:
    answers = [sample.answer(configuration) for sample in samples]
    scores = [answer.score for answer in answers if answer is not None]
    if not scores:
        return None
    total = sum(scores)
    is_counted = all(score in (0.0, 1.0) for score in scores)
    n = len(scores)
    if is_counted:
        return SliceScore.counted(round(total), n)
    low, high = wilson(total, n)
    return SliceScore(total / n, low, high, n)
