"""The loop: what is carried, what is tested, and what nobody may see before a verdict."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.errors import DataError, EndpointError, InconclusiveError, LadderError, ModelLoadError
from ladder.search.climb import climb
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import AttemptStatus, Configuration, Ledger
from ladder.search.problem import Problem, Progress
from ladder.search.select.units import split_by_index
from ladder.statistics.arrays import FloatArray, IntArray

TARGET = 0.75


@dataclass
class Scripted(Problem):
    """A problem whose scores come from a rate, with everything a Problem may offer."""

    rate: Callable[[Configuration], float]
    sizes: tuple[int, ...] = (2, 3)
    size: int = 400
    signal: Callable[[Configuration], float] | None = None
    bound: Callable[[Configuration], float] | None = None
    nothing: tuple[AttemptStatus, str] = ("nothing_to_try", "no material")
    budget: int | None = None
    asked: list[tuple[Configuration, int]] = field(default_factory=list)

    @property
    def levers(self) -> tuple[str, ...]:
        return ("prompt", "rag", "few_shot")[: len(self.sizes)]

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        slots = range(1, self.sizes[lever] + 1)
        return tuple(parent.with_slot(lever, slot) for slot in slots)

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        del lever, parent
        return self.nothing

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        self.asked += [(configuration, int(index)) for index in indices]
        if self.budget is not None and len(self.asked) > self.budget:
            raise InconclusiveError("The budget of calls ended.", next_step="Raise it.")
        luck = np.random.default_rng(11).random(self.size)
        rate = self.bound(configuration) if self.bound and min(configuration) < 0 else 0.0
        return (luck[indices] < max(rate, self.rate(configuration))).astype(np.float64)

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        if self.signal is None:
            return ()
        noise = np.random.default_rng([5, *configuration]).normal(0, 0.1, self.size)
        return (self.signal(configuration) + noise[indices],)


class Bounded(Scripted):
    """A problem with a ceiling for its second lever."""

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        return parent.with_slot(lever, -1) if lever == 1 else None


def run(problem: Scripted, *, target: float = TARGET, margin: float = 0.0, **how: Any) -> Ledger:
    selection, confirmation = split_by_index(problem.size)
    return climb(
        problem,
        TargetClaim(target, margin=margin),
        selection=selection,
        confirmation=confirmation,
        kind="binary",
        **how,
    )


def flat(score: float) -> Callable[[Configuration], float]:
    return lambda _: score


def test_a_lever_that_helps_is_carried_and_one_that_does_not_is_not() -> None:
    ledger = run(Scripted(lambda c: 0.3 + 0.2 * (c[0] == 2) - 0.2 * (c[1] > 0)))

    assert [attempt.status for attempt in ledger.attempts[:2]] == ["carried", "no_gain"]
    assert ledger.best == (2, 0)
    assert ledger.ending == "justified"


class OnTop(Scripted):
    """A problem whose first lever makes of its own slot 1 or 2 both at once, slot 3."""

    def is_asked_again(self, lever: int) -> bool:
        return lever == 0

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        again = (parent.with_slot(0, 3),) if lever == 0 and parent[0] else ()
        return (*super().variants(lever, parent), *again)


@pytest.mark.parametrize(("both", "ending"), [(0.95, "reached"), (0.45, "justified")])
def test_what_a_lever_makes_of_its_own_winner_is_tried_once_and_only_where_it_is_new(
    both: float, ending: str
) -> None:
    rates = {0: 0.3, 1: 0.4, 2: 0.5, 3: both}
    problem = OnTop(lambda c: rates[c[0]], sizes=(2, 1))

    ledger = run(problem)

    assert ledger.ending == ending
    again = [each for each in ledger.attempts if each.lever == "prompt"][1]
    assert [trial.configuration for trial in again.trials] == [(3, 0)]
    assert (again.chosen == (3, 0)) == (ending == "reached")


def test_the_confirmation_part_is_asked_only_inside_a_test() -> None:
    problem = Scripted(lambda c: 0.3 + 0.5 * (c[1] == 3))
    kept = set(split_by_index(400)[1].tolist())

    ledger = run(problem)

    tested = {look.configuration for look in ledger.looks}
    assert {configuration for configuration, index in problem.asked if index in kept} == tested


def test_the_finer_reading_carries_a_lever_where_the_score_stands_still() -> None:
    signal = {0: -16.0, 1: -7.0}
    problem = Scripted(
        lambda c: 0.95 if c[1] and c[0] else 0.0,
        sizes=(1, 1),
        signal=lambda c: signal[min(c[0], 1)],
    )

    ledger = run(problem)

    assert ledger.attempts[0].status == "carried"
    assert "finer measure" in ledger.attempts[0].reason
    assert ledger.ending == "reached"
    assert ledger.best == (1, 1)


def test_the_finer_reading_never_outweighs_a_clear_score() -> None:
    problem = Scripted(lambda c: 0.3 + 0.2 * (c[0] == 1), signal=lambda c: float(c[0] == 2))

    ledger = run(problem)

    assert ledger.attempts[0].chosen[0] == 1


def test_a_lever_may_be_switched_off_in_the_second_climb() -> None:
    rates: dict[tuple[int, ...], float] = {
        (0, 0, 0): 0.3,
        (1, 0, 0): 0.36,
        (0, 1, 1): 0.95,
        (1, 1, 1): 0.6,
    }

    ledger = run(Scripted(lambda c: rates.get(c, 0.05), sizes=(1, 1, 1)))

    assert ledger.ending == "reached"
    assert ledger.best == (0, 1, 1)


@pytest.mark.parametrize("status", ["untested", "error"])
def test_an_untested_lever_never_leads_to_fine_tuning(status: AttemptStatus) -> None:
    ledger = run(Scripted(flat(0.3), sizes=(2, 0), nothing=(status, "no corpus given")))

    assert ledger.ending == "undecided"
    assert ledger.blocked
    assert "rag: no corpus given" in ledger.reason


@pytest.mark.parametrize("status", ["not_applicable", "nothing_to_try"])
def test_a_lever_declared_not_applicable_does_not_stand_in_the_way(status: AttemptStatus) -> None:
    ledger = run(Scripted(flat(0.3), sizes=(2, 0), nothing=(status, "answers need no facts")))

    assert ledger.ending == "justified"
    assert ledger.attempts[1].status == status


def test_a_candidate_that_fails_only_when_tested_never_leads_to_fine_tuning() -> None:
    kept = set(split_by_index(400)[1].tolist())

    class Failing(Scripted):
        def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
            if configuration == (2, 0) and int(indices[0]) in kept:
                raise LadderError("It answers nonsense.", next_step="Look.")
            return super().scores(configuration, indices)

    ledger = run(Failing(flat(0.3)))

    assert ledger.ending == "undecided"
    assert ledger.reason == "It answers nonsense"


@pytest.mark.parametrize("part", ["selection", "confirmation"])
def test_an_outage_stops_the_run_and_is_no_candidates_fault(part: str) -> None:
    kept = set(split_by_index(400)[1].tolist())

    class Failing(Scripted):
        def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
            if configuration == (2, 0) and (int(indices[0]) in kept) == (part == "confirmation"):
                raise EndpointError("The endpoint is gone.", next_step="Start it.")
            return super().scores(configuration, indices)

    with pytest.raises(EndpointError, match="is gone"):
        run(Failing(flat(0.3)))


def test_a_model_that_does_not_load_is_left_behind_and_stands_in_the_way() -> None:
    class Failing(Scripted):
        def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
            if configuration == (2, 0):
                raise ModelLoadError("It does not fit.", next_step="Take a smaller one.")
            return super().scores(configuration, indices)

    ledger = run(Failing(flat(0.3)))

    assert ledger.attempts[0].trials[-1].stopped == "error: It does not fit"
    assert ledger.ending == "undecided"
    assert ledger.blocked


def test_a_ceiling_below_the_target_dismisses_the_lever_and_must_be_rejected_too() -> None:
    problem = Bounded(flat(0.3), bound=flat(0.3))

    ledger = run(problem)

    assert ledger.attempts[1].status == "ceiling"
    assert ledger.ending == "justified"
    assert any(min(look.configuration) < 0 for look in ledger.looks)
    assert all(min(configuration) >= 0 for configuration in ledger.tried)


def test_a_lever_whose_ceiling_is_no_use_alone_is_still_tried_together_with_others() -> None:
    def both(configuration: Configuration) -> float:
        return 0.95 if configuration[1] > 0 and configuration[2] > 0 else 0.1

    ledger = run(Bounded(both, sizes=(1, 2, 2), bound=flat(0.1)))

    assert ledger.attempts[1].status == "ceiling"
    assert ledger.attempts[3].lever == "together"
    assert ledger.ending == "reached"


def test_a_ceiling_that_helps_dismisses_nothing_and_is_no_candidate() -> None:
    problem = Bounded(flat(0.3), bound=flat(0.9))

    ledger = run(problem)

    assert ledger.attempts[1].status == "no_gain"
    assert ledger.ending == "justified"
    assert not any(min(look.configuration) < 0 for look in ledger.looks)


@pytest.mark.parametrize("budget", [5, 170, 400, 700])
def test_a_budget_that_ends_leaves_a_ledger_without_a_verdict(budget: int) -> None:
    ledger = run(Scripted(flat(0.3), budget=budget))

    assert ledger.ending == "budget"
    assert ledger.confirmation is None
    assert "budget of calls ended" in ledger.reason


def test_a_killed_test_is_asked_again_at_the_level_it_was_given() -> None:
    looks = Looks()
    run(Scripted(flat(0.9), budget=170), looks=looks)
    spent = looks.record.spent("reached")

    ledger = run(Scripted(flat(0.9)), looks=looks)

    assert ledger.ending == "reached"
    assert looks.record.spent("reached") == spent == pytest.approx(0.035)


def test_the_winning_stack_is_shown_without_each_of_its_parts() -> None:
    ledger = run(Scripted(lambda c: 0.95 if c[0] and c[1] else 0.02, sizes=(1, 1)))

    assert ledger.best == (1, 1)
    assert {trial.configuration for trial in ledger.ablation} == {(0, 1), (1, 0)}
    assert all(trial.losses > 10 for trial in ledger.ablation)


def test_full_effort_keeps_every_variant_that_is_not_clearly_behind() -> None:
    selection, _ = split_by_index(400)
    problem = Scripted(flat(0.3), sizes=(6, 6))

    ledger = run(problem, effort="full")

    seen = [trial.n_seen for attempt in ledger.attempts[:2] for trial in attempt.trials]
    assert seen == [len(selection)] * 12


def test_a_margin_lets_a_score_at_the_target_pass() -> None:
    ledger = run(Scripted(flat(0.75)), target=0.75, margin=0.15)

    assert ledger.ending == "reached"


def test_without_a_confirmation_part_nothing_starts() -> None:
    with pytest.raises(DataError, match="0 to confirm on"):
        climb(
            Scripted(flat(0.3)),
            TargetClaim(0.5),
            selection=np.arange(10),
            confirmation=np.arange(0),
            kind="binary",
        )


def test_progress_tells_no_score_of_the_confirmation_part() -> None:
    seen: list[Progress] = []

    ledger = run(Scripted(flat(0.9)), observer=seen.append)

    tests = [progress for progress in seen if progress.lever == "confirmation"]
    assert ledger.confirmation is not None
    assert [(each.n_seen, each.best) for each in tests] == [
        (0, None),
        (ledger.confirmation.n, None),
    ]


def test_a_test_that_did_not_pass_tells_nobody_where_it_ended() -> None:
    seen: list[Progress] = []

    ledger = run(Scripted(flat(0.8), size=60), target=0.78, observer=seen.append)

    tests = [progress for progress in seen if progress.lever == "confirmation"]
    assert ledger.confirmation is None
    assert tests
    assert {(each.n_seen, each.best) for each in tests} == {(0, None)}


class Perturbed(Scripted):
    """The same scores on the selection part, other luck on the confirmation part."""

    luck_seed = 0

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        scores = super().scores(configuration, indices)
        kept = np.isin(indices, split_by_index(self.size)[1])
        luck = np.random.default_rng([self.luck_seed, *configuration]).random(self.size)
        return np.where(kept, (luck[indices] < self.rate(configuration)).astype(float), scores)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.72, 0.75, 0.77]))
@pytest.mark.slow
def test_an_undecided_ledger_depends_on_the_confirmation_part_by_pass_and_fail_alone(
    luck: int, rate: float
) -> None:
    first, second = Perturbed(flat(rate), size=120), Perturbed(flat(rate), size=120)
    second.luck_seed = luck + 1

    one, other = run(first), run(second)

    if one.ending == other.ending == "undecided" and _answers(one) == _answers(other):
        assert one == other


def test_an_undecided_ledger_names_no_configuration_that_stood_in_the_way() -> None:
    rates: dict[tuple[int, ...], float] = {(0, 0): 0.3, (2, 0): 0.73}
    _, confirmation = split_by_index(200)

    ledger = run(Perturbed(lambda c: rates.get(c, 0.3), size=200), target=0.75)

    assert ledger.ending == "undecided"
    assert all(look.n_seen == len(confirmation) for look in ledger.looks)
    assert sum(look.question == "below" for look in ledger.looks) <= 1
    assert {look.configuration for look in ledger.looks} <= {ledger.best}
    assert ledger.confirmation is None


def _answers(ledger: Ledger) -> list[tuple[Configuration, str, bool]]:
    return [(look.configuration, look.question, look.passed) for look in ledger.looks]


@pytest.mark.parametrize("rate", [0.3, 0.74, 0.95])
def test_exploring_asks_nothing_of_the_confirmation_part(rate: float) -> None:
    problem, looks = Scripted(lambda c: rate if any(c) else 0.3), Looks()
    _, confirmation = split_by_index(problem.size)

    ledger = run(problem, looks=looks, explore=True)

    assert {index for _, index in problem.asked}.isdisjoint(confirmation.tolist())
    assert looks.record.entries == ()
    assert (ledger.ending, ledger.is_explored, ledger.looks) == ("undecided", True, ())
    assert ledger.reason.startswith("a run without --explore would test")


def test_exploring_says_what_a_verdict_would_ask() -> None:
    problem = Scripted(lambda c: 0.3 + 0.65 * (c[1] == 3))

    ledger = run(problem, explore=True)

    assert "whether the baseline with rag reaches the target" in ledger.reason
    assert ledger.best[1] == 3


class Unclear(Scripted):
    """A problem whose wrong answers may all be right after all, as they were cut."""

    def could_score(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        return np.ones(len(indices)) * (configuration == (2, 0))


def test_a_candidate_whose_wrong_answers_were_cut_never_leads_to_fine_tuning() -> None:
    looks = Looks()

    ledger = run(Unclear(flat(0.3)), looks=looks)

    assert ledger.ending == "undecided"
    assert "1.00 (read: 0.3" in ledger.reason
    assert ledger.blocked
    assert looks.record.entries == ()


class Spoiled(Scripted):
    """A problem whose answers have a fault."""

    def why_no_evidence(self, configuration: Configuration, indices: IntArray) -> str:
        del configuration
        return f"{len(indices)} answers are cut"


def test_spoiled_answers_of_the_best_candidate_ask_nothing_of_the_confirmation_part() -> None:
    looks = Looks()

    ledger = run(Spoiled(flat(0.3)), looks=looks)

    assert (ledger.ending, ledger.blocked) == ("undecided", True)
    assert "answers are cut" in ledger.reason
    assert looks.record.entries == ()


def test_spoiled_answers_that_reach_the_target_all_the_same_do_not_matter() -> None:
    assert run(Spoiled(flat(0.95))).ending == "reached"


class Roomy(Scripted):
    """A problem whose answers change when they have room to end."""

    def room_check(self, configuration: Configuration) -> str:
        return f"answers of {configuration} are cut"


def test_answers_that_need_room_never_lead_to_fine_tuning() -> None:
    ledger = run(Roomy(flat(0.3)))

    assert (ledger.ending, ledger.reason) == ("undecided", "answers of (0, 0) are cut")


class Untried(Scripted):
    """A problem in which the answers of one lever's candidates are no try."""

    barred: tuple[int, ...] = (1, 2, 3)

    def why_not_tried(self, configuration: Configuration, indices: IntArray) -> str:
        return f"all {len(indices)} answers are empty" if configuration[1] in self.barred else ""


def test_a_lever_whose_answers_are_all_empty_was_not_tried() -> None:
    ledger = run(Untried(flat(0.3)))

    assert ledger.attempts[1].status == "error"
    assert "answers are empty" in ledger.attempts[1].reason
    assert (ledger.ending, ledger.blocked) == ("undecided", True)


def test_one_candidate_of_a_lever_that_was_not_tried_says_so_in_its_row() -> None:
    problem = Untried(flat(0.3))
    problem.barred = (2,)

    ledger = run(problem)

    (row,) = [each for each in ledger.attempts[1].trials if each.configuration[1] == 2]
    assert row.stopped.startswith("not tried: all")
    assert ledger.attempts[1].status == "no_gain"


def test_a_ceiling_that_was_not_tried_dismisses_no_lever() -> None:
    class EmptyCeiling(Bounded):
        def why_not_tried(self, configuration: Configuration, indices: IntArray) -> str:
            del indices
            return "all answers are empty" if configuration[1] < 0 else ""

    ledger = run(EmptyCeiling(flat(0.3), bound=flat(0.0)))

    assert ledger.attempts[1].status == "no_gain"
