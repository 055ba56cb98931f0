"""`CostBound`: what a candidate costs by one limit of its task; `standing_of`: whether it is within all."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from ladder.frozen import Frozen, added
from ladder.measure.candidate_cost import MOST_UNCOUNTED, CostSeries
from ladder.models.local.memory_need import ESTIMATE_OFF
from ladder.spec.limits import LimitName
from ladder.statistics.cost_ranges import BoundErrors, CostRange, mean_bounds, percentile_bounds

Standing = Literal["within", "open", "unknown", "beyond"]
"""`open`: the bounds hold the limit between them; `unknown`: nothing measured it."""

_WORST_FIRST: tuple[Standing, ...] = ("beyond", "unknown", "open", "within")


class CostBound(Frozen):
    """What a candidate costs by one limit, between two bounds.

    Attributes:
        most: The limit.
        value: As measured on the selection part; None where it was not.
        low: The cost is below this with a probability of at most .01, shared by the limits of the task.
        high: It is above this with a probability of at most .025; None where too few answers tell.
        largest: The largest of the values, where the limit is about nearly all of them.
        n: Answers that were measured.
        where: How it was measured, or why it was not.
        is_measurable: Whether more answers could tell what these do not.
    """

    limit: LimitName
    most: float
    value: float | None = added(None)
    low: float = 0.0
    high: float | None = added(None)
    largest: float | None = added(None)
    n: int = 0
    where: str = added("")
    is_measurable: bool = True

    @property
    def standing(self) -> Standing:
        """Return whether the candidate is within this limit, as far as the bounds tell.

        >>> bound = CostBound(limit="prompt_tokens", most=100.0, value=95.0, low=90.0, high=99.0)
        >>> bound.standing, bound.replace(high=101.0).standing, bound.replace(low=101.0).standing
        ('within', 'open', 'beyond')
        """
        if self.low > self.most:
            return "beyond"
        if not self.is_measurable:
            return "unknown"
        return "within" if self.high is not None and self.high <= self.most else "open"


def standing_of(bounds: Iterable[CostBound]) -> Standing:
    """Return whether a candidate is within all limits: one that it is beyond is enough.

    >>> standing_of([])
    'within'
    """
    found = {each.standing for each in bounds}
    return next((each for each in _WORST_FIRST if each in found), "within")


def bound_of(series: CostSeries, most: float, errors: BoundErrors) -> CostBound:
    """Return between which bounds the cost lies that a series of answers shows.

    Answers to samples of one cluster are not independent: a mean goes by the sums of clusters, and of
    each cluster the first answer counts for what nearly all answers stay within.
    """
    plain = CostBound(
        limit=series.limit, most=most, where=series.where, is_measurable=series.is_measurable
    )
    if not series.values:
        return plain
    values = [value for _, value in series.values]
    if series.limit == "memory_gib":  # an estimate by the model's files, and no sample
        low, high = values[0] / ESTIMATE_OFF, values[0] * ESTIMATE_OFF
        return plain.replace(value=values[0], low=low, high=high)
    is_mean = series.limit == "money_per_1000"
    found = (_mean if is_mean else _nearly_all)(series, errors)
    # A mean over few that failed is that of the others; of many nobody knows what they take.
    is_lost = is_mean and len(series.lost) > MOST_UNCOUNTED * (len(values) + len(series.lost))
    return plain.replace(
        value=found.value,
        low=0.0 if series.is_at_most or is_lost else found.low,
        high=found.high if series.is_measurable and not is_lost else None,
        largest=None if is_mean else max(values),
        n=len(values),
    )


def _mean(series: CostSeries, errors: BoundErrors) -> CostRange:
    units: defaultdict[str, list[float]] = defaultdict(list)
    for unit, value in series.values:
        units[unit].append(value)
    sums, sizes = [sum(some) for some in units.values()], [len(some) for some in units.values()]
    # Costs lean to the right, and t then misses more above than it says: at half the error, less.
    return mean_bounds(sums, sizes, errors._replace(above=errors.above / 2))


def _nearly_all(series: CostSeries, errors: BoundErrors) -> CostRange:
    firsts: dict[str, float] = {}
    for unit, value in series.values:
        firsts.setdefault(unit, value)
    n_lost = len(set(series.lost) - firsts.keys())
    return percentile_bounds(list(firsts.values()), errors, n_lost=n_lost)
