"""`MeansWatch`: whether means still reach their targets, by one e-process over rows of many months.

Betting as in `betting.py`, begun anew with the first rows of each month, so that a drop after two
good years is found as fast as one in the first month: a mixture of e-processes over the times at
which a change may have come (Shin, Ramdas and Rinaldo, "E-detectors", 2023). It may be looked at
after every batch, and batches may have any size: only the time between beginnings is charged for.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ladder.statistics.arrays import BoolArray, FloatArray
from ladder.statistics.betting import Direction, Guess, mixed_bets

WatchStatus = Literal["still_reaches", "shown_below", "not_decided_yet"]

YEARLY_BUDGET = 0.05
"""Most probability of a false alarm by evidence that begins in one year; and of a false "still reaches"."""

MONTHS = 12

FIRST_SHARE = 0.5
"""Share of the first year's budget for its first rows: new data may differ from eval data at once."""

DROP = 0.05
"""How far from the edge the bet made to measure expects a mean to be."""

LEAST_GAP = 0.01
"""Distance from the edge below which nobody says how many more units decide."""

DOUBT = 5.0
"""Evidence of a drop, as an e-value, from which "still reaches" is not said; it is far from an alarm."""


@dataclass(frozen=True, slots=True)
class WatchedMean:
    """One mean that must stay at an edge or above it.

    Attributes:
        label: What it is a mean of; empty for all rows.
        edge: What it must reach.
        is_pass_fail: Whether a unit scores 0 or 1: then it is known how its score varies, and one bet
            is made to measure.
    """

    label: str
    edge: float
    is_pass_fail: bool = True


@dataclass(frozen=True, slots=True)
class Beginning:
    """A batch with which evidence begins anew.

    Attributes:
        batch: Its place among all batches.
        month: Months since the first batch.
        share: Of the year's budget, what evidence from here on may spend.
    """

    batch: int
    month: int
    share: float

    @property
    def year(self) -> int:
        """Return the year whose budget it belongs to, counted from the first batch."""
        return self.month // MONTHS


@dataclass(frozen=True, slots=True)
class Standing:
    """What the batches so far show.

    Attributes:
        status: `still_reaches` and `shown_below` are claims; everything else is not decided yet.
        since: The batch with which the rows begin that show it, or that raise the doubt.
        label: The mean that is below, or the one that stands in the way of "still reaches".
        alarm: The batch after which an alarm was given that still stands.
        is_doubted: Whether rows show too much of a drop for "still reaches" and too little for an
            alarm.
    """

    status: WatchStatus
    since: int = 0
    label: str = ""
    alarm: int | None = None
    is_doubted: bool = False


class _Evidence:
    """The capital of bets on one mean in one direction, from each beginning on."""

    def __init__(self, mean: WatchedMean, direction: Direction) -> None:
        self._bets, self._weights = mixed_bets(
            mean.edge, direction, _guess(mean, direction) if mean.is_pass_fail else None
        )
        self._logs = np.empty((0, len(self._bets)))

    def begin(self) -> None:
        """Begin once more, with a capital of 1."""
        self._logs = np.vstack([self._logs, self._weights])

    def add(self, deviations: FloatArray, joined: BoolArray) -> None:
        """Bet on some more units, given as score minus edge, from those beginnings that they join."""
        self._logs[joined] += np.log1p(self._bets[:, None] * deviations).sum(axis=1)

    @property
    def logs(self) -> FloatArray:
        """Return the logarithm of the capital from each beginning on."""
        return np.asarray(np.logaddexp.reduce(self._logs, axis=1), dtype=np.float64)


