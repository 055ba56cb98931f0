"""The exact tests of wins and losses hold their level, whatever share of samples is a tie."""

import numpy as np
import pytest
from scipy import stats

from ladder.statistics import betting
from ladder.statistics.betting import ConfirmationTest, Direction, Guess
from ladder.statistics.paired_exact import passing_wins
from ladder.statistics.paired_sizes import paired_examples


def wrong_pass(region: np.ndarray, share: float, margin: float, *, is_above: bool) -> float:
    """Return the probability of a region where the difference is exactly at the margin."""
    total = len(region) - 1
    losses, wins = np.meshgrid(np.arange(total + 1), np.arange(total + 1))
    hits, misses = (wins, losses) if is_above else (losses, wins)
    inside = (wins + losses <= total) & (hits >= region[misses])
    counts = np.stack([wins[inside], losses[inside], total - wins[inside] - losses[inside]], axis=1)
    rates = [share, share + margin, 1 - 2 * share - margin]
    return float(stats.multinomial.pmf(counts, total, rates).sum())


@pytest.mark.parametrize("is_above", [True, False])
@pytest.mark.parametrize(("total", "margin", "level"), [(30, 0.1, 0.03), (55, 0.05, 0.0084)])
def test_no_share_of_ties_breaks_the_level(
    total: int,
    margin: float,
    level: float,
    is_above: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    region = passing_wins(total, margin, level, is_above=is_above)
    shares = np.linspace(0, (1 - margin) / 2, 41)
    found = [wrong_pass(region, share, margin, is_above=is_above) for share in shares]
    assert max(found) <= level
    assert max(found) > level / 4  # and it is used


def test_one_more_loss_never_makes_a_pass() -> None:
    region = passing_wins(40, 0.05, 0.03, is_above=True)
    assert (np.diff(region) >= 0).all()


def passed(wins: int, losses: int, ties: int, *, target: float, direction: Direction) -> bool:
    scores = np.random.default_rng(0).permutation(np.repeat([1.0, 0.0, 0.5], [wins, losses, ties]))
    question = ConfirmationTest(
        target, direction, 0.035, len(scores), is_binary=False, guess=Guess(0.5, 0.05),
        is_paired=True,
    )  # fmt: skip
    return betting.test(lambda start, stop: scores[start:stop] - target, question).passed


@pytest.mark.parametrize(
    ("wins", "losses", "ties", "target", "direction", "expected"),
    [
        (5, 5, 190, 0.475, 1, True),  # as good, and hardly ever another answer
        (50, 50, 100, 0.475, 1, False),  # as good by the mean, and the noise is too large
        (0, 60, 140, 0.475, -1, True),
        (20, 20, 160, 0.475, -1, False),
        (12, 0, 188, 0.5, 1, True),  # the sign test counts twelve
        (12, 0, 0, 0.5, 1, True),
        (8, 4, 188, 0.5, 1, False),
        (0, 0, 200, 0.5, 1, False),  # of two that never differ none is shown better
        (0, 12, 188, 0.5, -1, True),
    ],
)
def test_wins_and_losses_decide(
    wins: int, losses: int, ties: int, target: float, direction: Direction, expected: object
) -> None:
    assert passed(wins, losses, ties, target=target, direction=direction) is expected


def test_the_sizes_of_a_plan_are_those_that_the_test_takes() -> None:
    n = paired_examples(0.1, 0.2)
    assert n is not None
    total = round(0.6 * n)
    region = passing_wins(total, 0.1, 0.028, is_above=True)
    draws = np.random.default_rng(1).multinomial(total, [0.1, 0.1, 0.8], size=4000)
    assert 0.74 < (draws[:, 0] >= region[draws[:, 1]]).mean() < 0.88
