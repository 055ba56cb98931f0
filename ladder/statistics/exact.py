"""A sequential test for pass/fail scores, with its error probability computed exactly.

Bets that stop early and an exact binomial test at the end, each at its share of alpha, together
err less often than alpha: both rest on inequalities, and what one rejects the other mostly does
too. For pass/fail scores all that matters is how many of the first n were right, so the
probability of a wrong pass is a sum that can be worked out, and both thresholds can be loosened
until it is alpha.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from ladder.statistics.arrays import FloatArray, IntArray

MOST_UNITS = 1500
"""Units beyond which the thresholds are left as they are: the sum takes time, and gains little."""

LOOSEST = 2.5
"""Most by which both thresholds are loosened."""

STEPS = 5
"""Halvings of the interval in which the loosest valid threshold lies."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of hits from which on a test passes.

    Attributes:
        passing: For each number of units seen, the hits from which on it passes at once; beyond
            the units where it cannot. The last holds the test at the end.
        hopeless: For each number of units seen, the hits below which it can no longer pass.
    """

    passing: IntArray
    hopeless: IntArray


@lru_cache(maxsize=512)
def passing_counts(
    chance: float,
    bets: tuple[float, ...],
    weights: tuple[float, ...],
    total: int,
    levels: tuple[float, float],
    *,
    is_loosened: bool = True,
) -> Counts:
    """Return the hits that pass a test whose probability of a wrong pass is the levels' sum.

    Args:
        chance: Probability of a hit where the claim is just wrong.
        bets: What is staked on a hit, as shares of the largest bet that can never lose everything.
        weights: Share of the capital behind each bet.
        total: Units there are.
        levels: Probability of a wrong pass by the bets, and by the binomial test at the end.
        is_loosened: Whether the sum is used up; else it is a bound that is hardly ever met.

    >>> counts = passing_counts(0.5, (0.2,), (1.0,), 100, (0.01, 0.04))
    >>> float(wrong_pass(counts.passing, 0.5)) <= 0.05
    True
    """
    low, high = 1.0, LOOSEST
    found = _thresholds(chance, bets, weights, total, levels)
    for _ in range(STEPS if is_loosened and total <= MOST_UNITS else 0):
        middle = (low + high) / 2
        wider = (levels[0] * middle, levels[1] * middle)
        loosened = _thresholds(chance, bets, weights, total, wider)
        if wrong_pass(loosened, chance) <= sum(levels):
            low, found = middle, loosened
        else:
            high = middle
    steps = np.arange(total + 1)
    still = np.minimum.accumulate((found - steps)[::-1])[::-1]
    return Counts(found, still + steps)


def wrong_pass(passing: IntArray, chance: float) -> float:
    """Return the probability that so many hits come about by chance at any moment.

    >>> round(wrong_pass(np.array([9, 9, 9, 3]), 0.5), 3)
    0.125
    """
    alive, passed = np.zeros(len(passing) + 1), 0.0
    alive[0] = 1.0
    for n in range(1, len(passing)):
        top = min(n, int(passing[n - 1])) + 1
        alive[1 : top + 1] = alive[1 : top + 1] * (1 - chance) + alive[:top] * chance
        alive[0] *= 1 - chance
        if passing[n] <= n:
            passed += float(alive[passing[n] : top + 1].sum())
            alive[passing[n] : top + 1] = 0.0
    return passed


def _thresholds(
    chance: float,
    bets: tuple[float, ...],
    weights: tuple[float, ...],
    total: int,
    levels: tuple[float, float],
) -> IntArray:
    """Return for each number of units the hits that pass, by the bets or at the end."""
    steps = np.arange(total + 1)
    staked = np.asarray(bets) / chance
    win, lose = np.log1p(staked * (1 - chance)), np.log1p(-staked * chance)
    logs, enough = np.log(np.asarray(weights)), -np.log(levels[0])

    def capital(hits: IntArray) -> FloatArray:
        each = logs + hits[:, None] * win + (steps - hits)[:, None] * lose
        return np.asarray(special.logsumexp(each, axis=1))

    low, high = np.full(total + 1, -1), steps + 1
    while bool((high - low > 1).any()):
        middle = (low + high) // 2
        wins = capital(middle) >= enough
        low, high = np.where(wins, low, middle), np.where(wins, middle, high)
    tails = special.bdtrc(steps - 1, total, chance)
    tails[0] = 1.0
    at_end = int(np.argmax(tails <= levels[1])) if bool((tails <= levels[1]).any()) else total + 1
    high[total] = min(int(high[total]), at_end)
    return np.asarray(high, dtype=np.int64)
