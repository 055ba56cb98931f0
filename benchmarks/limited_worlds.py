"""Worlds in which candidates have limits of what they may cost: false claims, and verdicts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from benchmarks import worlds
from benchmarks.worlds import SEVEN, Configuration, FloatArray, IntArray, World
from ladder.decision import decision_from
from ladder.measure.candidate_cost import CostSeries
from ladder.search.candidate_costs import CostBound, bound_of
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Configuration as Slots
from ladder.search.ledger import Ledger
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.spec.limits import LimitName
from ladder.statistics.cost_ranges import BoundErrors

Level = Callable[[Configuration], float]

LIMIT = 1000.0
SPREAD = 0.25
"""Spread of what answers of one candidate cost, in logs."""

AT_P95 = float(np.exp(SPREAD * 1.6448536))
AT_MEAN = float(np.exp(SPREAD**2 / 2))


@dataclass(frozen=True)
class LimitCase:
    """One such world, and what must hold in it.

    Attributes:
        score: The true score of a configuration.
        cost: Its true cost, as a share of the limit: up to 1 it is within.
        limit: Whether the mean cost is limited, or what 19 of 20 answers stay within.
        counts: A false claim, or a verdict.
        bound: Most (of a false claim) or least (of a verdict) that its rate may be.
        cluster_size: Samples that share their luck, and what they cost.
    """

    name: str
    score: Level
    cost: Level
    counts: Literal["false", "use_lever", "fine_tune", "inconclusive"]
    bound: float
    limit: LimitName = "prompt_tokens"
    target: float = 0.7
    n: int = 400
    cluster_size: int = 1


class LimitedLadder(ScoredLadder):
    """One draw of such a world, as a ladder of seven levers."""

    def __init__(self, case: LimitCase, seed: int, *, has_limits: bool = True) -> None:
        self.case = case
        self.world = World(case.n, seed, case.score, cluster_size=case.cluster_size)
        self.has_limits = has_limits
        super().__init__(SEVEN, lambda slots, at: self.world(tuple(slots), at), size=case.n)

    @property
    def limits(self) -> dict[LimitName, float]:
        """Return the limit."""
        return {self.case.limit: LIMIT} if self.has_limits else {}

    def limit_bounds(
        self, configuration: Slots, indices: IntArray, errors: BoundErrors, *, may_ask: bool
    ) -> tuple[CostBound, ...]:
        """Return what one costs, by the answers to some samples."""
        del may_ask
        size = self.case.cluster_size
        costs = self._costs(configuration)[indices // size]
        units = [str(at // size) for at in indices.tolist()]
        series = CostSeries(self.case.limit, tuple(zip(units, costs.tolist(), strict=True)))
        return (bound_of(series, LIMIT, errors),)

    def is_false(self, ledger: Ledger) -> bool:
        """Return whether a verdict claims something untrue of candidates within the limit."""
        verdict = decision_from(ledger, levers=self.levers, target=self.case.target).verdict
        if verdict == "fine_tune":
            return any(self._is_good(each) for each in ledger.tried)
        is_claimed = verdict in ("already_good", "use_lever")
        return is_claimed and not self._is_good(ledger.best)

    def _is_good(self, configuration: Slots) -> bool:
        is_within = self.case.cost(configuration) <= 1 + 1e-9
        return is_within and self.case.score(configuration) >= self.case.target - 1e-9

    def _costs(self, configuration: Slots) -> FloatArray:
        """Return what each answer costs; a cluster's are alike."""
        draw = np.random.default_rng([self.world.seed, 7, *configuration])
        n = -(-self.case.n // self.case.cluster_size)
        middle = AT_P95 if self.case.limit != "money_per_1000" else AT_MEAN
        spread: FloatArray = np.exp(SPREAD * draw.normal(size=n)) / middle
        return LIMIT * self.case.cost(configuration) * spread


class LimitDraw(NamedTuple):
    """What came of one draw, with the limits and without, and the calls of the first."""

    with_limits: bool
    without: bool
    price: float


def big_model(slots: Configuration) -> bool:
    """Return whether a configuration is of the dear model: the last variant of the third lever."""
    return slots[2] == 6


def one_of(better: float, others: float) -> Level:
    """Return a level of which one variant of the fifth lever has another than all the rest."""
    return lambda slots: better if slots[4] == 3 else others


LIMIT_CASES = (
    LimitCase(
        "43 candidates that reach the target, all a hair beyond the limit",
        worlds.flat(0.85), worlds.flat(1.001), "false", 0.05,
    ),
    LimitCase(
        "the same, and the limit is of the mean",
        worlds.flat(0.85), worlds.flat(1.001), "false", 0.05, limit="money_per_1000",
    ),
    LimitCase(
        "the same, clusters of 4",
        worlds.flat(0.85), worlds.flat(1.001), "false", 0.05, cluster_size=4, n=800,
    ),
    LimitCase(
        "all within the limit, all a hair below the target",
        worlds.flat(0.699), worlds.flat(0.5), "false", 0.05,
    ),
    LimitCase(
        "a dear model far above, the others within the limit and a hair below the target",
        lambda slots: 0.9 if big_model(slots) else 0.699,
        lambda slots: 6.0 if big_model(slots) else 0.5, "false", 0.05,
    ),
    LimitCase(
        "one candidate exactly at the target and at the limit, the others below both",
        one_of(0.7, 0.55), one_of(1.0, 0.5), "false", 0.05,
    ),
    LimitCase(
        "the same, and the limit is of the mean",
        one_of(0.7, 0.55), one_of(1.0, 0.5), "false", 0.05, limit="money_per_1000",
    ),
    LimitCase(
        "a dear model reaches the target, all within the limit are .16 below",
        lambda slots: 0.9 if big_model(slots) else 0.54,
        lambda slots: 6.0 if big_model(slots) else 0.5, "fine_tune", 0.8, n=500,
    ),
    LimitCase(
        "a dear model .20 above, one lever within the limit .12 above",
        lambda slots: 0.9 if big_model(slots) else 0.82 if slots[4] == 3 else 0.6,
        lambda slots: 6.0 if big_model(slots) else 0.5, "use_lever", 0.7, n=500,
    ),
    LimitCase(
        "the best is beyond the limit on every path, the baseline too",
        worlds.flat(0.9), worlds.flat(3.0), "inconclusive", 1.0,
    ),
    LimitCase(
        "all far below the target and twice the limit",
        worlds.flat(0.4), worlds.flat(2.0), "inconclusive", 1.0,
    ),
)  # fmt: skip


def of_limit_case(task: tuple[int, int]) -> LimitDraw:
    """Decide one draw of a case, by its place and seed, with and without its limits."""
    place, seed = task
    case = LIMIT_CASES[place]
    hit, price = _decide(case, seed, has_limits=True)
    return LimitDraw(hit, _decide(case, seed, has_limits=False)[0], price)


def _decide(case: LimitCase, seed: int, *, has_limits: bool) -> tuple[bool, float]:
    problem = LimitedLadder(case, seed, has_limits=has_limits)
    ledger = climb_scores(
        problem,
        TargetClaim(case.target),
        kind="binary",
        clusters=problem.world.clusters,
        seed=seed,
        looks=None,
        is_advised=False,
    )
    price = problem.world.calls / ((1 + sum(map(len, SEVEN))) * case.n)
    if case.counts == "false":
        return problem.is_false(ledger), price
    verdict = decision_from(ledger, levers=problem.levers, target=case.target).verdict
    return verdict == case.counts, price
