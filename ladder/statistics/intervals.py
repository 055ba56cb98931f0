"""Intervals of a proportion or of a mean score."""

from typing import NamedTuple

from scipy import special


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
