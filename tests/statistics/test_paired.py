"""Paired comparisons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ladder.statistics import mcnemar, paired_difference


@given(st.integers(0, 60), st.integers(0, 60))
def test_swapping_wins_and_losses_changes_nothing(wins: int, losses: int) -> None:
    assert mcnemar(wins, losses) == mcnemar(losses, wins)
    assert 0 < mcnemar(wins, losses) <= 1


def test_pairing_removes_what_both_share() -> None:
    draw = np.random.default_rng(0)
    before = draw.random(200)

    difference = paired_difference(before + 0.01, before)

    assert difference.exceeds(2)
    assert not paired_difference(draw.random(200) + 0.01, before).exceeds(2)


def test_two_equal_candidates_are_never_told_apart() -> None:
    scores = np.ones(20)

    assert not paired_difference(scores, scores).exceeds(2)


@given(st.integers(0, 60), st.integers(1, 60))
def test_the_p_value_is_that_of_the_exact_binomial_test(wins: int, losses: int) -> None:
    exact = binomtest(wins, wins + losses, 0.5).pvalue

    assert mcnemar(wins, losses) == pytest.approx(exact)
