"""`Cascade`: chooses and tests the best candidate that answers where it is sure and hands on the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ladder.search.confirm.cascade_claim import CascadeClaim, is_sure, means_of_a_cascade
from ladder.search.confirm.chances import chance_to_pass, may_show
from ladder.search.confirm.questions import LAST_GATE, Questions
from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import Attempt, Configuration, Trial
from ladder.search.problem import Problem
from ladder.search.select.selection import UNKNOWN, guess_from
from ladder.spec.lever_sections import ReviewRule
from ladder.statistics import Guess, wilson
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray

NAME = "cascade"
"""What the attempt is called."""

STEPS = 20
"""Shares of the samples, evenly apart, for which a threshold is tried where the spec names none."""

SURE = 0.98
"""Chance to be confirmed from which the share of answers decides between two thresholds."""

NOT_SURE = (
    "no candidate that was scored to the end tells how sure it is: that takes generation.answer_by: "
    "likelihood, majority_of, or a classifier"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """A candidate whose answers count from a sureness on, as the selection part shows it.

    Attributes:
        n, n_sure: Samples that it was scored on, and those whose answers count.
        accuracy: Mean score of these.
        guesses: What to expect of each mean that must be reached, then of the share that counts.
        chance: About how likely the confirmation part confirms all of them.
    """

    base: Configuration
    below: float
    n: int
    n_sure: int
    accuracy: float
    guesses: tuple[Guess, ...]
    chance: float

    @property
    def coverage(self) -> float:
        """Return the share of the samples whose answers count."""
        return self.n_sure / self.n


@dataclass(slots=True)
class Cascade:
    """Chooses a threshold on answers that the selection part has already, and tests it.

    It asks for no new answer but on the confirmation part. A cascade is tested once nothing reaches
    the target by itself, and takes no part in "none reaches it": one that hands on everything would
    sit at the target for ever.
    """

    problem: Problem
    questions: Questions
    review: ReviewRule

    def attempt(self, best: Configuration) -> tuple[Attempt, Configuration | None]:
        """Return the record of the try, and the cascade if it passed; `best` is what was best so far."""
        cut = self._best_finished()
        if cut is None:
            return self._record(best, NOT_SURE), None
        cascade = self.problem.reviewed(cut.base, cut.below)
        claim = CascadeClaim(cascade, cut.below, self.review.least_coverage)
        self.questions.limits.cascades[cascade] = cut.base
        is_asked = cut.chance >= LAST_GATE and self.questions.limits.admits(cut.base)
        has_passed = is_asked and self.questions.passes_where_sure(
            claim, cut.guesses, chance=cut.chance
        )
        chosen = cascade if has_passed else None
        return self._record(best, _words(cut), cut=cut, cascade=cascade, chosen=chosen), chosen

    def _best_finished(self) -> Cut | None:
        """Return the best cut, of a candidate that was scored on the whole selection part."""
        finished: set[Configuration] = set()
        while (cut := best_of(self._cuts())) is not None and cut.base not in finished:
            finished.add(cut.base)
            if not self.questions.finish(cut.base):
                break
        return cut

    def _cuts(self) -> Iterator[Cut]:
        selection = self.questions.selection
        for base in selection.seen:
            is_out = self.questions.limits.is_out(base)
            if base.can_be_deployed and selection.is_measured(base) and not is_out:
                yield from self._cuts_of(base)

    def _cuts_of(self, base: Configuration) -> Iterator[Cut]:
        selection = self.questions.selection
        positions = selection.units.between(0, selection.n_seen(base))
        sureness = self.problem.sureness(base, positions)
        if not np.isfinite(sureness).any():
            return
        scores = selection.scores(base, positions)
        for below in thresholds(sureness, self.review):
            sure = is_sure(sureness, below)
            if sure.any():
                guesses, chance = self._expected(base, positions, sure)
                accuracy = float(scores[sure].mean())
                n_sure = int(sure.sum())
                yield Cut(base, below, len(positions), n_sure, accuracy, guesses, chance)

    def _expected(
        self, base: Configuration, positions: IntArray, sure: BoolArray
    ) -> tuple[tuple[Guess, ...], float]:
        """Return what to expect of each mean that is tested, and how likely all are confirmed."""
        part, share = self.questions.part, float(sure.mean())
        *means, coverage = means_of_a_cascade(
            part.requirements,
            self.review.least_coverage,
            selection=frozenset(positions[sure].tolist()),
            confirmation=frozenset(),
        )
        scores = self.questions.selection.scores
        found = []
        for mean, full in zip(means, part.requirements, strict=True):
            own = mean.selection.positions
            total = round(share * len(full.confirmation))
            found.append(self._of(mean, scores(base, own), total=total))
        found.append(self._of(coverage, sure.astype(np.float64), total=len(coverage.confirmation)))
        return tuple(guess for guess, _ in found), min(chance for _, chance in found)

    def _of(self, about: Requirement, scores: FloatArray, *, total: int) -> tuple[Guess, float]:
        """Return what to expect of one mean, and how likely `total` units confirm it."""
        if not len(scores):
            return UNKNOWN, 0.0
        edge, alpha = about.edge("reached"), self.questions.part.alpha("reached")
        seen = edge + about.selection.deviations(scores, edge)
        guess = guess_from(seen, float(seen.sum()))
        if not may_show(edge, total, alpha=alpha, is_binary=about.is_binary, is_above=True):
            return guess, 0.0
        return guess, chance_to_pass(guess, edge, len(seen), direction=1, alpha=alpha, total=total)

    def _record(
        self,
        best: Configuration,
        reason: str,
        *,
        cut: Cut | None = None,
        cascade: Configuration | None = None,
        chosen: Configuration | None = None,
    ) -> Attempt:
        trials = () if cut is None or cascade is None else (_trial(cascade, cut),)
        return Attempt(
            lever=NAME,
            status="carried" if chosen else "no_gain" if trials else "nothing_to_try",
            reason=reason,
            parent=best,
            chosen=chosen or best,
            trials=trials,
        )


def thresholds(sureness: FloatArray, review: ReviewRule) -> list[float]:
    """Return where to cut: what the spec names, or what parts the samples evenly.

    >>> thresholds(np.array([0.2, 0.4, 0.6, 0.8]), ReviewRule(least_coverage=0.5))
    [0.2, 0.4, 0.6, 0.8]
    >>> thresholds(np.array([0.2]), ReviewRule(below=(0.9, 0.7)))
    [0.7, 0.9]
    """
    if review.below:
        return sorted(set(review.below))
    known = np.sort(sureness[np.isfinite(sureness)])
    found = np.quantile(known, np.arange(STEPS) / STEPS, method="closest_observation")
    return sorted({float(each) for each in found if each > 0})


def best_of(cuts: Iterator[Cut]) -> Cut | None:
    """Return the cut that will most likely be confirmed; of those that surely will, the one that answers most.

    The score of the best of many thresholds is too high by luck, so one that just suffices is no good choice.
    """
    return max(cuts, key=lambda cut: (min(cut.chance, SURE), cut.coverage), default=None)


def _words(cut: Cut) -> str:
    return (
        f"where it is at least {cut.below:.2f} sure it answers {cut.n_sure} of {cut.n} samples of the "
        f"selection part, and scores {cut.accuracy:.2f} on them"
    )


def _trial(cascade: Configuration, cut: Cut) -> Trial:
    low, high = wilson(cut.accuracy * cut.n_sure, cut.n_sure)
    return Trial(
        configuration=cascade,
        n_seen=cut.n_sure,
        score=cut.accuracy,
        low=low,
        high=high,
        coverage=cut.coverage,
    )
