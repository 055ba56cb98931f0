"""`draw_true_scores`: what the true scores of many candidates may be, given what some units showed.

The best of many looks better than it is. Here the candidates are a family: each part that a candidate
is stacked from adds its own share to its score, and what is left is the candidate's own. Most of
these shares are near zero and a few are large (Student's t with four degrees of freedom); how large
they are is learned from the scores themselves. So what one candidate scored is weighed against what
all others did, the more so the fewer units it was scored on (Gelman et al., Bayesian Data Analysis,
2013, chapters 5 and 15). Candidates scored on the same units share their luck: how hard the first
units were for those that were dropped early is told by those that went on.

Scores are taken on the scale of the arcsine of their root, on which a pass or a fail has the same
variance whatever the score (Anscombe 1948).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ladder.statistics.arrays import FloatArray

TAILS = 4.0
"""Degrees of freedom: few enough that one share may be far larger than all the others."""

SPREADS = np.geomspace(0.001, 0.8, 18)
"""How far from zero shares may lie."""

TYPICAL_PART = 0.015
"""Spread of parts beyond which one is less and less likely before anything was scored (half-Cauchy)."""

TYPICAL_REST = 0.002
"""The same of what is a candidate's own."""

WIDTH = 0.3
"""How far the baseline may lie from what is expected of it (a standard deviation)."""

SWEEPS = 50
KEPT = 25
"""Rounds in which all unknowns are drawn in turn, and how many of the last are kept."""

FEW = 16
"""Units from which on a candidate's scores tell how alike scores of the same unit are."""

UNKNOWN_LIKENESS = 0.3
MOST_LIKENESS = 0.9


class TrueScores(NamedTuple):
    """Draws of what nobody knows, a row each, on the scale of angles: see `score_of`.

    Attributes:
        candidates: Of each candidate its true score.
        parts: What each part adds to it.
    """

    candidates: FloatArray
    parts: FloatArray


def likeness(scores: Sequence[FloatArray]) -> float:
    """Return the mean correlation of two candidates' scores of the same units.

    >>> round(likeness([np.arange(20.0) % 2, np.arange(20.0) % 2]), 2)
    0.9
    """
    longest = max(len(each) for each in scores)
    steps, counted = np.zeros((2, len(scores), longest))
    for at, each in enumerate(scores):
        spread = float(each.std())
        if len(each) >= FEW and spread > 1e-3:
            steps[at, : len(each)] = (each - each.mean()) / spread
            counted[at, : len(each)] = 1
    pairs = float((counted.sum(axis=0) ** 2 - counted.sum(axis=0)).sum())
    if not pairs:
        return UNKNOWN_LIKENESS
    products = float((steps.sum(axis=0) ** 2 - (steps**2).sum(axis=0)).sum())
    return min(max(products / pairs, 0.0), MOST_LIKENESS)


def draw_true_scores(
    scores: Sequence[FloatArray],
    parts: FloatArray,
    *,
    expected: float,
    chains: int,
    random: np.random.Generator,
) -> TrueScores:
    """Return draws of all true scores together, by Gibbs sampling.

    Args:
        scores: Of each candidate, on the first units of one part of the data, in one order.
        parts: A row a candidate, a column a part: 1 where it is stacked from that part.
        expected: About what the baseline was expected to score before anything was.
        chains: How many are run side by side; each gives `KEPT` rows.
        random: Decides the draws.

    >>> two = [np.array([1.0] * 36 + [0.0] * 4), np.array([1.0, 0.0] * 20)]
    >>> random = np.random.default_rng(1)
    >>> drawn = draw_true_scores(two, np.eye(2)[:, :1], expected=0.7, chains=50, random=random)
    >>> drawn.candidates.shape, bool(0.75 < score_of(drawn.candidates[:, 0]).mean() < 0.9)
    ((1250, 2), True)
    """
    family = _Family(_Seen(scores, parts), float(_angle(np.asarray(expected))), chains, random)
    drawn = [family.draw() for _ in range(SWEEPS)][-KEPT:]
    return TrueScores(*(np.concatenate(each) for each in zip(*drawn, strict=True)))


