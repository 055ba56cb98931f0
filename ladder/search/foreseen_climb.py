"""`foreseen_calls`: about how many calls a ladder takes, for each way in which it may end.

The search itself climbs ladders of simulated answers. Their samples are of unequal difficulty, as in
`benchmarks/worlds.py`; only what decides how far a climb goes is told: where the scores lie.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Literal, get_args

import numpy as np
from scipy import special

from ladder.search.ledger import Configuration
from ladder.search.problem import FloatArray, IntArray
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.statistics.sizes import ERROR_BUDGET

Foreseen = Literal["already_good", "use_lever", "fine_tune"]

MOST_SAMPLES = 4000
"""Samples up to which a climb is simulated; beyond, the calls of such a one are scaled."""

FEWEST_SAMPLES = 30
"""Samples below which a climb decides nothing, and asks everything at most."""

ABOVE = 0.6
"""How far above the target a good candidate lies, as a share of what there is to perfect scores."""

BELOW = 0.35
"""How far below the target the others lie, as a share of the target."""

SEEDS = (1, 2, 3)
DIFFICULTY = 1.8


def foreseen_calls(variants: Sequence[int], n: int, target: float) -> Mapping[Foreseen, int]:
    """Return the calls of a ladder by the verdict that it ends in; the middle one of three draws.

    Args:
        variants: How many candidates each lever proposes.
        n: Samples.
        target: The score to reach.

    >>> calls = foreseen_calls([3, 2, 2], 200, 0.8)
    >>> calls["already_good"] < calls["use_lever"] < calls["fine_tune"]
    True
    """
    if n < FEWEST_SAMPLES:
        return dict.fromkeys(get_args(Foreseen), n * (1 + sum(variants)))
    few = min(n, MOST_SAMPLES)
    # One without a variant counts as untested, and would bar the last verdict.
    variants = [count for count in variants if count] or [1]
    good, bad = target + ABOVE * (1 - target), target * (1 - BELOW)
    helps = len(variants) // 2
    truths: dict[Foreseen, Callable[[Configuration], float]] = {
        "already_good": lambda _: good,
        "use_lever": lambda slots: good if slots[helps : helps + 1] == (1,) else bad,
        "fine_tune": lambda _: bad,
    }
    return {
        name: round(median(_calls(variants, few, target, truth, seed) for seed in SEEDS) * n / few)
        for name, truth in truths.items()
    }


def _calls(
    variants: Sequence[int],
    n: int,
    target: float,
    truth: Callable[[Configuration], float],
    seed: int,
) -> int:
    asked = 0
    hardness = np.random.default_rng([seed, 0]).normal(scale=DIFFICULTY, size=n)

    def score_many(slots: Configuration, indices: IntArray) -> FloatArray:
        nonlocal asked
        asked += len(indices)
        luck = np.random.default_rng([seed, 1, *slots]).logistic(size=n)
        # The spread of hardness and luck together, so that the mean is about what is wanted.
        spread = np.hypot(DIFFICULTY, 1.7)
        level = spread * float(special.ndtri(min(max(truth(slots), 1e-3), 1 - 1e-3)))
        return np.asarray((hardness + luck + level > 0)[indices], dtype=np.float64)

    levers = [range(1, count + 1) for count in variants]
    climb_scores(
        ScoredLadder(levers, score_many, size=n),
        target=target,
        kind="binary",
        clusters=None,
        alpha_reached=ERROR_BUDGET,
        alpha_justified=ERROR_BUDGET,
        seed=seed,
        looks=None,
    )
    return asked
