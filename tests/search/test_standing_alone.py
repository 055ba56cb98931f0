"""A classifier is tested like any candidate, and no later lever starts from it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ladder.search.climb import climb
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import AttemptStatus, Configuration, Ledger
from ladder.search.problem import Problem
from ladder.search.select.units import split_by_index
from ladder.statistics.arrays import FloatArray, IntArray

CLASSIFIER = Configuration((9, 0))


@dataclass
class WithClassifier(Problem):
    """Lever 1 has a classifier (9) and a model (1); lever 2 has two variants."""

    rate: Callable[[Configuration], float]
    thrown: str = ""
    has_model: bool = True
    size: int = 400
    asked: set[Configuration] = field(default_factory=set)

    @property
    def levers(self) -> tuple[str, ...]:
        return ("model", "few_shot")

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        if lever == 1:
            return parent.with_slot(1, 1), parent.with_slot(1, 2)
        return (CLASSIFIER, *((parent.with_slot(0, 1),) if self.has_model else ()))

    def stands_alone(self, configuration: Configuration) -> bool:
        return configuration[0] == 9

    def why_thrown_away(self, configuration: Configuration) -> str:
        return self.thrown if self.stands_alone(configuration) else ""

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        del lever, parent
        return "untested", "no other model given"

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        self.asked.add(configuration)
        luck = np.random.default_rng([7, *configuration]).random(self.size)
        return (luck[indices] < self.rate(configuration)).astype(np.float64)


def climbed(problem: Problem) -> Ledger:
    selection, confirmation = split_by_index(problem.size, None, 0)
    return climb(
        problem, TargetClaim(0.75), selection=selection, confirmation=confirmation, kind="binary"
    )


def test_a_classifier_that_reaches_the_target_ends_the_climb() -> None:
    problem = WithClassifier(lambda slots: 0.95 if slots[0] == 9 else 0.3)

    ledger = climbed(problem)

    assert (ledger.ending, ledger.best) == ("reached", CLASSIFIER)
    assert [each.lever for each in ledger.attempts] == ["classifier"]
    assert not any(slots[1] for slots in problem.asked)


def test_no_lever_is_added_to_a_classifier_that_is_only_better() -> None:
    problem = WithClassifier(lambda slots: 0.6 if slots[0] == 9 else 0.2 + 0.2 * bool(slots[1]))

    ledger = climbed(problem)

    statuses = [(each.lever, each.status) for each in ledger.attempts[:3]]
    assert statuses == [("classifier", "set_aside"), ("model", "no_gain"), ("few_shot", "carried")]
    assert not any(slots[0] == 9 and slots[1] for slots in problem.asked)
    assert ledger.ending == "justified"
    assert ledger.best[0] != 9, "what is to be trained is a language model"
    assert {look.question for look in ledger.looks} == {"below"}


def test_a_classifier_that_may_reach_the_target_keeps_the_door_to_training_shut() -> None:
    problem = WithClassifier(lambda slots: 0.76 if slots[0] == 9 else 0.3)

    assert climbed(problem).ending == "undecided"


def test_one_whose_own_rows_show_that_it_is_worth_nothing_bars_no_verdict() -> None:
    problem = WithClassifier(lambda _: 0.3, thrown="12 rows are too few")

    ledger = climbed(problem)

    assert ledger.ending == "justified"
    assert CLASSIFIER not in problem.asked
    assert ledger.attempts[0].status == "nothing_to_try"
    assert ledger.attempts[0].reason == "thrown away: 12 rows are too few"


def test_a_classifier_is_no_other_model() -> None:
    ledger = climbed(WithClassifier(lambda _: 0.3, has_model=False))

    assert ledger.ending == "undecided"
    assert ledger.reason == "model: no other model given"