def score_of(angle: FloatArray) -> FloatArray:
    """Return the score that an angle stands for; 0 or 1 beyond the ends of the scale.

    >>> score_of(np.array([-0.1, math.pi / 4])).round(2).tolist()
    [0.0, 0.5]
    """
    return np.asarray(np.sin(np.clip(angle, 0.0, math.pi / 2)) ** 2)


def _angle(score: FloatArray) -> FloatArray:
    return np.asarray(np.arcsin(np.sqrt(score)))


def _expected_spread(typical: float) -> FloatArray:
    """Return how likely each of `SPREADS` is before anything was scored, as logarithms.

    The steps between them grow, and with them what each stands for.
    """
    return np.asarray(np.log(SPREADS) - np.log1p((SPREADS / typical) ** 2))


class _Seen:
    """What the scores tell: a mean a candidate, and the luck of each stretch of units.

    A stretch lies between two lengths at which candidates stopped being scored.

    Attributes:
        angles: The mean of each candidate on the scale of angles.
        errors: Variance of each that is its own luck.
        adds: What the unknowns that several share add to each: the baseline, parts, stretches.
        n_fixed: How many of these are not luck.
        luck, luck_precision: What is known of the luck, from how scores differ between stretches.
    """

    def __init__(self, scores: Sequence[FloatArray], parts: FloatArray) -> None:
        n = np.array([len(each) for each in scores], dtype=np.float64)
        means = np.array([each.mean() for each in scores])
        inner = (means * n + 3 / 8) / (n + 3 / 4)
        width = np.sqrt(inner * (1 - inner))
        # The variance of a unit's score, as a share of what it is where scores are pass or fail.
        excess = np.array([((each - m) ** 2).sum() for each, m in zip(scores, means, strict=True)])
        share = float((excess.sum() + 1) / ((width**2 * n).sum() + 1))
        error = 0.5 * math.sqrt(min(share, 1.0))
        shared = likeness(scores)
        self.angles = _angle(inner)
        self.errors = error**2 * (1 - shared) / n
        ends = np.unique(n.astype(np.int64))
        lengths = np.diff(ends, prepend=0).astype(np.float64)
        covers = (ends <= n[:, None]) * lengths / n[:, None]
        reach = error * math.sqrt(shared)
        self.adds = np.hstack([np.ones((len(n), 1)), parts, reach * covers])
        self.n_fixed = 1 + parts.shape[1]
        self.luck_precision = np.diag(lengths)
        self.luck = np.zeros(len(lengths))
        for each, mean, wide, cover in zip(scores, means, width, covers, strict=True):
            some = lengths * (cover > 0)
            sums = np.add.reduceat(np.append(each, 0.0), np.append(0, ends[ends < len(each)]))
            differs = np.zeros(len(lengths))
            differs[: len(sums)] = (sums - some[: len(sums)] * mean) / (2 * wide)
            seen = (np.diag(some) - np.outer(some, some) / len(each)) * shared / (1 - shared)
            self.luck_precision = self.luck_precision + seen
            self.luck += differs * reach / (error**2 * (1 - shared))


