"""A cascade is confirmed where it is sure and answers often enough, and never stands in a verdict's way."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from ladder.search.climb import climb
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Configuration, Ledger
from ladder.search.problem import Problem
from ladder.search.select.units import split_by_index
from ladder.spec.lever_sections import ReviewRule
from ladder.statistics.arrays import FloatArray, IntArray

Right = Callable[[FloatArray], FloatArray]


@dataclass
class WithSureness(Problem):
    """A model whose chance to be right follows from how sure it is."""

    right: Right
    rule: ReviewRule | None = field(default_factory=ReviewRule)
    size: int = 600
    is_known: bool = True
    cut: dict[Configuration, float] = field(default_factory=dict)

    @property
    def levers(self) -> tuple[str, ...]:
        return ("model",)

    @property
    def review(self) -> ReviewRule | None:
        return self.rule

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        del lever
        return (parent.with_slot(0, 1),)

    def reviewed(self, configuration: Configuration, below: float) -> Configuration:
        found = configuration.with_slot(0, 100 + configuration[0])
        self.cut[found] = below
        return found

    def sureness(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        del configuration
        known = np.random.default_rng(3).random(self.size)[indices]
        return known if self.is_known else np.full(len(indices), np.nan)

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        sureness = np.random.default_rng(3).random(self.size)
        luck = np.random.default_rng([5, configuration[0] % 100]).random(self.size)
        return (luck < self.right(sureness)).astype(np.float64)[indices]


def climbed(problem: Problem, *, target: float = 0.9, looks: Looks | None = None) -> Ledger:
    selection, confirmation = split_by_index(problem.size, None, 0)
    return climb(
        problem,
        TargetClaim(target),
        selection=selection,
        confirmation=confirmation,
        kind="binary",
        looks=looks,
    )


def sure_above_half(sureness: FloatArray) -> FloatArray:
    return np.where(sureness > 0.4, 0.97, 0.3)


def test_a_cascade_reaches_the_target_where_it_is_sure() -> None:
    problem = WithSureness(sure_above_half)

    ledger = climbed(problem)

    seen = ledger.confirmation
    assert ledger.ending == "reached"
    assert seen is not None
    assert seen.coverage is not None
    assert ledger.attempts[-1].lever == "cascade"
    assert 0.5 < seen.coverage.share < 0.7
    assert seen.coverage.at_least >= 0.5
    assert 0.9 <= seen.at_least <= seen.score
    assert ledger.best in problem.cut
    assert ledger.best not in ledger.tried, "its score is not one over all samples"


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (WithSureness(lambda s: np.full_like(s, 0.5)), "it answers"),
        (WithSureness(sure_above_half, rule=ReviewRule(least_coverage=0.9)), "it answers"),
        (WithSureness(sure_above_half, rule=ReviewRule(below=(0.1,))), "it answers"),
        (WithSureness(sure_above_half, is_known=False), "tells how sure it is"),
    ],
    ids=["sure of nothing", "answers too seldom", "wrong threshold", "tells nothing"],
)
def test_one_that_is_not_good_enough_bars_no_fine_tune(problem: WithSureness, reason: str) -> None:
    ledger = climbed(problem)

    assert ledger.ending == "justified"
    assert reason in ledger.attempts[-1].reason
    assert all(look.configuration not in problem.cut for look in ledger.looks)


def test_without_the_users_word_there_is_no_cascade() -> None:
    ledger = climbed(WithSureness(sure_above_half, rule=None))

    assert ledger.ending == "justified"
    assert "cascade" not in {each.lever for each in ledger.attempts}


def test_the_same_question_is_answered_from_the_record() -> None:
    looks = Looks()
    first = climbed(WithSureness(sure_above_half), looks=looks)

    again = climbed(WithSureness(sure_above_half), looks=Looks(looks.record))

    assert again.confirmation == first.confirmation
