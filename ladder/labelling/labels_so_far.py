"""`LabelTest`: what people's labels of one candidate show so far, and how many more it takes.

Labels are read in the fixed random order of the confirmation part, by the same sequential tests
that read scores: the labelling may stop where a test stops, and the levels hold all the same. An
answer about which people are unsure counts as wrong for "reached" and as right for "below".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ladder.decision.human_labels import PeopleClaim
from ladder.search.confirm.closing_scores import with_verdict
from ladder.search.ledger import Confirmation
from ladder.search.select.units import Units
from ladder.statistics import ConfirmationTest, Guess, test, watched_bounds
from ladder.statistics.arrays import FloatArray
from ladder.statistics.betting import Direction

Label = Literal["good", "bad", "unsure"]

_WORTH: Mapping[Direction, Mapping[Label, float]] = {
    1: {"good": 1.0, "bad": 0.0, "unsure": 0.0},
    -1: {"good": 1.0, "bad": 0.0, "unsure": 1.0},
}


@dataclass(frozen=True, slots=True)
class LabelCount:
    """What labels show.

    Attributes:
        claim: What they show; None as long as more are needed.
        n_units: Units that must be labelled before the next look; after the last, those that were.
    """

    claim: PeopleClaim | None
    n_units: int


@dataclass(frozen=True, slots=True)
class LabelTest:
    """The two questions that labels answer about one candidate.

    Attributes:
        units: The confirmation part, in the order in which it is read.
        reach: The score that "reached" is about: the target less the margin.
        target: The score that "below" is about.
        alpha, alpha_below: The two levels.
        guess: What to expect of a label, from the selection part: it makes the tests shorter.
    """

    units: Units
    reach: float
    target: float
    alpha: float
    alpha_below: float
    guess: Guess

    def count(self, labels: Mapping[int, Label]) -> LabelCount:
        """Return what the labels show, by the positions of their samples."""
        reached = self._ask(labels, 1)
        if reached.claim == "reached":
            return reached
        below = self._ask(labels, -1)
        if below.claim == "below":
            return below
        if reached.claim is None:
            return reached
        return below if below.claim is None else LabelCount("open", below.n_units)

    def counted(self, labels: Mapping[int, Label], count: LabelCount) -> list[Label]:
        """Return the labels that a count rests on, in their order: none behind its end."""
        return [labels[at] for at in self.units.between(0, count.n_units).tolist()]

    def confirmation(self, said: Sequence[Label], count: LabelCount) -> Confirmation:
        """Return the share that is good, with bounds that hold although the test may end early."""
        good, most = (
            np.array([worth[each] for each in said], dtype=np.float64)
            for worth in (_WORTH[1], _WORTH[-1])
        )
        low, high = (
            watched_bounds(
                self.units.sums(scores),
                self.units.sizes[: count.n_units],
                largest=self.units.largest,
                is_complete=count.n_units == len(self.units) and self.units.largest == 1,
            )
            for scores in (good, most)
        )
        score = float(good.mean())
        bounds = min(low.low, score), max(high.high, score)
        if count.claim == "reached":
            bounds = with_verdict("reached", bounds, self.reach, score)
        elif count.claim == "below":
            bounds = with_verdict("below", bounds, self.target, score)
        at_least, at_most = bounds
        return Confirmation(score=score, n=len(said), at_least=at_least, at_most=at_most)

    def _ask(self, labels: Mapping[int, Label], direction: Direction) -> LabelCount:
        is_above = direction > 0
        edge, alpha = (self.reach, self.alpha) if is_above else (self.target, self.alpha_below)
        question = ConfirmationTest(
            target=edge,
            direction=direction,
            alpha=alpha,
            total=len(self.units),
            is_binary=self.units.largest == 1,
            guess=self.guess,
        )

        def deviations(start: int, stop: int) -> FloatArray:
            positions = self.units.between(start, stop).tolist()
            if any(at not in labels for at in positions):
                raise _MoreLabelsError(stop)
            scores = np.array([_WORTH[direction][labels[at]] for at in positions], dtype=np.float64)
            return self.units.deviations(scores, edge, start)

        try:
            outcome = test(deviations, question)
        except _MoreLabelsError as more:
            return LabelCount(None, more.n_units)
        passed: PeopleClaim = "reached" if is_above else "below"
        return LabelCount(passed if outcome.passed else "open", outcome.n_seen)


class _MoreLabelsError(Exception):
    """A look that reads units which nobody labelled."""

    def __init__(self, n_units: int) -> None:
        super().__init__(n_units)
        self.n_units = n_units
