"""`RecheckRecord`: what `ladder recheck` counted of a run's candidate, batch after batch, kept by digest.

A line a batch, each with the digest of the line before it: lines are added, and never changed. Rows
are kept as digests and scores; of their texts no more stands in the file than the shares of labels.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from pydantic import ValidationError

from ladder.disk import write_lines
from ladder.errors import EvidenceError
from ladder.frozen import Frozen, added, digest_of
from ladder.runs.folder import RunFolder
from ladder.statistics.monitoring import WatchedMean, joins

DAYS_A_MONTH = 30.4375
_SEAL = "sha256"
_BEGIN_ANEW = (
    "Put the file back from a copy. To begin anew, with a budget of its own, move it elsewhere: then "
    "every row counts as new."
)

ScoreBounds = tuple[float, float] | None
"""The least and the most that an answer may score; None where a row is no part of a mean."""


class RecheckHead(Frozen):
    """What the batches are about; none of it may change from one batch to the next.

    Attributes:
        candidate: Digest of all that can change its answers, model and metric among it.
        label: What the report calls it.
        means: What it must reach: the target minus the margin.
        largest: Most rows of a cluster that count; 1 where rows are no clusters.
        is_trained: Whether it is the model that was trained after the verdict.
        reference: What it is held against, by name; then the first mean is of (difference + 1) / 2.
        judge: Who scores, where a judge does.
    """

    schema_version: Literal[1] = 1
    candidate: str
    label: str
    means: tuple[WatchedMean, ...]
    largest: int = 1
    is_trained: bool = False
    reference: str = added("")
    judge: str = added("")


class DriftLine(Frozen):
    """One property of the inputs, in the eval data and in the new rows; no claim rests on it.

    Attributes:
        about: Which property.
        before, now: Of the eval data, and of the new rows, in words.
        is_different: Whether chance alone would hardly make them so different.
    """

    about: str
    before: str
    now: str
    is_different: bool = False


class CountedBatch(Frozen):
    """The rows that one call counted.

    Attributes:
        counted: When, in UTC.
        files: The names of the files.
        questions: A digest of what is asked in each row.
        rows: The same with its answers.
        units: What each row is drawn with: its cluster; empty where each row is a unit of its own.
        scores: For each mean, the bounds of each row's score.
        unknown: Rows of which nobody knows what they score.
        served_as: What a server called the model that answered, and its weights.
        drift: How the inputs differ from the eval data.
        month: Of which month the rows are, such as `2026-10`; empty where nobody said so.
        asked_at: Where the server was asked, where that is not where it was measured.
    """

    counted: str
    files: tuple[str, ...]
    month: str = added("")
    questions: tuple[str, ...]
    rows: tuple[str, ...]
    units: tuple[str, ...] = added(())
    scores: dict[str, tuple[ScoreBounds, ...]]
    unknown: int = 0
    served_as: tuple[tuple[str, str], ...] = added(())
    asked_at: str = added("")
    drift: tuple[DriftLine, ...] = ()

    @property
    def at(self) -> datetime:
        """Return when it was counted."""
        return datetime.fromisoformat(self.counted)

    @property
    def when(self) -> str:
        """Return the month of its rows, or else the day on which they were counted."""
        return self.month or self.counted[: len("2026-10-31")]


@dataclass(frozen=True)
class RecheckRecord:
    """All that was counted so far.

    Attributes:
        head: What it is about.
        batches: In the order in which they were counted.
        seal: The digest of the last line.
    """

    head: RecheckHead
    batches: tuple[CountedBatch, ...] = ()
    seal: str = ""
    lines: tuple[str, ...] = ()

    @classmethod
    def begun(cls, head: RecheckHead) -> "RecheckRecord":
        """Return a record without a batch."""
        line, seal = _sealed(head.model_dump(mode="json"), "")
        return cls(head, (), seal, (line,))

    def with_batch(self, batch: CountedBatch) -> "RecheckRecord":
        """Return the record with one more batch."""
        line, seal = _sealed(batch.model_dump(mode="json"), self.seal)
        return RecheckRecord(self.head, (*self.batches, batch), seal, (*self.lines, line))

    @cached_property
    def questions(self) -> dict[str, str]:
        """Return what was asked so far, each question with its row."""
        return {
            question: row
            for batch in self.batches
            for question, row in zip(batch.questions, batch.rows, strict=True)
        }

    @cached_property
    def units(self) -> frozenset[str]:
        """Return the clusters of which rows were counted."""
        return frozenset(unit for batch in self.batches for unit in batch.units)

    @cached_property
    def months(self) -> tuple[int, ...]:
        """Return for each batch the month of its rows, in months after that of the first batch.

        Where nobody named it, it is the one in which they were counted, and never before another.
        """
        found: list[int] = []
        for batch in self.batches:
            after = _months_between(self.batches[0], batch)
            found.append(after if batch.month else max([after, *found]))
        return tuple(found)

    def batches_since(self, place: int) -> list[CountedBatch]:
        """Return the batches whose rows count in the evidence that began with the one at `place`, by month."""
        joined = [
            (self.months[at], at)
            for at in range(place, len(self.batches))
            if joins(self.months[at], self.months[place])
        ]
        return [self.batches[at] for _, at in sorted(joined)]

    def write(self, folder: RunFolder) -> None:
        """Write the record into a run's folder, whole or not at all."""
        write_lines(folder.rechecks, self.lines)


