"""An exact test of whether pass/fail answers of one system are within a margin of another's.

Of `total` samples a candidate wins some and loses some against its reference, and the rest are ties.
The claim is about the difference of the two probabilities; how often both disagree is not known and
must not matter. So the probability of a wrong pass is worked out for every share of disagreement
there could be, and the largest of them is held to the level (an unconditional test: Barnard 1947).
Outcomes are ordered by the score statistic (Tango 1998, Statistics in Medicine 17), which uses the
sample well; the level holds whatever orders them.

Measure the distance s of two shares in standard deviations of the log-likelihood's slope. Then the
probability P of a region has a slope of at most sqrt(P (1 - P)) (Cauchy and Schwarz), so arcsin(sqrt(P))
has one of at most 1/2, and between two shares it can be no larger than that allows. The grid is
refined only where this bound does not settle the question yet.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import special

from ladder.statistics.arrays import FloatArray, IntArray

MOST_UNITS = 4000
"""Units beyond which bets alone decide: working it out takes seconds, and bets have enough by then."""

WIDEST, FINEST = 0.4, 0.015
"""Distance of two shares on the grid: at first, and where it gives up and takes a stricter threshold."""

STRICTEST = 12.0
HALVINGS = 9
"""Threshold of the statistic at which nothing passes, and how often the interval that is left is halved."""

BESIDE = 0.6
"""How far from the threshold of a normal statistic the right one is looked for first."""

SPREADS = 7.0
"""Standard deviations around the expected losses beyond which their probability is bounded, not summed."""


@lru_cache(maxsize=256)
def passing_wins(total: int, margin: float, level: float, *, is_above: bool) -> IntArray:
    """Return from how many wins on a number of losses passes: `wins >= found[losses]`.

    With `is_above` the claim is that the difference is at least -margin; else that it is below it,
    and a loss counts as a win: `losses >= found[wins]`.

    >>> found = passing_wins(200, 0.05, 0.03, is_above=True)
    >>> [int(each) for each in found[[0, 5, 10, 20]]]
    [0, 2, 10, 23]
    """
    shares = _shares(total, margin)

    def is_held(threshold: float) -> bool:
        region = _region(total, margin, threshold, is_above=is_above)
        return _is_held(region, shares, margin, level, is_above=is_above)

    low, high = 0.0, STRICTEST
    middle = -float(special.ndtri(level))
    for guess in (middle + BESIDE, middle - BESIDE):
        low, high = (low, min(guess, high)) if is_held(guess) else (max(guess, low), high)
    for _ in range(HALVINGS - 2):
        middle = (low + high) / 2
        low, high = (low, middle) if is_held(middle) else (middle, high)
    return _region(total, margin, high, is_above=is_above)


class _Shares(NamedTuple):
    """Shares of wins at which the difference is -margin, with how far each lies from the first."""

    share: FloatArray
    far: FloatArray

    def at(self, far: FloatArray) -> FloatArray:
        """Return the shares that lie so far from the first."""
        return np.interp(far, self.far, self.share)


def _shares(total: int, margin: float) -> _Shares:
    # Even in the angle, as the slope grows without bounds at both ends, and the distance does not.
    angles = np.linspace(0, np.pi / 2, 4001)
    top = (1 - margin) / 2
    share = top * np.sin(angles) ** 2
    middle = top * np.sin((angles[1:] + angles[:-1]) / 2) ** 2
    slope = np.sqrt(total * (1 / middle + 1 / (middle + margin) + 4 / (1 - margin - 2 * middle)))
    return _Shares(share, np.concatenate([[0.0], np.cumsum(slope * np.diff(share))]))


def _is_held(
    region: IntArray, shares: _Shares, margin: float, level: float, *, is_above: bool
) -> bool:
    """Return whether a region has at most that probability, whatever the share of wins is."""
    most = float(np.arcsin(np.sqrt(level)))
    n = int(np.ceil(shares.far[-1] / WIDEST)) + 1
    far = np.linspace(0, shares.far[-1], n)
    height = _heights(region, shares.at(far), margin, is_above=is_above)
    while True:
        if bool((height > most).any()):
            return False
        step = np.diff(far)
        is_open = (height[1:] + height[:-1]) / 2 + step / 4 > most
        if not bool(is_open.any()):
            return True
        if float(step[is_open].min()) < FINEST:
            return False
        places = np.flatnonzero(is_open)
        between = (far[places] + far[places + 1]) / 2
        fresh = _heights(region, shares.at(between), margin, is_above=is_above)
        far = np.insert(far, places + 1, between)
        height = np.insert(height, places + 1, fresh)


def _heights(region: IntArray, wins: FloatArray, margin: float, *, is_above: bool) -> FloatArray:
    """Return arcsin(sqrt(P)) of a region for each share of wins at the margin."""
    losses = wins + margin
    given, other = (losses, wins) if is_above else (wins, losses)
    found = [
        _probability(region, some, others)
        for some, others in zip(
            np.array_split(given, max(len(given) // 16, 1)),
            np.array_split(other, max(len(given) // 16, 1)),
            strict=True,
        )
    ]
    return np.asarray(np.arcsin(np.sqrt(np.clip(np.concatenate(found), 0, 1))))


def _region(total: int, margin: float, threshold: float, *, is_above: bool) -> IntArray:
    """Return, for each number of losses (or wins), the least number of the other with which the test passes."""
    given = np.arange(total + 1)
    low, high = np.full(total + 1, -1), total - given + 1
    while bool((high - low > 1).any()):
        middle = (low + high) // 2
        wins, losses = (middle, given) if is_above else (given, middle)
        sign = 1 if is_above else -1
        passes = sign * _statistic(wins, losses, total, margin) >= threshold
        low, high = np.where(passes, low, middle), np.where(passes, middle, high)
    least = np.where(high > total - given, total + 1, np.maximum(high, 0))
    # One more loss never makes a pass of what was none: so the worst difference is at the margin.
    return np.asarray(np.maximum.accumulate(least), dtype=np.int64)


def _statistic(wins: IntArray, losses: IntArray, total: int, margin: float) -> FloatArray:
    """Return the difference plus the margin, in standard errors at the likeliest share of wins."""
    ties = total - wins - losses
    linear = wins * (1 - 3 * margin) + losses * (1 - margin) - 2 * ties * margin
    constant = wins * margin * (1 - margin)
    share = (linear + np.sqrt(linear**2 + 8 * total * constant)) / (4 * total)
    variance = np.maximum(2 * np.maximum(share, 0) + margin - margin**2, 1e-12)
    return np.asarray(((wins - losses) / total + margin) / np.sqrt(variance / total))


def _probability(region: IntArray, given: FloatArray, other: FloatArray) -> FloatArray:
    """Return a bound of a region's probability, hardly above it, for each pair of shares."""
    total = len(region) - 1
    low, high = _likely(given, total)
    counts = np.arange(low, high + 1)
    outside = special.bdtr(low - 1, total, given) if low > 0 else np.zeros(len(given))
    outside = outside + (special.bdtrc(high, total, given) if high < total else 0.0)
    counts = counts[region[counts] <= total - counts]
    if not len(counts):
        return np.asarray(outside)
    often = _binomial(counts[None, :], total, given[:, None])
    rest = np.clip(other / np.maximum(1 - given, 1e-300), 0, 1)[:, None]
    needed = region[counts][None, :]
    tail = special.bdtrc(np.maximum(needed - 1, 0), (total - counts)[None, :], rest)
    return np.asarray((often * np.where(needed <= 0, 1.0, tail)).sum(axis=1) + outside)


def _likely(given: FloatArray, total: int) -> tuple[int, int]:
    """Return between which numbers nearly all outcomes lie, for all of some shares."""
    spread = SPREADS * np.sqrt(total * given * (1 - given)) + SPREADS
    low, high = total * given - spread, total * given + spread
    return max(int(low.min()), 0), min(int(np.ceil(high.max())), total)


def _binomial(counts: IntArray, total: int, share: FloatArray) -> FloatArray:
    logs = (
        special.gammaln(total + 1)
        - special.gammaln(counts + 1)
        - special.gammaln(total - counts + 1)
        + special.xlogy(counts, share)
        + special.xlog1py(total - counts, -share)
    )
    return np.asarray(np.exp(logs))
