"""`fresh_rows`: which of some new rows count: those that were never asked, and whose answer lies nowhere."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from ladder.data import Sample
from ladder.data.leakage import find_leaks
from ladder.rechecking.question_digest import QuestionDigest, unit_digest
from ladder.runs.recheck_file import RecheckRecord
from ladder.runs.samples import SampleRow


class LeftOutRow(Enum):
    """Why a new row does not count, in words that go on from "3 of 60 rows"."""

    REPEATED = "were counted before: each counts once"
    RELABELLED = "ask what was counted before, with another answer: what was counted stays"
    OF_RUN = "stand in the run's own eval data, which its verdict used"
    OF_KNOWN_CLUSTER = (
        "belong to a cluster that was counted or stands in the eval data: no independent draw"
    )
    OF_LARGE_CLUSTER = (
        "are more than any cluster of the eval data has: their clusters count with as many"
    )
    AT_HAND = (
        "stand in the candidate's worked examples or training data: their answers were at hand"
    )
    WITHOUT_ANSWER = "have no answer (or no input) yet: they count once they have"
    WITHOUT_DATE = "have no date: they count once they have"


@dataclass
class FreshRows:
    """New rows that count, and how many others do not, each for its reason.

    Attributes:
        samples: Those that count, in the order of their digests: it tells nothing of their scores.
        questions, rows, units: Their digests; no units where rows are no clusters.
        left_out: How many do not count.
    """

    samples: list[Sample] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    left_out: Counter[LeftOutRow] = field(default_factory=Counter)


def left_out_notes(left_out: Mapping[LeftOutRow, int], n_read: int) -> tuple[str, ...]:
    """Return in words which of some rows do not count, and why.

    >>> left_out_notes({LeftOutRow.WITHOUT_DATE: 1}, 60)
    ('1 of 60 rows have no date: they count once they have.',)
    """
    told = ((left_out.get(why, 0), why.value) for why in LeftOutRow)
    return tuple(f"{n:,} of {n_read:,} rows {words}." for n, words in told if n)


@dataclass(frozen=True)
class KnownRows:
    """What new rows are held against.

    Attributes:
        digest: Makes the digests of rows.
        of_run: The questions of the run's own eval data.
        counted: The questions that were counted before, each with its row.
        clusters: The clusters of the run's own eval data, and those that were counted before.
        at_hand: Worked examples and training rows, where they can be read.
        largest: Most rows of a cluster that count.
        is_clustered: Whether rows of one cluster are drawn together.
    """

    digest: QuestionDigest
    of_run: frozenset[str]
    counted: Mapping[str, str]
    clusters: frozenset[str]
    at_hand: Sequence[Sample]
    largest: int
    is_clustered: bool

    @classmethod
    def of(
        cls,
        digest: QuestionDigest,
        rows: Iterable[SampleRow],
        *,
        record: RecheckRecord | None,
        at_hand: Sequence[Sample],
    ) -> "KnownRows":
        """Return what is known of a run with these samples."""
        rows = list(rows)
        sizes = Counter(each.cluster for each in rows if each.cluster is not None)
        counted_units = frozenset() if record is None else record.units
        return cls(
            digest,
            frozenset(digest.of_row(each)[0] for each in rows),
            {} if record is None else record.questions,
            frozenset(map(unit_digest, sizes)) | counted_units,
            at_hand,
            max(sizes.values(), default=1),
            is_clustered=bool(sizes),
        )

    def with_counted(self, fresh: FreshRows) -> "KnownRows":
        """Return the same once some more rows are counted."""
        pairs = zip(fresh.questions, fresh.rows, strict=True)
        return replace(
            self,
            counted={**self.counted, **dict(pairs)},
            clusters=self.clusters | frozenset(fresh.units),
        )


def fresh_rows(samples: Sequence[Sample], known: KnownRows) -> FreshRows:
    """Return the rows that count, with the number of those that do not."""
    found = FreshRows()
    counted = dict(known.counted)
    kept: dict[str, tuple[str, Sample]] = {}
    for sample in samples:
        question, row = known.digest.of_sample(sample)
        if question in known.of_run:
            found.left_out[LeftOutRow.OF_RUN] += 1
        elif question in counted:
            is_same = counted[question] == row
            found.left_out[LeftOutRow.REPEATED if is_same else LeftOutRow.RELABELLED] += 1
        else:
            counted[question] = row
            kept[question] = row, sample
    _leave_out_at_hand(kept, known, found)
    clusters = _leave_out_clusters(kept, known, found)
    for question in sorted(kept):
        row, sample = kept[question]
        found.questions.append(question)
        found.rows.append(row)
        found.samples.append(sample)
        if known.is_clustered:
            found.units.append(clusters[question])
    return found


def _leave_out_at_hand(
    kept: dict[str, tuple[str, Sample]], known: KnownRows, found: FreshRows
) -> None:
    if not known.at_hand:
        return
    by_sample = {id(sample): question for question, (_, sample) in kept.items()}
    leaks = find_leaks([sample for _, sample in kept.values()], known.at_hand)
    for question in {by_sample[id(leak.sample)] for leak in leaks.pairs}:
        del kept[question]
        found.left_out[LeftOutRow.AT_HAND] += 1


def _leave_out_clusters(
    kept: dict[str, tuple[str, Sample]], known: KnownRows, found: FreshRows
) -> dict[str, str]:
    """Return the cluster of each row that counts; rows without one are a unit of their own."""
    if not known.is_clustered:
        return {}
    sizes: Counter[str] = Counter()
    units = {}
    for question in sorted(kept):
        row, sample = kept[question]
        unit = row if sample.cluster is None else unit_digest(sample.cluster)
        sizes[unit] += 1
        if unit in known.clusters:
            found.left_out[LeftOutRow.OF_KNOWN_CLUSTER] += 1
        elif sizes[unit] > known.largest:
            found.left_out[LeftOutRow.OF_LARGE_CLUSTER] += 1
        else:
            units[question] = unit
    for question in kept.keys() - units.keys():
        del kept[question]
    return units
