"""Paired comparisons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ladder.statistics import mcnemar, paired_difference, prefix_difference


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


def test_what_the_longer_row_did_elsewhere_makes_the_difference_sharper() -> None:
    plain, sharper = [], []
    for seed in range(300):
        draw = np.random.default_rng(seed)
        before, after = draw.random((2, 200)) < np.array([[0.4], [0.5]])
        rows = after[:25].astype(float), before.astype(float)
        plain.append(paired_difference(rows[0], rows[1][:25]).mean)
        sharper.append(prefix_difference(*rows))

    means = np.array([each.mean for each in sharper])
    errors = np.array([each.error for each in sharper])
    assert abs(means.mean() - 0.1) < 0.02
    assert means.std() < 0.85 * np.std(plain)
    assert 0.9 < float(np.sqrt((errors**2).mean())) / means.std() < 1.1


def test_a_row_that_repeats_the_longer_one_is_no_better_and_no_worse() -> None:
    for seed in range(50):
        before = (np.random.default_rng(seed).random(100) < 0.37).astype(float)

        assert prefix_difference(before[:30], before) == (0.0, 0.0)
        assert prefix_difference(before, before[:30]) == (0.0, 0.0)
