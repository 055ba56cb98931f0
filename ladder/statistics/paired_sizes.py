"""How many examples show that a candidate is not worse than a reference by more than a margin."""

import math

from scipy import special

from ladder.data.split import CONFIRMATION_SHARE
from ladder.statistics.betting import LARGEST_SHARE, MADE_TO_MEASURE
from ladder.statistics.sizes import END_SHARE, ERROR_BUDGET, SPEND


def paired_examples(
    margin: float,
    discordance: float,
    *,
    difference: float = 0.0,
    alpha: float = ERROR_BUDGET * SPEND,
    power: float = 0.8,
    is_exact: bool = True,
) -> int | None:
    """Return about how many examples, both parts together, show a difference to be above -margin.

    None if none do. The normal sample size of a paired difference, as the exact test at the end comes
    near it, with the spread that there would be at the margin. Graded answers and clusters are
    tested by bets alone: these must let their capital grow to one over alpha, which takes about
    twice as many; where two systems hardly ever differ, the largest bet is the limit.

    Args:
        margin: How much worse a candidate may be.
        discordance: Share of samples that only one of both gets right.
        difference: The true difference of their scores.
        alpha: Level of the test.
        power: How likely it is to show it.
        is_exact: Whether answers pass or fail, on samples that are independent.

    >>> paired_examples(0.05, 0.1), paired_examples(0.05, 0.2), paired_examples(0.05, 0.0)
    (530, 1035, 149)
    >>> paired_examples(0.05, 0.1, is_exact=False)
    897
    >>> paired_examples(0.0, 0.1) is None
    True
    """
    edge, gap = (1 - margin) / 2, (margin + difference) / 2
    if gap <= 0 or alpha <= 0:
        return None
    if is_exact:
        return _by_the_exact_test(margin, discordance, difference, alpha, power)
    enough = -math.log(MADE_TO_MEASURE * alpha)
    spread = math.sqrt(max(discordance - difference * difference, 0.0)) / 2
    z_power = float(special.ndtri(power))
    errors = z_power + math.sqrt(z_power * z_power + 2 * enough)
    by_spread = (errors * spread / gap) ** 2
    by_stake = enough / math.log1p(LARGEST_SHARE * gap / edge)
    return math.ceil(max(by_spread, by_stake) / CONFIRMATION_SHARE)


def _by_the_exact_test(
    margin: float, discordance: float, difference: float, alpha: float, power: float
) -> int:
    gap = margin + difference
    z_alpha, z_power = -float(special.ndtri(END_SHARE * alpha)), float(special.ndtri(power))
    variance = max(discordance - difference * difference, 0.0)
    # At the margin the two disagree at least as often as the margin says.
    at_margin = max(discordance, margin) - margin * margin
    errors = z_alpha * math.sqrt(at_margin) + z_power * math.sqrt(variance)
    # Where nothing is lost, ties must outnumber what chance would lose.
    fewest = -math.log(END_SHARE * alpha) / max(gap, margin, 1e-9)
    return math.ceil(max((errors / gap) ** 2 + 1 / gap, fewest) / CONFIRMATION_SHARE)
