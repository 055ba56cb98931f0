"""Intervals hold the truth as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ladder.statistics import clopper_pearson, wilson


@given(st.integers(1, 500), st.data())
def test_both_intervals_hold_the_share_seen(total: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, total))

    for low, high in (wilson(right, total), clopper_pearson(right, total)):
        assert 0 <= low <= right / total + 1e-12
        assert right / total - 1e-12 <= high <= 1


@pytest.mark.parametrize(("right", "total"), [(0, 10), (3, 10), (10, 10), (170, 200)])
def test_the_intervals_are_those_of_scipy(right: int, total: int) -> None:
    known = stats.binomtest(right, total)

    exact = known.proportion_ci(method="exact")
    score = known.proportion_ci(method="wilson")

    assert clopper_pearson(right, total) == pytest.approx((exact.low, exact.high))
    assert wilson(right, total, z=1.959964) == pytest.approx((score.low, score.high), abs=1e-6)


def test_the_exact_interval_misses_at_most_one_in_twenty() -> None:
    counts = np.arange(61)
    weights = stats.binom.pmf(counts, 60, 0.85)
    holds = [
        clopper_pearson(int(c), 60).low <= 0.85 <= clopper_pearson(int(c), 60).high for c in counts
    ]

    assert weights[np.array(holds)].sum() >= 0.95
