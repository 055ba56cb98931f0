"""Simulated worlds of targets with a reference: false claims, and power beside two intervals.

People who ask by hand whether a candidate is as good as what they run compute an interval for each
system and compare these. `ladder` compares sample by sample. A pair of systems here has a correlation
of its answers that is known, and each world a truth that is known too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import special, stats

from benchmarks import worlds
from benchmarks.rules import Levers
from benchmarks.worlds import SEVEN, World
from ladder.decision import Decision, decide, decision_from
from ladder.decision.goal import RelativeGoal
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.statistics import wilson

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

OF_REFERENCE = 99
"""The slot under which a world draws the answers of its reference."""

SCORE = 0.8
"""The reference's true score."""

MARGIN = 0.05
SPLIT = 0
"""Seed of the split: the samples are drawn anew each time, so one split is as good as another."""

HAIR = 0.001

Make = Callable[[int], World]


@dataclass(frozen=True)
class ReferenceCase:
    """One world with a reference.

    Attributes:
        margin: How much worse than the reference is good enough.
        counts: A wrong claim that a candidate is good enough, or that none is.
        is_noisy: Whether the reference's answers are luck alone, and resemble nobody's.
    """

    name: str
    make: Make
    levers: Levers
    margin: float
    counts: str
    is_noisy: bool = False


def _edge(margin: float) -> float:
    return SCORE - margin


def _hair_below(margin: float, configuration: worlds.Configuration) -> float:
    return SCORE if OF_REFERENCE in configuration else _edge(margin) - HAIR


def _one_at(margin: float, lever: int, variant: int, configuration: worlds.Configuration) -> float:
    if OF_REFERENCE in configuration:
        return SCORE
    return _edge(margin) - (0.0 if configuration[lever] == variant else 0.10)


def _one_at_the_edge(margin: float, n: int, seed: int) -> World:
    draw = np.random.default_rng([seed, 77])
    place = int(draw.integers(7)), int(draw.integers(1, 7))
    return World(n, seed, partial(_one_at, margin, *place), kinship=0.5)


REFERENCE_CASES = (
    ReferenceCase(
        "43 candidates a hair below the margin, n = 400",
        lambda seed: World(400, seed, partial(_hair_below, MARGIN), kinship=0.5),
        SEVEN, MARGIN, "false",
    ),
    ReferenceCase(
        "43 candidates a hair below the margin, alike to 0.9, n = 400",
        lambda seed: World(400, seed, partial(_hair_below, MARGIN), kinship=0.9),
        SEVEN, MARGIN, "false",
    ),
    ReferenceCase(
        "one candidate exactly at the margin, n = 400",
        partial(_one_at_the_edge, MARGIN, 400),
        SEVEN, MARGIN, "false",
    ),
    ReferenceCase(
        "a noisy reference, all a hair below, n = 400",
        lambda seed: World(400, seed, partial(_hair_below, MARGIN)),
        SEVEN, MARGIN, "false", is_noisy=True,
    ),
    ReferenceCase(
        "clusters of 6 that share a passage, all a hair below, n = 480",
        lambda seed: World(480, seed, partial(_hair_below, MARGIN), cluster_size=6),
        SEVEN, MARGIN, "false",
    ),
    ReferenceCase(
        "scores in quarters, all a hair below, n = 400",
        lambda seed: World(400, seed, partial(_hair_below, MARGIN), scale="graded"),
        SEVEN, MARGIN, "false",
    ),
    ReferenceCase(
        "no margin (sign test), all a hair below, n = 400",
        lambda seed: World(400, seed, partial(_hair_below, 0.0), kinship=0.5),
        SEVEN, 0.0, "false",
    ),
    ReferenceCase(
        "no margin (sign test), one exactly as good, n = 400",
        partial(_one_at_the_edge, 0.0, 400),
        SEVEN, 0.0, "false",
    ),
)  # fmt: skip


def decided(case: ReferenceCase, seed: int) -> tuple[Decision, World]:
    """Return the decision of one draw of a case, and its world."""
    world = case.make(seed)
    n_levers = len(case.levers)
    kept = world.all_scores((*(0,) * (n_levers - 1), OF_REFERENCE))
    if case.is_noisy:
        kept = (np.random.default_rng([seed, 5]).random(world.n) < SCORE).astype(np.float64)

    def reference(indices: IntArray) -> FloatArray:
        return kept[indices]

    problem = ScoredLadder(case.levers, world, size=world.n, reference=reference)
    ledger = climb_scores(
        problem,
        TargetClaim((1 - case.margin) / 2, is_relative=True),
        kind=world.scale,
        clusters=world.clusters,
        seed=SPLIT,
        looks=None,
        is_advised=False,
    )
    goal = RelativeGoal(name="the reference", margin=case.margin)
    return decision_from(ledger, levers=problem.levers, target=goal), world


def of_reference_case(task: tuple[int, int]) -> tuple[bool, bool]:
    """Return whether one draw of a case ends in a wrong claim, and whether it ends in any."""
    place, seed = task
    case = REFERENCE_CASES[place]
    decision, world = decided(case, seed)
    edge = _edge(case.margin) - 1e-9
    is_claim = decision.verdict != "inconclusive"
    if decision.verdict in ("already_good", "use_lever"):
        return world.true_score(tuple(decision.configuration)) < edge, is_claim
    if decision.verdict == "fine_tune":
        best = worlds.best_true_score(world, [tuple(each) for each in decision.ledger.tried])
        return best >= edge, is_claim
    return False, is_claim


def pair_of(n: int, correlation: float, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return the answers of two systems that are equally good, with a correlation of these answers.

    With probability `correlation` both give the same answer, else each its own: so the correlation
    of right and wrong is exactly that.
    """
    draw = np.random.default_rng([seed, 11])
    shared, one, other = (draw.random(n) < SCORE for _ in range(3))
    is_shared = draw.random(n) < correlation
    return (
        np.where(is_shared, shared, one).astype(np.float64),
        np.where(is_shared, shared, other).astype(np.float64),
    )


def of_pair(task: tuple[int, float, int]) -> tuple[bool, bool]:
    """Return whether two equal systems are shown to be: by `ladder`, and by two intervals.

    Two intervals: both systems on all samples, a 95 % Wilson interval each, and the candidate's
    lower end no more than the margin below the reference's upper end.
    """
    n, correlation, seed = task
    own, reference = pair_of(n, correlation, seed)
    decision = decide(
        [[1]],
        lambda _, indices: own[indices],
        n=n,
        reference=lambda indices: reference[indices],
        margin=MARGIN,
        seed=SPLIT,
    )
    by_hand = wilson(own.sum(), n).low >= wilson(reference.sum(), n).high - MARGIN
    return decision.names_a_winner, bool(by_hand)


def rows_needed(
    power: Callable[[int], tuple[float, float]], sizes: tuple[int, ...]
) -> tuple[float, float]:
    """Return about how many rows give a power of .8, of `ladder` and of two intervals.

    Between the sizes that are tried, the power goes up as a normal distribution of the root of n.
    """
    rates = np.array([power(n) for n in sizes])
    roots = np.sqrt(np.array(sizes))
    wanted = float(special.ndtri(0.8))
    found = []
    for at in range(2):
        inside = (rates[:, at] > 0.02) & (rates[:, at] < 0.98)
        fit = stats.linregress(roots[inside], special.ndtri(rates[inside, at]))
        found.append(float((wanted - fit.intercept) / fit.slope) ** 2)
    return found[0], found[1]
