"""`plan_ladder`: the plan of a task, from simulated runs and what first answers took. Nothing is called here."""

from collections.abc import Sequence

import numpy as np

from ladder.data.split import unit_of
from ladder.decision.candidate_labels import describe
from ladder.decision.limit_words import NAMES
from ladder.levers import Lever
from ladder.levers.prompt import prompt_name
from ladder.levers.untested import untested_levers
from ladder.measure.answer_forecast import AnswerForecast, ForeseenAnswer, ProbedAnswers
from ladder.measure.checks.before_calls import check_clusters
from ladder.measure.checks.classes import check_classes
from ladder.measure.measurement import RunCost
from ladder.measure.task_data import TaskData
from ladder.plan.decidable import (
    decidable_gaps,
    examples_to_decide,
    fresh_samples_worth,
    paired_sizes,
)
from ladder.plan.most_calls import calls_at_most, further_calls, timed_alone
from ladder.plan.run_plan import WORDS, RunPlan
from ladder.rewriting import MOST_REWRITES
from ladder.search.foreseen_candidates import ForeseenCandidates
from ladder.search.foreseen_climb import DRAWS, SimulatedRun, foresee_runs
from ladder.search.select.within_limits import number
from ladder.search.simulated_world import KnownBefore, ProbedScores
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec
from ladder.statistics.sizes import ERROR_BUDGET, SPEND
from ladder.text import joined

TENTH, MIDDLE, NINE_TENTHS = 0.1, 0.5, 0.9
"""Of the simulated runs: what is foreseen, and the range that is given with it."""


def plan_ladder(
    data: TaskData,
    levers: Sequence[Lever],
    *,
    gap: float | None = None,
    levels: tuple[float, float] = (ERROR_BUDGET * SPEND, ERROR_BUDGET * SPEND),
    probed: Sequence[ProbedAnswers] = (),
    draws: int = DRAWS,
) -> RunPlan:
    """Return the plan of a task.

    Args:
        data: The task with its samples.
        levers: In the order to climb.
        gap: Distance of the true score from the target that is to be decided.
        levels: At which "reached" and "below" would be tested next, as earlier tests left them.
        probed: What first answers took and scored, where some were asked for: the baseline's first.
        draws: How many runs are simulated at most.
    """
    task, samples, split = data.task, data.samples, data.split
    candidates = ForeseenCandidates(task, levers)
    distinct = len({unit_of(sample) for sample in samples})
    forecast = AnswerForecast(data, probed)
    at_once = task.model.concurrency * len(task.model.replicas) if task.model.is_endpoint else 1
    runs = foresee_runs(
        data, candidates, forecast, _known_before(candidates, probed), at_once=at_once, draws=draws
    )
    low, middle, high = (_cost_at(share, runs) for share in (TENTH, MIDDLE, NINE_TENTHS))
    further = further_calls(data, candidates, len(split.selection))
    middle, high = (_with_further(each, further, forecast.baseline) for each in (middle, high))
    relative = task.relative
    power = distinct if not data.closed else fresh_samples_worth(data)
    above, below = decidable_gaps(task, power, levels)
    return RunPlan(
        n=len(samples),
        n_distinct=distinct,
        n_selection=len(split.selection),
        n_confirmation=len(split.confirmation),
        target=task.share,
        reach=None if task.share is None else task.reach,
        relative=None
        if relative is None
        else paired_sizes(data, relative, power, probed, levels[0]),
        variants={name: len(found) for name, found in candidates.proposals.items()},
        names=_names(candidates),
        calls_at_most=calls_at_most(data, candidates, at_once=at_once),
        calls_expected=middle.calls,
        tokens_expected=middle.tokens,
        minutes_expected=middle.minutes,
        money_expected=middle.money,
        low=low,
        high=high,
        by_verdict=_by_verdict(runs),
        currency="" if middle.money is None else task.prices.currency,
        at_once=at_once,
        seconds_a_call=forecast.baseline.seconds / forecast.baseline.calls,
        is_measured=bool(probed),
        reached_from=None if above is None else task.reach + above,
        justified_to=None if below is None else task.edge - below,
        untested=untested_levers(task, levers),
        gap=gap,
        examples_for_gap=None if gap is None else examples_to_decide(data, gap),
        notes=(
            *_of_judge(data),
            *_of_limits(task),
            *_of_time(data, candidates),
            *(finding.problem for finding in check_clusters(samples)),
            *(finding.problem for finding in check_classes(data)),
        ),
    )