class MeansWatch:
    """Evidence about some means, which must all be reached, batch by batch.

    Attributes:
        beginnings: The batches with which evidence began anew.
        standing: What all batches so far show.

    >>> watch = MeansWatch([WatchedMean("", 0.8)])
    >>> right = np.full(60, 1 - 0.8)
    >>> watch.add(0, {"": (right, right)}).status
    'still_reaches'
    """

    def __init__(self, means: Sequence[WatchedMean]) -> None:
        self.means = tuple(means)
        self.beginnings: list[Beginning] = []
        self.standing = Standing("not_decided_yet")
        self._below = {mean.label: _Evidence(mean, -1) for mean in means}
        self._above = {mean.label: _Evidence(mean, 1) for mean in means}
        self._n_batches = 0
        self._latest = 0
        self._alarm_month = -1
        self._closed = -1

    def add(self, month: int, scores: Mapping[str, tuple[FloatArray, FloatArray]]) -> Standing:
        """Return what is shown with one more batch.

        Late rows, of a month before others, say nothing of later months: see `joins`.

        Args:
            month: Months since the first batch, of the rows in this one.
            scores: For each mean, of its units in this batch the score minus the edge: the least
                and the most that it may be. They differ where an answer is unknown.
        """
        share = share_of(month, self.beginnings[-1].month if self.beginnings else None)
        if share > 0:
            self.beginnings.append(Beginning(self._n_batches, month, share))
            for each in (*self._below.values(), *self._above.values()):
                each.begin()
        self._latest = max(self._latest, month)
        joined = np.array([joins(month, each.month) for each in self.beginnings])
        for label, (least, most) in scores.items():
            self._above[label].add(least, joined)
            self._below[label].add(most, joined)
        self.standing = self._judged(month)
        self._n_batches += 1
        return self.standing

    def more_units(self, label: str, mean: float, variance: float) -> int | None:
        """Return about how many more units decide, where they score as those so far.

        What is lacking is divided by how fast the best bet's capital grows (Kelly 1956).

        Args:
            label: The mean that stands in the way.
            mean: What its units score.
            variance: How they vary.
        """
        [edge] = [each.edge for each in self.means if each.label == label]
        gap = mean - edge
        if abs(gap) < LEAST_GAP or not self.beginnings:
            return None
        own = (self._above if gap > 0 else self._below)[label].logs
        shares = np.array([each.share for each in self.beginnings])
        lacking = float((-np.log(YEARLY_BUDGET * shares) - own).min())
        n = 2 * lacking * (variance + gap * gap) / (gap * gap)
        return max(math.ceil(n / 10) * 10, 10)

    def _judged(self, month: int) -> Standing:
        """Return what is shown after a batch of a month."""
        given = self.standing if self.standing.alarm is not None else self._alarm(self._n_batches)
        if given is None:
            return self._still(self._closed)
        if given is not self.standing:
            self._alarm_month = month
        # An alarm is lifted by evidence alone, of rows of later months: also of those that came before it.
        shown = self._still(self._alarm_month)
        if shown.status != "still_reaches":
            return given
        self._closed = self._alarm_month
        return shown

    def _alarm(self, batch: int) -> Standing | None:
        """Return an alarm, where the evidence that begins in one of the years suffices for it."""
        shares = np.log([each.share for each in self.beginnings]) - math.log(len(self.means))
        weighed = np.array([self._below[mean.label].logs for mean in self.means]) + shares
        weighed[:, [each.month <= self._closed for each in self.beginnings]] = -np.inf
        years = np.array([each.year for each in self.beginnings])
        enough = -math.log(YEARLY_BUDGET)
        together = np.logaddexp.reduce(weighed, axis=0)
        if not any(np.logaddexp.reduce(together[years == at]) >= enough for at in set(years)):
            return None
        at, place = np.unravel_index(int(weighed.argmax()), weighed.shape)
        since = self.beginnings[int(place)].batch
        return Standing("shown_below", since, self.means[int(at)].label, alarm=batch)

    def _still(self, after: int) -> Standing:
        """Return whether the rows since some month show every mean to be reached: the latest such month.

        Args:
            after: Evidence that began in this month or before does not count.
        """
        above = np.array([self._above[mean.label].logs for mean in self.means])
        below = np.array([self._below[mean.label].logs for mean in self.means])
        lowest = self.means[int(above[:, -1].argmin())].label
        for place in range(len(self.beginnings) - 1, -1, -1):
            each = self.beginnings[place]
            if each.month <= after or self._latest - each.month >= MONTHS:
                break
            lowest = self.means[int(above[:, place].argmin())].label
            if above[:, place].min() < -math.log(YEARLY_BUDGET * each.share):
                continue
            if below[:, place:].max() >= math.log(DOUBT):
                return self._doubt(place, below)
            return Standing("still_reaches", each.batch)
        return Standing("not_decided_yet", label=lowest)

    def _doubt(self, place: int, below: FloatArray) -> Standing:
        """Return that later rows than those of a beginning look worse, and which do most."""
        at, later = np.unravel_index(int(below[:, place:].argmax()), below[:, place:].shape)
        since = self.beginnings[place + int(later)].batch
        label = self.means[int(at)].label
        return Standing("not_decided_yet", since, label, is_doubted=True)


def joins(month: int, beginning: int) -> bool:
    """Return whether rows of a month stand in evidence that began with rows of another.

    Those of the same month or a later one do. So rows of months before the first batch stand in none:
    no claim rests on them.

    >>> [joins(month, 4) for month in (3, 4, 9)]
    [False, True, True]
    """
    return month >= beginning


def share_of(month: int, last: int | None) -> float:
    """Return the share of a year's budget for evidence that begins in a month; 0 for none.

    Time pays for it, not the number of batches: a month that passed brings a twelfth of the year's
    budget; in the first year the first rows have half of it, and the months share the rest. So what
    all beginnings of a year may spend is at most the budget, whenever batches come.

    >>> share_of(0, None), share_of(0, 0), round(share_of(3, 1) * 24), round(share_of(14, 10) * 12)
    (0.5, 0.0, 2, 3)
    """
    if last is None:
        return FIRST_SHARE
    passed = min(month - last, month % MONTHS + 1)
    if passed <= 0:
        return 0.0
    return passed * ((1 - FIRST_SHARE) if month < MONTHS else 1.0) / MONTHS


def _guess(mean: WatchedMean, direction: Direction) -> Guess:
    """Return what a mean on the far side of the edge is expected to be."""
    room = mean.edge if direction < 0 else 1 - mean.edge
    expected = mean.edge + direction * min(DROP, room / 2)
    return Guess(expected, max(expected * (1 - expected), 0.01))
