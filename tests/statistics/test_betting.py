"""The test that may be watched is wrong no more often than it says."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ladder.statistics import betting
from ladder.statistics.arrays import FloatArray
from ladder.statistics.betting import ConfirmationTest, Direction, Guess
from ladder.statistics.exact import passing_counts, wrong_pass
from ladder.statistics.intervals import watched_bounds

Draw = Callable[[np.random.Generator, float, int], FloatArray]


def passes(scores: FloatArray, question: ConfirmationTest) -> bool:
    deviations = scores - question.target
    return betting.test(lambda start, stop: deviations[start:stop], question).passed


def binary(draw: np.random.Generator, mean: float, n: int) -> FloatArray:
    return (draw.random(n) < mean).astype(np.float64)


def bounded(draw: np.random.Generator, mean: float, n: int) -> FloatArray:
    return np.asarray(draw.beta(2 * mean, 2 * (1 - mean), n))


@pytest.mark.slow
@pytest.mark.parametrize(("draw", "is_binary"), [(binary, True), (binary, False), (bounded, False)])
@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("guessed", [0.75, 0.6])
def test_a_mean_exactly_at_the_target_passes_at_most_alpha(
    draw: Draw,
    is_binary: bool,  # noqa: FBT001 - a parameter of the test
    direction: Direction,
    guessed: float,
) -> None:
    random = np.random.default_rng(1)
    question = ConfirmationTest(0.7, direction, 0.05, 120, is_binary, Guess(guessed, 0.2))

    wrong = sum(passes(draw(random, 0.7, 120), question) for _ in range(600))

    assert stats.binomtest(wrong, 600, 0.05, alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize(("direction", "mean"), [(1, 0.84), (-1, 0.55)])
def test_a_clear_gap_passes_nearly_always(direction: Direction, mean: float) -> None:
    random = np.random.default_rng(2)
    question = ConfirmationTest(
        0.7, direction, 0.035, 240, is_binary=True, guess=Guess(mean, mean * (1 - mean))
    )

    right = sum(passes(binary(random, mean, 240), question) for _ in range(200))

    assert right >= 190


def test_a_hopeless_question_ends_early() -> None:
    question = ConfirmationTest(0.7, 1, 0.035, 400, is_binary=True, guess=Guess(0.8, 0.16))

    outcome = betting.test(lambda start, stop: np.full(stop - start, -0.7), question)

    assert not outcome.passed
    assert outcome.n_seen < 200


def test_a_row_of_right_answers_does_not_end_a_question_from_below_at_once() -> None:
    question = ConfirmationTest(0.85, -1, 0.035, 360, is_binary=True, guess=Guess(0.6, 0.24))

    outcome = betting.test(lambda start, stop: np.full(stop - start, 0.15), question)

    assert not outcome.passed
    assert outcome.n_seen > 12


@pytest.mark.slow
@given(
    st.integers(2, 200),
    st.floats(0.05, 0.95),
    st.floats(0.001, 0.1),
    st.floats(0.1, 0.9),
    st.floats(0.01, 0.95),
)
def test_a_test_that_counts_hits_is_wrong_by_at_most_what_was_granted(
    total: int, chance: float, alpha: float, early: float, bet: float
) -> None:
    levels = (early * alpha, (1 - early) * alpha)

    counts = passing_counts(chance, (0.15, bet), (0.5, 0.5), total, levels)

    assert wrong_pass(counts.passing, chance) <= alpha * (1 + 1e-9)
    assert stats.binom.sf(counts.passing[total] - 1, total, chance) <= alpha * (1 + 1e-9)


def test_the_wrong_pass_that_was_worked_out_is_the_one_that_comes_about() -> None:
    counts = passing_counts(0.6, (0.1, 0.4), (0.5, 0.5), 90, (0.02, 0.03))
    hits = (np.random.default_rng(4).random((40_000, 90)) < 0.6).cumsum(axis=1)

    wrong = int((hits >= counts.passing[1:]).any(axis=1).sum())

    expected = wrong_pass(counts.passing, 0.6)
    assert stats.binomtest(wrong, 40_000, expected).pvalue > 1e-3
    assert expected > 0.03


@pytest.mark.slow
@given(st.integers(12, 120), st.floats(0.1, 0.9), st.integers(0, 2**32 - 1))
def test_what_is_given_up_as_hopeless_could_not_have_passed(
    total: int, chance: float, seed: int
) -> None:
    counts = passing_counts(chance, (0.3,), (1.0,), total, (0.02, 0.02))
    hits = (np.random.default_rng(seed).random(total) < chance).cumsum()

    for n in range(1, total):
        if hits[n - 1] < counts.hopeless[n]:
            best = hits[n - 1] + np.arange(1, total - n + 1)
            assert (best < counts.passing[n + 1 :]).all()


def test_a_target_of_one_is_never_confirmed_and_refuted_by_one_wrong_answer() -> None:
    always = ConfirmationTest(1.0, 1, 0.05, 200, is_binary=True, guess=Guess(0.99, 0.01))
    below = ConfirmationTest(1.0, -1, 0.05, 200, is_binary=True, guess=Guess(0.99, 0.01))
    scores = np.ones(200)
    scores[7] = 0.0

    assert not passes(np.ones(200), always)
    assert passes(scores, below)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.floats(0.05, 0.95))
def test_capital_never_goes_below_nothing(scores: list[float], target: float) -> None:
    for direction in (1, -1):
        capital = betting.Capital(target, direction, Guess(0.9, 0.1))

        capital.add(np.array(scores) - target)

        assert math.isfinite(capital.peak)
        assert capital.peak >= 0


def test_the_bounds_hold_the_truth_although_the_stream_was_watched() -> None:
    random = np.random.default_rng(3)
    missed = 0
    for _ in range(200):
        scores = binary(random, 0.8, 150)
        low, high = watched_bounds(scores, np.ones(150), largest=1, is_complete=True)
        missed += not low <= 0.8 <= high

    assert missed <= 20
