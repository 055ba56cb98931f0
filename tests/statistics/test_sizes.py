"""Sample sizes: the design's table, and what the exact binomial says of it."""

import math
from typing import Literal

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
    needed = examples_needed(target, target + gap)

    assert needed == pytest.approx(n, rel=0.02)


@pytest.mark.parametrize(("target", "score"), [(0.85, 0.93), (0.6, 0.7), (0.8, 0.7), (0.5, 0.42)])
def test_the_exact_test_has_the_power_asked_for(target: float, score: float) -> None:
    n = confirmation_needed(target, score, power=0.8)
    assert n is not None
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

    needed = None if gap is None else examples_needed(target, target + gap)
    assert gap is None or (needed is not None and needed <= n)


def test_a_perfect_score_is_not_enough_below_a_few_samples() -> None:
    fewest = math.log(END_SHARE * SPEND * 0.05) / math.log(0.95)

    assert (confirmation_needed(0.95, 1.0) or 0) >= fewest
    assert smallest_gap(100, 0.95) is None


@pytest.mark.parametrize("target", [1.0, 1 - 1e-16, 1e-12, 1e-300, 5e-324])
@pytest.mark.parametrize("direction", ["reached", "below"])
def test_at_the_edges_a_gap_is_decidable_or_never_and_nothing_breaks(
    target: float, direction: Literal["reached", "below"]
) -> None:
    gap = smallest_gap(400, target, direction=direction)

    assert gap is None or 0 < gap <= 1


@given(st.floats(0, 1, exclude_min=True), st.floats(0, 1), st.integers(1, 5000), st.booleans())
def test_every_target_has_an_answer(target: float, score: float, n: int, above: bool) -> None:  # noqa: FBT001
    needed = confirmation_needed(target, score)
    gap = smallest_gap(n, target, direction="reached" if above else "below")

    assert needed is None or needed >= 1
    assert gap is None or 0 <= gap <= 1


def test_a_perfect_target_is_never_confirmed_and_quickly_missed() -> None:
    assert smallest_gap(100_000, 1.0) is None
    assert smallest_gap(100, 1.0, direction="below") is not None
