"""Sample sizes: the design's table, and what the exact binomial says of it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ladder.statistics import confirmation_needed, examples_needed, smallest_gap
from ladder.statistics.sizes import END_SHARE, SPEND


@pytest.mark.parametrize(
    ("target", "gap", "n"),
    [
        (0.60, 0.08, 482),
        (0.80, 0.05, 790),
        (0.95, 0.03, 585),
        (0.85, -0.05, 727),
        (0.60, -0.10, 325),
    ],
)
def test_the_sizes_are_those_of_the_design(target: float, gap: float, n: int) -> None:
    assert examples_needed(target, target + gap) == pytest.approx(n, rel=0.02)


@pytest.mark.parametrize(("target", "score"), [(0.85, 0.93), (0.6, 0.7), (0.8, 0.7), (0.5, 0.42)])
def test_the_exact_test_has_the_power_asked_for(target: float, score: float) -> None:
    n = confirmation_needed(target, score, power=0.8)
    level = END_SHARE * SPEND * 0.05

    if score > target:
        needed = int(stats.binom.isf(level, n, target))
        power = stats.binom.sf(needed, n, score)
    else:
        allowed = int(stats.binom.ppf(level, n, target)) - 1
        power = stats.binom.cdf(allowed, n, score)

    assert 0.76 < power < 0.86


@given(st.floats(0.5, 0.95), st.integers(40, 3000))
def test_a_gap_that_can_be_decided_needs_no_more_than_there_is(target: float, n: int) -> None:
    gap = smallest_gap(n, target)

    assert gap is None or examples_needed(target, target + gap) <= n


def test_a_perfect_score_is_not_enough_below_a_few_samples() -> None:
    fewest = math.log(END_SHARE * SPEND * 0.05) / math.log(0.95)

    assert confirmation_needed(0.95, 1.0) >= fewest
    assert smallest_gap(100, 0.95) is None
