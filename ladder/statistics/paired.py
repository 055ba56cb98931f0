"""Differences between two candidates on the same samples: mean, standard error, McNemar's test."""

import math
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import numpy as np
from scipy import special

from ladder.statistics.arrays import FloatArray

_T = TypeVar("_T")


class Difference(NamedTuple):
    """A mean difference of paired scores, with its standard error."""

    mean: float
    error: float

    def exceeds(self, errors: float) -> bool:
        """Return whether the difference is above zero by more than so many standard errors.

        >>> Difference(0.3, 0.1).exceeds(2), Difference(0.0, 0.0).exceeds(2)
        (True, False)
        """
        return self.mean > errors * self.error

    def is_below(self, errors: float) -> bool:
        """Return whether the difference is below zero by more than so many standard errors."""
        return -self.mean > errors * self.error


def paired_difference(after: FloatArray, before: FloatArray) -> Difference:
    """Return the mean of `after - before`, sample by sample, and its standard error.

    Pairing removes what both share, which is most of the noise of an eval.

    >>> paired_difference(np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0])).mean
    0.3333333333333333
    """
    steps = after - before
    if len(steps) < 2:
        return Difference(_mean(steps) if len(steps) else 0.0, float("inf"))
    return Difference(_mean(steps), _deviation(steps) / len(steps) ** 0.5)


def prefix_difference(after: FloatArray, before: FloatArray) -> Difference:
    """Return the mean difference of two candidates, one of which was scored on more samples.

    The samples that both saw are compared pair by pair. How the longer row did there, against how
    it did on the rest, tells whether they were easy ones; the part of that which the pairs do not
    already cancel is taken off (a control variate: Lavenberg and Welch 1981). Answers that hardly
    resemble each other gain most.

    >>> easy_first = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    >>> prefix_difference(np.array([1.0, 0.0, 1.0, 1.0]), easy_first).mean
    -0.25
    """
    if len(before) < len(after):
        mean, error = prefix_difference(before, after)
        return Difference(-mean, error)
    n, n_all = len(after), len(before)
    shared, rest = before[:n], before[n:]
    spread = _variance(shared) if n else 0.0
    if n < 2 or n_all - n < 2 or spread == 0.0:
        return paired_difference(after, shared)
    alike = round(_mean((after - _mean(after)) * shared) / spread, 9)
    weight = (1 - min(max(alike, 0.0), 1.0)) * (1 - n / n_all)
    mean, error = paired_difference(after, (1 - weight) * shared)
    return Difference(
        mean - weight * _mean(rest),
        float(np.hypot(error, weight * _deviation(rest) / (n_all - n) ** 0.5)),
    )


# A simulated climb asks for thousands of these, of a few dozen values each, and numpy's own `mean`
# and `var` do the same sums in more than twice the time.
def _mean(values: FloatArray) -> float:
    return float(np.add.reduce(values)) / len(values)


def _variance(values: FloatArray, *, given: int = 0) -> float:
    """Return the mean squared distance to the mean, for `given` fewer values than there are."""
    apart = values - _mean(values)
    return float(np.add.reduce(apart * apart)) / (len(values) - given)


def _deviation(values: FloatArray) -> float:
    return math.sqrt(_variance(values, given=1))


def mcnemar(wins: int, losses: int) -> float:
    """Return the exact two-sided p-value that wins and losses are equally likely.

    McNemar 1947, on the binomial and not its normal limit: the samples that only one of the two
    got right are what tells them apart, and there are often few.

    >>> round(mcnemar(8, 1), 3), mcnemar(0, 0)
    (0.039, 1.0)
    """
    return min(1.0, 2 * float(special.bdtr(min(wins, losses), wins + losses, 0.5)))


def mcnemar_worse(wins: int, losses: int) -> float:
    """Return the exact one-sided p-value of so many losses, or more, where both are equally likely.

    >>> round(mcnemar_worse(0, 5), 3), mcnemar_worse(3, 0)
    (0.031, 1.0)
    """
    return float(special.bdtrc(losses - 1, wins + losses, 0.5)) if losses else 1.0


def holm(p_values: Mapping[_T, float]) -> dict[_T, float]:
    """Return p-values corrected for being several (Holm 1979).

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    corrected: dict[_T, float] = {}
    largest = 0.0
    for place, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, p_value * (len(p_values) - place)))
        corrected[name] = largest
    return corrected
