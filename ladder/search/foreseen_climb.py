"""`foresee_runs`: simulated runs of a task, each with its verdict and what its answers take.

The search itself climbs the task's own ladder: its parts, levers, candidates and target, on answers
of simulated worlds. So each phase counts as it would: ceilings, combinations, what is left out again,
a second climb, tests of every candidate, answers with room.
"""

from dataclasses import replace
from typing import NamedTuple

from ladder.measure.answer_forecast import AnswerForecast, ForeseenAnswer
from ladder.measure.checks.noise import SAMPLES
from ladder.measure.task_data import TaskData
from ladder.models.endpoint.probe import MOST_CALLS
from ladder.scoring.metric import Kind
from ladder.search.climb import climb_task
from ladder.search.confirm.looks import Looks
from ladder.search.foreseen_candidates import ForeseenCandidates
from ladder.search.ledger import Ledger
from ladder.search.simulated_ladder import Calls, SimulatedLadder
from ladder.search.simulated_world import KnownBefore, draw_world

MOST_SAMPLES = 2000
"""Samples up to which a run is simulated; beyond, what such a one takes is scaled."""

DRAWS = 24
"""Simulated runs of a small task."""

TYPICAL = 0.8
"""What a reference is taken to score before it is measured."""

FEWEST_DRAWS = 9
SAMPLES_DRAWN = 12_000
"""Samples of all simulated runs together: the larger a task, the less two runs of it differ."""


class SimulatedRun(NamedTuple):
    """What one simulated run took.

    Attributes:
        verdict: In which it ended.
        calls, tokens, seconds: Of all its answers, judge's and checks' among them.
        money: None where a model has no price.
        shown: Share of the calls that a report tells: without a verdict, those on the selection part.
    """

    verdict: str
    calls: float
    tokens: float
    seconds: float
    money: float | None
    shown: float = 1.0

    def told(self) -> "SimulatedRun":
        """Return the part of it that a report tells."""
        return self._replace(
            calls=self.calls * self.shown,
            tokens=self.tokens * self.shown,
            seconds=self.seconds * self.shown,
            money=None if self.money is None else self.money * self.shown,
        )


def foresee_runs(
    data: TaskData,
    candidates: ForeseenCandidates,
    forecast: AnswerForecast,
    known: KnownBefore,
    *,
    at_once: int = 1,
    draws: int = DRAWS,
) -> list[SimulatedRun]:
    """Return what at most so many simulated runs of a task took, whose answers come `at_once`."""
    n, scale = len(data.samples), 1.0
    if not (len(data.split.selection) and len(data.split.confirmation)):
        each = forecast.baseline  # a run ends before its climb: nothing can be decided
        money = None if each.money is None else n * each.money
        return [
            SimulatedRun("inconclusive", n * each.calls, n * each.tokens, n * each.seconds, money)
        ]
    if n > MOST_SAMPLES:
        first = frozenset(range(MOST_SAMPLES))
        scale = n / MOST_SAMPLES
        data = TaskData(
            data.task,
            data.samples[:MOST_SAMPLES],
            allow_code=data.allow_code,
            closed=data.closed & first,
        )
    draws = max(min(draws, SAMPLES_DRAWN // len(data.samples)), min(draws, FEWEST_DRAWS))
    runs, relative = [], data.task.relative
    for at in range(draws):
        world = draw_world(
            candidates.counts,
            known,
            n=len(data.samples),
            target=data.task.reach if relative is None else TYPICAL - relative.margin,
            seed=at + 1,
            place=(at + 0.5) / draws,
        )
        world = replace(world, reference=TYPICAL)
        problem = SimulatedLadder(
            candidates,
            world,
            forecast.of,
            confirmation=data.split.confirmation,
            at_once=at_once,
            has_likelihoods=not data.task.model.is_endpoint,
        )
        # The user's own code is not run for a plan.
        kind: Kind | None = "binary" if ":" in data.task.metric.name else None
        ledger = climb_task(problem, data, looks=Looks(), kind=kind)
        runs.append(_taken(problem, ledger, data, forecast, scale=scale, at_once=at_once))
    return runs


def checks_before(data: TaskData) -> int:
    """Return how many answers are asked for before the climb: repeats, and the server's abilities."""
    task = data.task
    repeats = min(SAMPLES, len(data.split.selection)) * (1 + (task.generation.temperature > 0))
    return repeats + (MOST_CALLS if task.model.is_endpoint else 0)


def _taken(
    problem: SimulatedLadder,
    ledger: Ledger,
    data: TaskData,
    forecast: AnswerForecast,
    *,
    scale: float,
    at_once: int,
) -> SimulatedRun:
    """Return what the answers of one simulated run took, with the checks before it."""
    first, before = forecast.baseline, checks_before(data)
    costs = list(problem.costs().values())
    n_selection = sum(each.selection + each.room for each, _ in costs)
    n_confirmation = sum(each.confirmation for each, _ in costs)
    n_answers = scale * (n_selection + n_confirmation) + before
    money: float | None = None
    if first.money is not None and all(answer.money is not None for _, answer in costs):
        each_money = [(sum(calls), answer.money or 0.0) for calls, answer in costs]
        money = scale * sum(n * price for n, price in each_money) + before * first.money
    verdict = _verdict(ledger)
    return SimulatedRun(
        verdict=verdict,
        calls=n_answers * first.calls,
        tokens=scale * sum(_tokens(*each) for each in costs) + before * first.tokens,
        seconds=scale * problem.seconds
        + before / at_once * first.seconds
        + forecast.seconds_to_start,
        money=money,
        shown=1.0
        if verdict != "inconclusive"
        else (scale * n_selection + before) / max(n_answers, 1),
    )


def _tokens(calls: Calls, answer: ForeseenAnswer) -> float:
    return (calls.selection + calls.confirmation) * answer.tokens + calls.room * answer.room_tokens


def _verdict(ledger: Ledger) -> str:
    """Return the verdict that such a ledger leads to."""
    if ledger.ending == "reached":
        return "use_lever" if ledger.best.applied else "already_good"
    return "fine_tune" if ledger.ending == "justified" else "inconclusive"
