"""`fresh_rows`: which of some new rows count: those that were never asked, and whose answer lies nowhere."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from ladder.data import Sample
from ladder.data.leakage import find_leaks
from ladder.rechecking.question_digest import QuestionDigest, unit_digest
from ladder.runs.recheck_file import RecheckRecord
from ladder.runs.samples import SampleRow


@dataclass
class FreshRows:
    """New rows that count, and how many others do not, each for its reason.

    Attributes:
        samples: Those that count, in the order of their digests: it tells nothing of their scores.
        questions, rows, units: Their digests; no units where rows are no clusters.
        n_read: Rows of the files.
        n_repeated: Rows that were counted before, in these files or earlier ones.
        n_relabelled: Rows whose question was counted before with another answer.
        n_of_run: Rows of the run's own eval data.
        n_of_known_cluster: Rows of a cluster that was counted before, or that the eval data have.
        n_of_large_cluster: Rows of clusters that are larger than any of the eval data.
        n_at_hand: Rows that stand in worked examples or training data.
        n_without_answer: Rows without input or answer.
    """

    samples: list[Sample] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    n_read: int = 0
    n_repeated: int = 0
    n_relabelled: int = 0
    n_of_run: int = 0
    n_of_known_cluster: int = 0
    n_of_large_cluster: int = 0
    n_at_hand: int = 0
    n_without_answer: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Return in words which rows do not count, and why."""
        told = (
            (self.n_repeated, "were counted before: each counts once"),
            (
                self.n_relabelled,
                "ask what was counted before, with another answer: what was counted stays",
            ),
            (self.n_of_run, "stand in the run's own eval data, which its verdict used"),
            (
                self.n_of_known_cluster,
                "belong to a cluster that was counted or stands in the eval data: no independent draw",
            ),
            (
                self.n_of_large_cluster,
                "are more than any cluster of the eval data has: their clusters count with as many",
            ),
            (
                self.n_at_hand,
                "stand in the candidate's worked examples or training data: their answers were at hand",
            ),
            (self.n_without_answer, "have no answer (or no input) yet: they count once they have"),
        )
        return tuple(f"{n:,} of {self.n_read:,} rows {words}." for n, words in told if n)


@dataclass(frozen=True)
class KnownRows:
    """What new rows are held against.

    Attributes:
        digest: Makes the digests of rows.
        of_run: The questions of the run's own eval data.
        clusters: The clusters of the run's own eval data.
        record: What was counted so far; None before the first batch.
        at_hand: Worked examples and training rows, where they can be read.
        largest: Most rows of a cluster that count.
        is_clustered: Whether rows of one cluster are drawn together.
    """

    digest: QuestionDigest
    of_run: frozenset[str]
    clusters: frozenset[str]
    record: RecheckRecord | None
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
        return cls(
            digest,
            frozenset(digest.of_row(each)[0] for each in rows),
            frozenset(map(unit_digest, sizes)),
            record,
            at_hand,
            max(sizes.values(), default=1),
            is_clustered=bool(sizes),
        )


def fresh_rows(samples: Sequence[Sample], known: KnownRows, *, n_without_answer: int) -> FreshRows:
    """Return the rows that count, with the number of those that do not.

    Args:
        samples: Rows with an answer, as they were read.
        known: What they are held against.
        n_without_answer: Rows that were read and have none.
    """
    found = FreshRows(n_read=len(samples) + n_without_answer, n_without_answer=n_without_answer)
    counted = {} if known.record is None else dict(known.record.questions)
    kept: dict[str, tuple[str, Sample]] = {}
    for sample in samples:
        question, row = known.digest.of_sample(sample)
        if question in known.of_run:
            found.n_of_run += 1
        elif question in counted:
            found.n_repeated += counted[question] == row
            found.n_relabelled += counted[question] != row
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
        found.n_at_hand += 1


def _leave_out_clusters(
    kept: dict[str, tuple[str, Sample]], known: KnownRows, found: FreshRows
) -> dict[str, str]:
    """Return the cluster of each row that counts; rows without one are a unit of their own."""
    if not known.is_clustered:
        return {}
    closed = known.clusters | (frozenset() if known.record is None else known.record.units)
    sizes: Counter[str] = Counter()
    units = {}
    for question in sorted(kept):
        row, sample = kept[question]
        unit = row if sample.cluster is None else unit_digest(sample.cluster)
        sizes[unit] += 1
        if _is_left_out(unit, closed, sizes[unit] > known.largest, found):
            del kept[question]
        else:
            units[question] = unit
    return units


def _is_left_out(unit: str, closed: Collection[str], is_too_many: bool, found: FreshRows) -> bool:  # noqa: FBT001
    found.n_of_known_cluster += unit in closed
    found.n_of_large_cluster += unit not in closed and is_too_many
    return unit in closed or is_too_many
