"""Which samples each lever fixed and which it broke, against the candidate it started from."""

from collections.abc import Iterable
from dataclasses import dataclass

from ladder.decision.candidate_labels import label_of
from ladder.report.attempt_note import standing_of
from ladder.report.run_evidence import Evidence
from ladder.runs.samples import AnswerRow
from ladder.search.ledger import Attempt, Configuration
from ladder.statistics import mcnemar

IN_ALL = "in all"
"""The row that compares the best candidate with the baseline."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Ids of the samples on which a second answer scores more, or less, of `n` with both answers."""

    n: int
    fixed: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def p(self) -> float:
        """Return the exact two-sided probability of so uneven a count by chance (McNemar)."""
        return mcnemar(len(self.fixed), len(self.broken))


def turns_of(rows: Iterable[tuple[str, AnswerRow | None, AnswerRow | None]]) -> Turns:
    """Return which samples turned, of rows of an id, a first answer and a second."""
    both = [(name, old.score, new.score) for name, old, new in rows if old and new]
    return Turns(
        n=len(both),
        fixed=tuple(name for name, old, new in both if new > old),
        broken=tuple(name for name, old, new in both if new < old),
    )


@dataclass(frozen=True, slots=True)
class Paired(Turns):
    """One candidate against another on the same samples of the selection part.

    Attributes:
        lever: What was tried.
        label: The candidate that stands for it: the one carried on, else its best.
        against: The candidate that it started from.
        is_used: Whether the search went on from it.
    """

    lever: str
    label: str
    against: str
    is_used: bool


def paired_rows(evidence: Evidence) -> list[Paired]:
    """Return a row for each lever that was scored, then the best candidate against the baseline.

    The p-values are descriptive: the same samples chose the candidate that they are counted on.
    """
    rows = [_of_attempt(evidence, attempt) for attempt in evidence.decision.ledger.attempts]
    found = [row for row in rows if row is not None]
    whole = _compare(evidence, evidence.best, evidence.baseline, lever=IN_ALL)
    if whole is None or evidence.best == evidence.baseline:
        return found
    is_known = any((row.label, row.against) == (whole.label, whole.against) for row in found)
    return found if is_known else [*found, whole]


def _of_attempt(evidence: Evidence, attempt: Attempt) -> Paired | None:
    standing = standing_of(attempt)
    # The answers of a cascade are those of its candidate, which has a row of its own.
    if standing is None or min(standing.configuration) < 0 or standing.coverage is not None:
        return None
    return _compare(evidence, standing.configuration, attempt.parent, lever=attempt.lever)


def _compare(
    evidence: Evidence, after: Configuration, before: Configuration, *, lever: str
) -> Paired | None:
    turns = turns_of(
        (sample.id, sample.answer(before), sample.answer(after))
        for sample in evidence.samples
        if sample.part == "selection"
    )
    if not turns.n:
        return None
    decision = evidence.decision
    carried = {attempt.chosen for attempt in decision.ledger.attempts}
    return Paired(
        turns.n,
        turns.fixed,
        turns.broken,
        lever=lever,
        label=label_of(decision, after),
        against=label_of(decision, before),
        is_used=after in carried,
    )
