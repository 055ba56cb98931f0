"""How often the bounds of a cost are wrong, where the truth is known."""

import numpy as np
import pytest
from scipy import stats

from ladder.measure.candidate_cost import CostSeries
from ladder.search.candidate_costs import bound_of
from ladder.statistics.cost_ranges import (
    BEYOND,
    P95,
    WITHIN,
    BoundErrors,
    fewest_to_bound,
    mean_bounds,
    percentile_bounds,
)


@pytest.mark.parametrize("n", [20, 71, 72, 100, 400])
def test_an_ordered_value_bounds_a_percentile_with_the_error_that_the_binomial_gives(
    n: int,
) -> None:
    found = percentile_bounds(range(1, n + 1), BoundErrors(BEYOND, WITHIN))

    assert stats.binom.cdf(found.low - 1, n, P95) <= BEYOND
    assert (found.high is None) == (n < fewest_to_bound(WITHIN))
    assert found.high is None or stats.binom.sf(found.high - 1, n, P95) <= WITHIN


def test_a_skewed_mean_is_rarely_outside_its_bounds() -> None:
    draw = np.random.default_rng(1)
    rows = np.exp(0.5 * draw.normal(size=(1000, 80)))
    truth = float(np.exp(0.125))

    found = [mean_bounds(row, [1] * 80, BoundErrors(0.025, 0.025)) for row in rows]

    wrong = sum(not each.low <= truth <= (each.high or truth) for each in found)
    assert wrong <= 80


def test_answers_of_one_cluster_count_once_and_failed_calls_as_slow_ones() -> None:
    alone = tuple((str(at), 1.0) for at in range(80))
    shared = tuple((str(at % 20), 1.0) for at in range(80))

    def high(series: CostSeries) -> float | None:
        return bound_of(series, 2.0, BoundErrors(BEYOND, WITHIN)).high

    assert high(CostSeries("seconds_p95", alone)) == 1.0
    assert high(CostSeries("seconds_p95", shared)) is None
    assert high(CostSeries("seconds_p95", alone, lost=("a", "b", "c"))) is None
    assert high(CostSeries("money_per_1000", alone, lost=("a", "b"))) == 1.0
    assert high(CostSeries("money_per_1000", alone, lost=tuple("abcdefgh"))) is None
    assert (
        bound_of(
            CostSeries("seconds_p95", alone, is_at_most=True), 0.5, BoundErrors(BEYOND, WITHIN)
        ).standing
        == "open"
    )
