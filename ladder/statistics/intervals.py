"""Intervals of a proportion or of a mean score; of one that was watched, bounds that hold all the same."""

from typing import NamedTuple

import numpy as np
from scipy import special

from ladder.statistics.arrays import FloatArray
from ladder.statistics.betting import EARLY, Capital, Direction


class Interval(NamedTuple):
    """A range that holds the true value with the stated confidence."""

    low: float
    high: float


def wilson(right: float, total: int, *, z: float = 1.96) -> Interval:
    """Return the Wilson interval of a proportion; 95 % unless `z` says otherwise.

    Unlike the normal interval it stays inside [0, 1] and is honest for small
    evals and for scores near 0 or 1 (Wilson 1927). For scores in [0, 1] that are not only
    0 and 1 it is too wide rather than too narrow: their variance is at most a proportion's.

    >>> low, high = wilson(9, 10)
    >>> f"{low:.3f} to {high:.3f}"
    '0.596 to 0.982'
    >>> wilson(0, 0)
    Interval(low=0.0, high=1.0)
    """
    if total == 0:
        return Interval(0.0, 1.0)
    share = right / total
    middle = share + z * z / (2 * total)
    spread = z * (share * (1 - share) / total + z * z / (4 * total * total)) ** 0.5
    scale = 1 + z * z / total
    return Interval(max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))


def clopper_pearson(right: int, total: int, *, alpha: float = 0.05) -> Interval:
    """Return the exact interval of a proportion, wrong at most `alpha` / 2 on each side.

    Clopper and Pearson 1934. For a one-sided 95 % bound ask for `alpha` 0.10.

    >>> low, high = clopper_pearson(9, 10)
    >>> f"{low:.3f} to {high:.3f}"
    '0.555 to 0.997'
    """
    low, high = 0.0, 1.0
    if right > 0:
        low = float(special.betaincinv(right, total - right + 1, alpha / 2))
    if right < total:
        high = float(special.betaincinv(right + 1, total - right, 1 - alpha / 2))
    return Interval(low, high)


def watched_bounds(
    sums: FloatArray, sizes: FloatArray, *, largest: int, is_complete: bool, alpha: float = 0.05
) -> Interval:
    """Return a lower and an upper bound of the score, each wrong with probability at most `alpha`.

    The test inverted: a score is ruled out when betting against it wins 1 / alpha at any moment,
    or, for pass/fail scores of a stream seen to its end, by the exact binomial.

    Args:
        sums: Sum of the scores of each unit (a sample, or a cluster of samples).
        sizes: Samples in each unit.
        largest: Samples in the largest unit there can be.
        is_complete: Whether the whole stream of pass/fail scores was seen.
        alpha: Error probability of each bound.

    >>> low, high = watched_bounds(np.ones(100), np.ones(100), largest=1, is_complete=True)
    >>> f"{low:.3f} to {high:.3f}"
    '0.968 to 1.000'
    """
    level = EARLY * alpha if is_complete else alpha
    low = _invert(sums, sizes / largest, largest, 1, -np.log(level))
    high = _invert(sums, sizes / largest, largest, -1, -np.log(level))
    if is_complete:
        end = clopper_pearson(round(float(sums.sum())), len(sums), alpha=2 * (1 - EARLY) * alpha)
        low, high = max(low, end.low), min(high, end.high)
    return Interval(low, max(low, high))


def _invert(
    sums: FloatArray, shares: FloatArray, largest: int, direction: Direction, enough: float
) -> float:
    """Return the score nearest to the mean that betting in `direction` rules out."""
    mean = float(sums.sum() / (shares.sum() * largest))
    inside, outside = mean, 0.0 if direction > 0 else 1.0
    for _ in range(20):
        middle = (inside + outside) / 2
        if not 0 < middle < 1:
            return outside
        capital = Capital(middle, direction)
        capital.add(sums / largest - shares * middle)
        inside, outside = (inside, middle) if capital.peak >= enough else (middle, outside)
    return outside