def read_rechecks(folder: RunFolder) -> RecheckRecord | None:
    """Return what was counted of a run's candidate; None where nothing was.

    Raises:
        EvidenceError: The file was edited, cut or cannot be read.
    """
    path = folder.rechecks
    if not path.exists():
        return None
    try:
        lines = path.read_text("utf-8").splitlines()
        record = _opened(lines)
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise EvidenceError(
            f"{path} is not what `ladder recheck` wrote ({_first_line(error)}), so what was counted "
            "is not known.",
            next_step=_BEGIN_ANEW,
        ) from error
    return record


def refuse_other_head(record: RecheckRecord, head: RecheckHead, folder: RunFolder) -> None:
    """Raise where a record is about something else than is asked now.

    Raises:
        EvidenceError: Its candidate, or what must be reached, is another one.
    """
    before, now = (each.model_dump(mode="json") for each in (record.head, head))
    changed = [name for name in now if before[name] != now[name]]
    if changed:
        raise EvidenceError(
            f"{folder.rechecks} is about another {', '.join(changed)} than is confirmed now: one "
            "e-process over both would say nothing of either.",
            next_step="Restore what was counted (model, files, spec). To recheck what there is now, "
            "move the file elsewhere: that begins anew, with a budget of its own.",
        )


def _months_between(first: CountedBatch, other: CountedBatch) -> int:
    if not (first.month or other.month):
        return int((other.at - first.at).total_seconds() / 86_400 / DAYS_A_MONTH)
    (year, month), (later_year, later_month) = (
        map(int, each.when.split("-")[:2]) for each in (first, other)
    )
    return 12 * (later_year - year) + later_month - month


def _opened(lines: list[str]) -> RecheckRecord:
    found: list[dict[str, Any]] = []
    seal = ""
    for number, line in enumerate(lines, start=1):
        document = json.loads(line)
        told = document.pop(_SEAL)
        if told != digest_of([document, seal]):
            raise ValueError(f"line {number} does not have the digest that stands in it")
        found.append(document)
        seal = told
    head, *batches = found
    return RecheckRecord(
        RecheckHead.model_validate_json(json.dumps(head)),
        tuple(CountedBatch.model_validate_json(json.dumps(each)) for each in batches),
        seal,
        tuple(lines),
    )


def _sealed(document: dict[str, Any], seal: str) -> tuple[str, str]:
    """Return a document's line and its digest, which holds all lines before it."""
    own = digest_of([document, seal])
    return json.dumps({**document, _SEAL: own}), own


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
