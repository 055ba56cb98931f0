"""The test that may be watched is wrong no more often than it says."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ladder.statistics import betting
from ladder.statistics.betting import Direction, FloatArray, Guess, Question
from ladder.statistics.bounds import watched_bounds

Draw = Callable[[np.random.Generator, float, int], FloatArray]


def passes(scores: FloatArray, question: Question) -> bool:
    deviations = scores - question.target
    return betting.test(lambda start, stop: deviations[start:stop], question).passed


def binary(draw: np.random.Generator, mean: float, n: int) -> FloatArray:
    return (draw.random(n) < mean).astype(np.float64)


def bounded(draw: np.random.Generator, mean: float, n: int) -> FloatArray:
    return np.asarray(draw.beta(2 * mean, 2 * (1 - mean), n))


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
    question = Question(0.7, direction, 0.05, 120, is_binary, Guess(guessed, 0.2))

    wrong = sum(passes(draw(random, 0.7, 120), question) for _ in range(600))

    assert stats.binomtest(wrong, 600, 0.05, alternative="greater").pvalue > 1e-3


@pytest.mark.parametrize(("direction", "mean"), [(1, 0.84), (-1, 0.55)])
def test_a_clear_gap_passes_nearly_always(direction: Direction, mean: float) -> None:
    random = np.random.default_rng(2)
    question = Question(
        0.7, direction, 0.035, 240, is_binary=True, guess=Guess(mean, mean * (1 - mean))
    )

    right = sum(passes(binary(random, mean, 240), question) for _ in range(200))

    assert right >= 190


def test_a_hopeless_question_ends_early() -> None:
    question = Question(0.7, 1, 0.035, 400, is_binary=True, guess=Guess(0.8, 0.16))

    outcome = betting.test(lambda start, stop: np.full(stop - start, -0.7), question)

    assert not outcome.passed
    assert outcome.n_seen < 200


def test_a_row_of_right_answers_does_not_end_a_question_from_below_at_once() -> None:
    question = Question(0.85, -1, 0.035, 360, is_binary=True, guess=Guess(0.6, 0.24))

    outcome = betting.test(lambda start, stop: np.full(stop - start, 0.15), question)

    assert not outcome.passed
    assert outcome.n_seen > 12


@given(st.integers(2, 300), st.floats(0.05, 0.95), st.floats(0.001, 0.2))
def test_the_exact_bound_is_the_binomials(total: int, target: float, alpha: float) -> None:
    above = betting.needed_right(total, target, 1, alpha)
    below = betting.needed_right(total, target, -1, alpha)

    assert stats.binom.sf(above - 1, total, target) <= alpha * (1 + 1e-9)
    assert stats.binom.sf(above - 2, total, target) > alpha * (1 - 1e-9)
    assert below == -1 or stats.binom.cdf(below, total, target) <= alpha * (1 + 1e-9)


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
