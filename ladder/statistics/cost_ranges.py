"""`percentile_bounds` and `mean_bounds`: between which values a cost lies, as measured on some answers."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

P95 = 0.95
"""Share of the answers that stay within a 95th percentile."""

BEYOND = 0.01
"""Probability at the most with which one that is within all limits is called beyond one of them, which
share it: with the level of the test that none reaches the target it stays below 5 %."""

WITHIN = 0.025
"""The same for calling one within that is beyond, as long as none was refused that was about to be
tested; half of it after the first that was, and so on: 5 % however many there are."""


class BoundErrors(NamedTuple):
    """How likely the bounds of a cost may be wrong, at the most."""

    below: float
    above: float


class CostRange(NamedTuple):
    """A value, and the bounds that it most likely lies between; None where nothing bounds it above."""

    value: float
    low: float
    high: float | None


def percentile_bounds(
    values: Sequence[float], errors: BoundErrors, *, n_lost: int = 0
) -> CostRange:
    """Return the 95th percentile of what the values are drawn from, by their order alone.

    How many of n values lie below the true percentile is binomial whatever they are distributed like,
    so an ordered value bounds it with a known error (Conover, "Practical Nonparametric Statistics",
    1999, 3.2). Few values do not bound it above: 59 may all lie below a 95th percentile with
    probability .048.

    Args:
        values: Independent of each other.
        errors: How likely the bounds may be wrong.
        n_lost: Further values that nobody knows: small for the lower bound, large for the upper one.

    >>> errors = BoundErrors(below=0.01, above=0.025)
    >>> percentile_bounds(range(1, 101), errors)
    CostRange(value=95.0, low=89.0, high=100.0)
    >>> percentile_bounds([1.0] * 50, errors).high is None
    True
    >>> percentile_bounds(range(1, 99), errors, n_lost=2)
    CostRange(value=94.0, low=87.0, high=None)
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    known = len(ordered)
    n = known + n_lost
    counts = np.arange(n + 1)
    fewer = special.bdtr(counts, n, P95)  # P(at most so many lie below the quantile)
    lowest = int(np.searchsorted(fewer, errors.below, side="right"))
    highest = int(np.searchsorted(fewer, 1 - errors.above, side="left")) + 1
    return CostRange(
        float(ordered[math.ceil(P95 * known - 1e-9) - 1]),
        float(ordered[lowest - n_lost - 1]) if lowest > n_lost else 0.0,
        float(ordered[highest - 1]) if highest <= known else None,
    )


def fewest_to_bound(above: float) -> int:
    """Return how many values it takes to bound a 95th percentile from above, where all lie within the limit.

    >>> [fewest_to_bound(above) for above in (0.05, 0.025, 0.0125)]
    [59, 72, 86]
    """
    return math.ceil(math.log(above) / math.log(P95) - 1e-9)


def mean_bounds(sums: Sequence[float], sizes: Sequence[int], errors: BoundErrors) -> CostRange:
    """Return a mean a sample, by Student's t over the units; one unit bounds nothing.

    Args:
        sums: Of each unit: a sample, or a cluster of samples that are not independent.
        sizes: Samples in each unit.
        errors: How likely the bounds may be wrong, about.

    >>> found = mean_bounds([1.0, 2.0, 3.0, 4.0], [1] * 4, BoundErrors(below=0.01, above=0.025))
    >>> [round(each, 2) for each in found if each is not None]
    [2.5, 0.0, 4.55]
    """
    found, numbers = np.asarray(sums, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    n, total = len(found), float(numbers.sum())
    mean = float(found.sum()) / total
    if n < 2:
        return CostRange(mean, 0.0, None)
    off = found - mean * numbers
    spread = math.sqrt(n / (n - 1) * float(off @ off)) / total
    low = mean + spread * float(special.stdtrit(n - 1, errors.below))
    high = mean - spread * float(special.stdtrit(n - 1, errors.above))
    return CostRange(mean, max(low, 0.0), high)