def _names(candidates: ForeseenCandidates) -> dict[str, tuple[str, ...]]:
    """Return what the candidates of each lever are called, and which model may write more."""
    task, rewrite = candidates.task, candidates.rewrite
    names = {
        lever: tuple(
            describe(candidates.baseline, each, prompt=prompt_name(task, each.prompt))
            for each in found
        )
        for lever, found in candidates.proposals.items()
    }
    if rewrite is not None and "prompt" in names:
        by = (rewrite.model or task.model).id
        more = f"up to {MOST_REWRITES} rewritten by {by} in at most {rewrite.calls} calls"
        names["prompt"] = (*names["prompt"], more)
    return {lever: found for lever, found in names.items() if found}


def candidates_to_probe(data: TaskData, levers: Sequence[Lever]) -> tuple[Candidate, ...]:
    """Return whose first answers tell most of a run: a few candidates, the baseline first.

    A repair of the chat template, where a fault was found, tells how far a run will go; the candidate
    whose prompts take the most work tells how time grows with them.
    """
    candidates = ForeseenCandidates(data.task, levers)
    longest = AnswerForecast(data).longest(candidates.tried[1:])
    repairs = candidates.proposals["template"][:1] if _repairing(candidates) is not None else ()
    chosen = {each.digest: each for each in (candidates.baseline, *repairs, longest)}
    return tuple(chosen.values())


def _known_before(candidates: ForeseenCandidates, probed: Sequence[ProbedAnswers]) -> KnownBefore:
    """Return what first answers tell of the baseline, and of other candidates by lever and slot."""
    scores = {each.candidate.digest: ProbedScores(each.right, each.n) for each in probed}
    return KnownBefore(
        scores.get(candidates.baseline.digest),
        _repairing(candidates),
        {
            place: scores[candidate.digest]
            for place, candidate in candidates.single().items()
            if candidate.digest in scores
        },
    )


def _repairing(candidates: ForeseenCandidates) -> int | None:
    """Return the position of the lever that repairs a fault of the chat template; None without one."""
    task, names = candidates.task, list(candidates.proposals)
    if "template" not in names:
        return None
    found = candidates.proposals["template"]
    is_rendered_here = task.model.is_endpoint and candidates.baseline.chat.template is None
    n_repairs = len(found) - len(task.levers.template.templates) - is_rendered_here
    return names.index("template") if n_repairs > 0 else None


def _with_further(cost: RunCost, calls: int, each: ForeseenAnswer) -> RunCost:
    """Return what a run takes with so many more calls, each of them as one of the baseline's."""
    share = calls / each.calls
    is_priced = cost.money is not None and each.money is not None
    return RunCost(
        calls=cost.calls + calls,
        tokens=cost.tokens + round(share * each.tokens),
        minutes=cost.minutes + share * each.seconds / 60,
        money=(cost.money or 0.0) + share * (each.money or 0.0) if is_priced else cost.money,
    )


def _cost_at(share: float, runs: Sequence[SimulatedRun]) -> RunCost:
    """Return what a share of the simulated runs does not exceed, each figure by itself."""
    money = [run.money for run in runs if run.money is not None]
    return RunCost(
        calls=round(float(np.quantile([run.calls for run in runs], share))),
        tokens=round(float(np.quantile([run.tokens for run in runs], share))),
        minutes=float(np.quantile([run.seconds for run in runs], share)) / 60,
        money=float(np.quantile(money, share)) if len(money) == len(runs) else None,
    )


def _by_verdict(runs: Sequence[SimulatedRun]) -> dict[str, RunCost]:
    """Return what the middle run takes of each verdict in which some end, as a report will tell it."""
    told: dict[str, list[SimulatedRun]] = {}
    for run in runs:
        told.setdefault(run.verdict, []).append(run.told())
    return {verdict: _cost_at(MIDDLE, told[verdict]) for verdict in WORDS if verdict in told}


def _of_judge(data: TaskData) -> list[str]:
    """Return which of the plan's calls a judge is asked; nothing where none scores."""
    spec = data.task.metric
    if spec.judge is None:
        return []
    of_calls = "Two of three of these calls ask" if spec.pairwise else "Half of these calls ask"
    return [f"{of_calls} the judge {spec.judge.id}."]


def _of_limits(task: TaskSpec) -> list[str]:
    """Return what a candidate may cost to be the verdict; nothing without limits."""
    asked = [f"{number(most)} {NAMES[limit]}" for limit, most in task.limits.asked.items()]
    return [f"To be the verdict, a candidate may cost at most {joined(asked)}."] if asked else []


def _of_time(data: TaskData, candidates: ForeseenCandidates) -> list[str]:
    """Return what the limit of time costs, where answers come in batches; else nothing."""
    calls = timed_alone(data, candidates)
    if not calls:
        return []
    note = (
        f"limits.seconds_p95: of a candidate that comes near a verdict up to {calls} prompts are asked "
        "once more, one at a time, where its model answers in batches or looks too slow side by side; "
        "they come on top of what is foreseen."
    )
    return [note]
