"""How the error of calling a candidate beyond is shared where a task has several limits."""

from collections.abc import Mapping

import pytest

from ladder.search.candidate_costs import CostBound
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Configuration
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.spec.limits import LimitName
from ladder.statistics.arrays import IntArray
from ladder.statistics.cost_ranges import BEYOND, BoundErrors


class Limited(ScoredLadder):
    """A ladder without levers, whose candidate is within all limits; keeps the errors asked for."""

    def __init__(self, *names: LimitName) -> None:
        super().__init__([], lambda _, indices: [0.0] * len(indices), size=200)
        self._limits: dict[LimitName, float] = dict.fromkeys(names, 2.0)
        self.below: set[float] = set()

    @property
    def limits(self) -> Mapping[LimitName, float]:
        """Return the limits."""
        return self._limits

    def limit_bounds(
        self, configuration: Configuration, indices: IntArray, errors: BoundErrors, *, may_ask: bool
    ) -> tuple[CostBound, ...]:
        """Return that it costs half of what it may."""
        del configuration, may_ask
        self.below.add(errors.below)
        known = {"value": 1.0, "low": 1.0, "high": 1.0, "n": len(indices)}
        return tuple(
            CostBound.model_validate({"limit": each, "most": 2.0, **known}) for each in self.limits
        )


@pytest.mark.parametrize(
    "names", [("prompt_tokens",), ("prompt_tokens", "seconds_p95", "money_per_1000")]
)
def test_several_limits_share_the_error_of_calling_one_within_beyond(
    names: tuple[LimitName, ...],
) -> None:
    problem = Limited(*names)

    climb_scores(
        problem,
        TargetClaim(0.8),
        kind="binary",
        clusters=None,
        seed=0,
        looks=None,
        is_advised=False,
    )

    assert [each * len(names) for each in problem.below] == pytest.approx([BEYOND])
