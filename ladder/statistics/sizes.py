"""How many examples a verdict takes, as `ladder plan` says it."""

import math
from typing import Literal

from scipy import special

from ladder.data.split import CONFIRMATION_SHARE

QuestionName = Literal["reached", "below"]
"""What the confirmation part is asked: is a candidate above the target, or below it?"""

ERROR_BUDGET = 0.05
"""Most probability of each wrong statement, over the whole life of a confirmation part."""

SPEND = 0.7
"""Share of the error budget that is left which one look may spend."""

LEAST_LEVEL = 1e-9
"""Level below which no test is made: the error budget is used up."""

END_SHARE = 0.8
"""Share of a look's error budget that is kept for the exact test at the end."""


WATCHED = 1.6
"""How many more units a test by bets alone needs than the exact one, at 90 % power."""


def confirmation_needed(
    target: float, score: float, *, alpha: float = ERROR_BUDGET * SPEND, power: float = 0.8
) -> int | None:
    """Return how many confirmation samples tell a true `score` from the `target`; None if none do.

    None do where the two are one, and where not even a perfect row of answers would: nothing shows
    a score to be above 1, or below 0.

    The normal sample size of one proportion, plus 1 / gap for the steps of the binomial. Checked
    against the exact binomial, of which it was made: asked for 80 % power, it gives 77 to 83 %. The
    test that a run makes, whose thresholds use its whole level, gives 78 to 90 %.

    >>> confirmation_needed(0.85, 0.90)
    370
    >>> confirmation_needed(1.0, 1.0) is None
    True
    """
    gap = abs(score - target)
    fewest = fewest_to_decide(target, alpha, above=score > target)
    if gap == 0 or fewest is None:
        return None
    z_alpha = -float(special.ndtri(END_SHARE * alpha))
    z_power = float(special.ndtri(power))
    spread = z_alpha * math.sqrt(target * (1 - target)) + z_power * math.sqrt(score * (1 - score))
    normal = (spread / gap) * (spread / gap) + 1 / gap
    return max(math.ceil(normal), fewest) if math.isfinite(normal) else None


def examples_needed(
    target: float, score: float, *, alpha: float = ERROR_BUDGET * SPEND, power: float = 0.8
) -> int | None:
    """Return how many examples, both parts together, tell a true `score` from the `target`.

    None if none do: see `confirmation_needed`.

    >>> examples_needed(0.85, 0.90)
    617
    """
    needed = confirmation_needed(target, score, alpha=alpha, power=power)
    return None if needed is None else math.ceil(needed / CONFIRMATION_SHARE)


def smallest_gap(
    n: int,
    target: float,
    *,
    direction: QuestionName = "reached",
    alpha: float = ERROR_BUDGET * SPEND,
    power: float = 0.8,
) -> float | None:
    """Return the smallest gap to the target that `n` examples can decide; None if none can.

    `reached` is the gap by which a configuration must be above the target to be confirmed,
    `below` that by which the best one must be under it before fine-tuning is justified. `alpha` is
    the level of the next test: less, where earlier tests have spent of the error budget.

    >>> f"{0.85 + smallest_gap(200, 0.85):.3f}"
    '0.935'
    >>> f"{0.85 - smallest_gap(200, 0.85, direction='below'):.3f}"
    '0.750'
    >>> smallest_gap(50, 0.95) is None
    True
    """
    sign, room = (1, 1 - target) if direction == "reached" else (-1, target)

    def is_enough(gap: float) -> bool:
        needed = examples_needed(target, target + sign * gap, alpha=alpha, power=power)
        return needed is not None and needed <= n

    if alpha < LEAST_LEVEL:
        return None
    low, high = 0.0, room
    if not is_enough(high):
        return None
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def likely_gap(target: float, n_confirmation: int, *, alpha: float = ERROR_BUDGET * SPEND) -> float:
    """Return the gap to the target that a test with so many samples shows in half of all cases.

    >>> f"{likely_gap(0.8, 120):.3f}"
    '0.070'
    """
    z_alpha = -float(special.ndtri(END_SHARE * alpha))
    return z_alpha * math.sqrt(target * (1 - target) / n_confirmation)


def next_level(spent: float, allowed: float = ERROR_BUDGET) -> float:
    """Return the level at which the next look is made, after so much was spent of a budget.

    >>> [round(next_level(spent), 4) for spent in (0.0, 0.035, 0.05, 0.2)]
    [0.035, 0.0105, 0.0, 0.0]
    """
    return SPEND * max(0.0, allowed - spent)


def needed_score(target: float, n: int, alpha: float) -> float | None:
    """Return the score that the exact test at the end asks of so many samples; None where none is enough.

    >>> [round(needed_score(0.8, 120, alpha), 3) for alpha in (0.035, 0.0245, 0.0022)]
    [0.875, 0.883, 0.908]
    >>> needed_score(0.8, 12, 0.035) is None
    True
    """
    if alpha < LEAST_LEVEL or n < 1:
        return None
    hits = range(math.ceil(target * n), n + 1)
    enough = (k for k in hits if special.bdtrc(k - 1, n, target) <= END_SHARE * alpha)
    fewest = next(enough, None)
    return None if fewest is None else fewest / n


def highest_asked(target: float) -> float:
    """Return the score beyond which a test asks too much: half way from the target to all right.

    >>> round(highest_asked(0.8), 2)
    0.9
    """
    return target + (1 - target) / 2


def questions_borne(target: float, n: int, left: float, *, kept: float, most: float) -> int:
    """Return how many more tests so many samples bear before one needs more than `most`.

    Args:
        target: What is to be reached.
        n: Samples.
        left: Of the error budget.
        kept: Share of it that is left after each of them.
        most: The most that a candidate can be asked to score.

    >>> questions_borne(0.8, 120, 0.035, kept=0.7, most=0.9)
    6
    """
    count = 0
    while (needed := needed_score(target, n, SPEND * left)) is not None and needed <= most:
        count, left = count + 1, left * kept
    return count


def fewest_to_decide(target: float, alpha: float, *, above: bool) -> int | None:
    """Return the fewest samples with which a perfect row of answers decides; None if none does."""
    one_sample = target if above else 1 - target
    if one_sample >= 1:
        return None
    return max(math.ceil(math.log(END_SHARE * alpha) / math.log(max(one_sample, 1e-300))), 1)
