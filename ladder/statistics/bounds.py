"""Bounds of a score that stay honest although the test may have stopped early."""

import numpy as np

from ladder.statistics.arrays import FloatArray
from ladder.statistics.betting import EARLY, Capital, Direction
from ladder.statistics.intervals import Interval, clopper_pearson


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