class _Family:
    """The unknowns of all chains, drawn in turn."""

    def __init__(
        self, seen: _Seen, expected: float, chains: int, random: np.random.Generator
    ) -> None:
        self._seen, self._expected, self._random = seen, expected, random
        n_parts, n = seen.n_fixed - 1, len(seen.angles)
        self._part_weights = random.gamma(TAILS / 2, 2 / TAILS, size=(chains, n_parts))
        self._own_weights = random.gamma(TAILS / 2, 2 / TAILS, size=(chains, n))
        self._part_spread = np.full(chains, TYPICAL_PART)
        self._own_spread = np.full(chains, TYPICAL_REST)

    def draw(self) -> tuple[FloatArray, FloatArray]:
        """Return the angles of all true scores, and what parts add, drawn once more in each chain."""
        seen, own = self._seen, self._own_spread[:, None] ** 2 / self._own_weights
        common = self._draw_common(own)
        adds = common[:, None, :] * seen.adds
        stacked = adds[:, :, : seen.n_fixed].sum(axis=2) + self._expected
        rest = seen.angles - self._expected - adds.sum(axis=2)
        precision = 1 / seen.errors + 1 / own
        drawn = rest / seen.errors / precision + self._normal(rest.shape) / np.sqrt(precision)
        self._own_weights = self._draw_weights(drawn, self._own_spread)
        self._own_spread = self._draw_spread(rest, seen.errors, self._own_weights, TYPICAL_REST)
        if seen.n_fixed > 1:
            parts, nothing = common[:, 1 : seen.n_fixed], np.zeros(1)
            self._part_weights = self._draw_weights(parts, self._part_spread)
            self._part_spread = self._draw_spread(parts, nothing, self._part_weights, TYPICAL_PART)
            self._stretch_parts(common, 1 / (seen.errors + own))
        return np.asarray(stacked + drawn), common[:, 1 : seen.n_fixed]

    def _draw_common(self, own: FloatArray) -> FloatArray:
        """Return the baseline, what each part adds, and the luck of each stretch: a row a chain."""
        seen = self._seen
        weighted = (1 / (seen.errors + own))[:, :, None] * seen.adds
        precision = np.swapaxes(weighted, 1, 2) @ seen.adds
        precision[:, seen.n_fixed :, seen.n_fixed :] += seen.luck_precision
        precision[:, 0, 0] += 1 / WIDTH**2
        places = np.arange(1, seen.n_fixed)
        precision[:, places, places] += self._part_weights / self._part_spread[:, None] ** 2
        right = np.einsum("ckj,k->cj", weighted, seen.angles - self._expected)
        right[:, seen.n_fixed :] += seen.luck
        root = np.linalg.cholesky(precision)
        mean = np.linalg.solve(precision, right[:, :, None])
        noise = np.linalg.solve(np.swapaxes(root, 1, 2), self._normal(mean.shape))
        return np.asarray((mean + noise)[:, :, 0])

    def _stretch_parts(self, common: FloatArray, precision: FloatArray) -> None:
        """Draw the spread of parts once more, all parts stretched with it (Yu and Meng 2011).

        Given the parts, their spread hardly moves from one round to the next, least of all towards
        zero; given the parts in units of it, the scores themselves tell it.
        """
        seen = self._seen
        own = np.zeros_like(common)
        own[:, 1 : seen.n_fixed] = common[:, 1 : seen.n_fixed] / self._part_spread[:, None]
        steps = own @ seen.adds.T
        rest = seen.angles - self._expected - common @ seen.adds.T
        rest += steps * self._part_spread[:, None]
        along = (precision * steps * rest).sum(axis=1)
        across = (precision * steps**2).sum(axis=1)
        likely = SPREADS[:, None] * along - SPREADS[:, None] ** 2 * across / 2
        likely += _expected_spread(TYPICAL_PART)[:, None]
        chosen = (likely + self._random.gumbel(size=likely.shape)).argmax(axis=0)
        self._part_spread = np.asarray(SPREADS[chosen])

    def _draw_weights(self, shares: FloatArray, spread: FloatArray) -> FloatArray:
        """Return of each share how little it is spread: few of them are large."""
        steps = (shares / spread[:, None]) ** 2
        return self._random.gamma((TAILS + 1) / 2, 2 / (TAILS + steps))

    def _draw_spread(
        self, shares: FloatArray, errors: FloatArray, weights: FloatArray, typical: float
    ) -> FloatArray:
        """Return one of `SPREADS` for each chain, drawn by how likely each is: how far from zero shares lie."""
        variance = errors + SPREADS[:, None, None] ** 2 / weights
        likely = -0.5 * (np.log(variance) + shares**2 / variance).sum(axis=2)
        likely += _expected_spread(typical)[:, None]
        chosen = (likely + self._random.gumbel(size=likely.shape)).argmax(axis=0)
        return np.asarray(SPREADS[chosen])

    def _normal(self, shape: tuple[int, ...]) -> FloatArray:
        return self._random.normal(size=shape)
