"""How many examples show that a candidate is not worse than a reference by more than a margin."""

import math

from scipy import special

from ladder.data.split import CONFIRMATION_SHARE
from ladder.statistics.betting import LARGEST_SHARE, MADE_TO_MEASURE
from ladder.statistics.sizes import ERROR_BUDGET, SPEND


def paired_examples(
    margin: float,
    discordance: float,
    *,
    difference: float = 0.0,
    alpha: float = ERROR_BUDGET * SPEND,
    power: float = 0.8,
) -> int | None:
    """Return about how many examples, both parts together, show a difference to be above -margin.

    None if none do. The bets of `ladder/statistics/betting.py` grow their capital by about half the
    squared gap, in standard errors, and must reach one over alpha; where two systems hardly ever
    differ, the largest bet that may be made is the limit.

    Args:
        margin: How much worse a candidate may be.
        discordance: Share of samples that only one of both gets right.
        difference: The true difference of their scores.
        alpha: Level of the test.
        power: How likely it is to show it.

    >>> paired_examples(0.05, 0.1), paired_examples(0.05, 0.2), paired_examples(0.05, 0.0)
    (802, 1602, 129)
    >>> paired_examples(0.0, 0.1) is None
    True
    """
    edge, gap = (1 - margin) / 2, (margin + difference) / 2
    if gap <= 0 or alpha <= 0:
        return None
    enough = -math.log(MADE_TO_MEASURE * alpha)
    spread = math.sqrt(max(discordance - difference * difference, 0.0)) / 2
    z_power = float(special.ndtri(power))
    errors = z_power + math.sqrt(z_power * z_power + 2 * enough)
    by_spread = (errors * spread / gap) ** 2
    by_stake = enough / math.log1p(LARGEST_SHARE * gap / edge)
    return math.ceil(max(by_spread, by_stake) / CONFIRMATION_SHARE)


def rows_saved(discordance: float, score: float) -> float:
    """Return how many times as many rows two intervals take, each system answered on rows of its own.

    The variance of the difference of two independent means, over that of paired differences. Two
    intervals that must not overlap take about twice that again.

    >>> round(rows_saved(0.1, 0.8), 1)
    3.2
    """
    return 2 * score * (1 - score) / max(discordance, 1e-9)
