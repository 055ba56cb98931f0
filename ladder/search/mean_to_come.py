"""`MeanToCome`: one mean of all candidates as both parts of the data grow, over draws of what may be true."""

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from ladder.search.confirm.questions import LAST_GATE, Questions
from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import Configuration
from ladder.statistics.arrays import BoolArray, FloatArray
from ladder.statistics.betting import MADE_TO_MEASURE
from ladder.statistics.sizes import END_SHARE, QuestionName
from ladder.statistics.true_scores import draw_true_scores, likeness, score_of

CHAINS = 48

NEAR = 0.07
"""How far from the target the best is expected before anything is scored (a standard deviation)."""


class MeanToCome:
    """One mean of all candidates, over draws (rows) of their true scores."""

    def __init__(
        self,
        questions: Questions,
        candidates: Sequence[Configuration],
        slots: Sequence[tuple[int, int]],
        leader: int,
        about: Requirement,
        random: np.random.Generator,
    ) -> None:
        self._about, self._random, self._examples, self._leader = about, random, 0, leader
        n_all = len(questions.selection.units.positions) + len(questions.part.units.positions)
        self._rates = [len(units) / n_all for units in (about.selection, about.confirmation)]
        scores, most = (
            [
                questions.selection.unit_scores(each, about.selection, about.target, most=most)
                for each in candidates
            ]
            for most in (False, True)
        )
        seen = [each if len(each) else np.array([about.target]) for each in scores]
        # By how much each may score higher than it was read; of what comes nothing is known.
        lifts = [m.mean() - s.mean() if len(m) else 0.0 for s, m in zip(scores, most, strict=True)]
        self._unread = np.array([*lifts, 0.0])
        drawn = draw_true_scores(
            seen,
            np.array(
                [[float(each[lever] == slot) for lever, slot in slots] for each in candidates]
            ).reshape(len(candidates), len(slots)),
            expected=min(max(about.target, 0.02), 0.98),
            chains=CHAINS,
            random=random,
        )
        first = next((at for at, each in enumerate(candidates) if not any(each)), 0)
        self._base, self._parts = drawn.candidates[:, first], drawn.parts
        self._true = score_of(drawn.candidates)
        self._shared = likeness(seen)
        self._share = _share_of_pass_or_fail(seen, is_binary=about.is_binary)
        n = np.array([len(each) for each in seen])
        self._n = [float(max(n)), float(len(about.confirmation))]
        sums = np.array([float(each.sum()) for each in seen])
        self._sums = [sums + self._more(self._n[0] - n), self._more(np.array(self._n[1]))]
        self.begin()

    @property
    def size(self) -> int:
        """Return the number of draws."""
        return len(self._true)

    @property
    def margin(self) -> FloatArray:
        """Return how far above the edge each candidate lies on the selection part so far."""
        return np.asarray(self._sums[0] / self._n[0] - self._about.reach)

    @property
    def margin_climbed(self) -> FloatArray:
        """Return the same of the stack that the next climb ends with."""
        return np.asarray(self.settled - self._about.reach)

    def seen(self, chosen: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Return the scores of chosen candidates on both parts."""
        rows = np.arange(len(chosen))
        selected, confirmed = (
            sums[rows, chosen] / n for sums, n in zip(self._sums, self._n, strict=True)
        )
        return selected, confirmed

    def nearness(self, random: np.random.Generator) -> BoolArray:
        """Return which draws to keep, so that the best is as near the target as is expected."""
        gap = (self._true.max(axis=1) - self._about.target) / NEAR
        weight = np.exp(-(gap**2) / 2)
        return np.asarray(random.random(len(gap)) < weight / weight.max())

    def keep(self, fits: npt.NDArray[np.int64]) -> None:
        """Go on with some of the draws."""
        self._true, self._base, self._parts = (
            each[fits] for each in (self._true, self._base, self._parts)
        )
        self._sums = [each[fits] for each in self._sums]
        self.begin()

    def grow_to(self, size: int) -> None:
        """Let both parts grow, as if so many examples had been added in all."""
        for at, rate in enumerate(self._rates):
            n = rate * (size - self._examples)
            self._sums[at] = self._sums[at] + self._more(np.array(n))
            self._n[at] += n
        self._examples = size

    def begin(self) -> None:
        """Begin to climb once more, at the baseline."""
        self._stack, self._flattery = self._base, np.zeros(self.size)

    def guess_gains(self, columns: Sequence[int]) -> tuple[FloatArray, FloatArray]:
        """Return what variants of a lever add, and what a race on half of the part makes of it."""
        gains = self._parts[:, columns]
        spread = 0.5 * math.sqrt(self._share * 2 * (1 - self._shared) / max(self._n[0] / 2, 1))
        return gains, gains + spread * self._random.normal(size=gains.shape)

    def go_on(self, gain: FloatArray) -> None:
        """Go on with a variant: what it adds, and what it seemed to add.

        What it seemed to add beyond that was luck of the half that it raced on.
        """
        self._stack = self._stack + gain[0]
        self._flattery = self._flattery + (gain[1] - gain[0]) / 2

    @property
    def climbed(self) -> tuple[FloatArray, FloatArray]:
        """Return how the stack so far looks on the selection part, and its score on the other."""
        looks = self._with_luck_of_leader(self._stack + self._flattery, 0)
        return looks, self._with_luck_of_leader(self._stack, 1)

    @property
    def settled(self) -> FloatArray:
        """Return its score on the selection part without the luck of its races."""
        return self._with_luck_of_leader(self._stack, 0)

    def _with_luck_of_leader(self, angle: FloatArray, part: int) -> FloatArray:
        luck = self._sums[part][:, self._leader] / self._n[part] - self._true[:, self._leader]
        return np.asarray(np.clip(score_of(angle) + luck, 0, 1))

    def _more(self, n: FloatArray) -> FloatArray:
        """Return the sums of more units' scores; what is hard for one is hard for the others."""
        shape = self._true.shape
        luck = math.sqrt(self._shared) * self._random.normal(size=(shape[0], 1))
        luck = luck + math.sqrt(1 - self._shared) * self._random.normal(size=shape)
        return np.asarray(n * self._true + np.sqrt(n * self._share * _spread(self._true)) * luck)

    def may_be_below(self, best: npt.NDArray[np.int64], level: float) -> BoolArray:
        """Return where it is worth asking whether all are below; the last is the stack so far."""
        selected = np.column_stack([self._sums[0] / self._n[0], self.settled])
        chances = self.chance("below", selected[np.arange(len(best)), best], np.array(level))
        return np.asarray(chances >= LAST_GATE)

    def chance(self, question: QuestionName, mean: FloatArray, level: FloatArray) -> FloatArray:
        """Return how likely a test seems to pass, by the score on the selection part."""
        sign = 1 if question == "reached" else -1
        spread = np.sqrt(np.maximum(self._share * _spread(mean), 1e-4))
        effect = sign * (mean - self._about.edge(question)) / spread
        needed = -special.ndtri(level) / math.sqrt(self._n[1])
        return np.asarray(
            special.ndtr((effect - needed) / math.sqrt(1 / self._n[0] + 1 / self._n[1]))
        )

    def edge(self, level: float) -> float:
        """Return the score on the confirmation part that shows the target to be reached."""
        return self._edge(self._about.reach, level)

    def beyond_reached(self, level: float) -> FloatArray:
        """Return how far each lies beyond what shows that the target is reached."""
        return np.asarray(self._sums[1] / self._n[1] - self.edge(level))

    def beyond_below(self, level: float) -> FloatArray:
        """Return the same of what shows that it is missed, however answers are read.

        The last is the stack that the next climb ends with.
        """
        mean = np.column_stack([self._sums[1] / self._n[1], self.climbed[1]]) + self._unread
        return np.asarray(1 - mean - self._edge(1 - self._about.target, level))

    def _edge(self, target: float, level: float) -> float:
        """Return the mean score from which on a test of so many units passes."""
        n = max(round(self._n[1]), 1)
        if self._about.is_paired:
            errors = -float(special.ndtri(END_SHARE * level))
            return target + errors * math.sqrt(self._share * target * (1 - target) / n)
        if not self._about.is_binary:
            wanted = -2 * math.log(MADE_TO_MEASURE * level)
            return target + math.sqrt(wanted * self._share * target * (1 - target) / n)
        return (_fewest_hits(n, target, END_SHARE * level) - 0.5) / n


def _fewest_hits(n: int, chance: float, tail: float) -> int:
    """Return the fewest hits of `n` that come about by chance no more often than `tail`.

    >>> _fewest_hits(10, 0.5, 0.05), _fewest_hits(10, 0.5, 1e-6)
    (9, 11)
    """
    return bisect_left(
        range(n + 1), -tail, key=lambda hits: -float(special.bdtrc(hits - 1, n, chance))
    )


def _spread(score: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(score * (1 - score), 0.0))


def _share_of_pass_or_fail(seen: Sequence[FloatArray], *, is_binary: bool) -> float:
    """Return the variance of a unit's score as a share of that of a pass/fail score with the same mean."""
    if is_binary:
        return 1.0
    excess = sum(float(((each - each.mean()) ** 2).sum()) for each in seen)
    whole = sum(float(len(each) * each.mean() * (1 - each.mean())) for each in seen)
    return min((excess + 1) / (whole + 1), 1.0)
