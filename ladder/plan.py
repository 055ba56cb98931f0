"""`RunPlan`: what a run would cost, and what its data can decide at all. Nothing is called here."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from ladder.data.split import CONFIRMATION_SHARE, unit_of
from ladder.decision.candidate_labels import describe
from ladder.decision.goal import RelativeGoal, goal_of
from ladder.decision.limit_words import NAMES
from ladder.errors import SpecError
from ladder.frozen import Frozen, is_unknown
from ladder.levers import Lever
from ladder.levers.prompt import prompt_name
from ladder.levers.untested import impossible, untested_levers, what_to_write
from ladder.measure.answer_forecast import AnswerForecast, ForeseenAnswer, ProbedAnswers
from ladder.measure.answer_store import MOST_UNREAD
from ladder.measure.candidate_cost import ALONE
from ladder.measure.checks.before_calls import check_clusters
from ladder.measure.checks.classes import check_classes
from ladder.measure.own_answers import MOST_TRIED
from ladder.measure.room import ROOM_SAMPLES
from ladder.measure.run_cost import RunCost
from ladder.measure.task_data import TaskData
from ladder.rewriting import MOST_REWRITES
from ladder.search.foreseen_climb import (
    DRAWS,
    SimulatedRun,
    checks_before,
    foresee_runs,
)
from ladder.search.select.joint import MOST_STACKS
from ladder.search.select.within_limits import number
from ladder.search.simulated_ladder import ForeseenCandidates
from ladder.search.simulated_world import KnownBefore, ProbedScores
from ladder.spec.candidate import Candidate
from ladder.spec.relative_target import RelativeTarget
from ladder.spec.task import TaskSpec
from ladder.statistics import examples_needed, smallest_gap
from ladder.statistics.paired_sizes import paired_examples
from ladder.statistics.sizes import ERROR_BUDGET, SPEND
from ladder.text import joined, listed

TENTH, MIDDLE, NINE_TENTHS = 0.1, 0.5, 0.9
"""Of the simulated runs: what is foreseen, and the range that is given with it."""

CLIMBS = 2
"""How often the levers are climbed at most."""

MORE_VARIANTS = 2
"""How many more candidates a lever may try from another one than it proposes for the baseline: that
one without it, and the baseline's own value."""

DISAGREE = (0.05, 0.1, 0.2)
"""Shares of samples that only one of two systems gets right, for which a plan gives sizes."""

PLANTED = 16
"""Answers that a judge is tried on at most."""

WORDS = {
    "already_good": "where the baseline is good enough",
    "use_lever": "where a lever helps",
    "fine_tune": "where nothing does",
    "inconclusive": "where no verdict is reached",
}


class PairedSizes(Frozen):
    """How many examples show that a candidate is not worse than a reference by more than a margin.

    Attributes:
        reference: What candidates are held against.
        margin: How much worse they may be.
        n: Samples that the eval data are worth.
        disagree: Share of the samples asked so far that only one of both gets right; None without.
        n_compared: These samples.
        examples: For a share of samples on which the two disagree, how many it takes if they are
            equally good; None where no number does.
    """

    reference: str
    margin: float
    n: int
    disagree: float | None = None
    n_compared: int = 0
    examples: dict[float, int | None]

    def describe(self) -> list[str]:
        """Return what that says, in sentences."""
        if not self.margin:
            return [
                (
                    f"With no margin a candidate must be better than {self.reference} to be shown as "
                    "good: of two that are equally good nothing can be shown. A margin such as .03 can."
                )
            ]
        told = [
            f"{n:,} where they disagree on {share:.0%} of the samples"
            for share, n in self.examples.items()
            if n is not None
        ]
        lines = [
            (
                f"A candidate as good as {self.reference} is likely to be shown not worse by more than "
                f"{self.margin:g} with about {joined(told)}; these data are worth {self.n:,}."
            )
        ]
        if self.disagree is not None:
            lines.append(
                f"On the {self.n_compared} samples asked so far, the baseline and {self.reference} "
                f"disagree on about {self.disagree:.0%}."
            )
        return lines


class RunPlan(Frozen):
    """What a run would cost, and what its data can decide.

    Attributes:
        n, n_selection, n_confirmation: Samples, in all and by part.
        n_distinct: How many of them are evidence of their own: no copy, and of one cluster only one.
        target, reach: What the best is to be below, and what one is to be above: target minus margin.
            None where candidates are held against a reference.
        relative: What they are held against, and how many examples that takes.
        variants: For each lever, how many variants of the baseline it proposes.
        names: For each lever, what these are called.
        calls_at_most: Every candidate that any run may try, combinations among them, on every sample,
            with all checks and a judge's calls. Only lost calls that are asked again come on top.
        calls_expected: The calls of the middle one of the simulated runs.
        tokens_expected, minutes_expected, money_expected: The same of what they take: by the length
            of the prompts and a guess at the model's speed, unless both were measured; money where
            every model has a price, in `currency`. Minutes are those in which answers are awaited.
        low, high: What no more than a tenth of the simulated runs stay below, and what no more than
            a tenth exceed.
        by_verdict: What the middle one takes of those that end in a verdict, for each that occurs.
            Without a verdict, of the selection part alone: more a report does not tell either.
        at_once: Calls that run side by side.
        seconds_a_call: How long one of the baseline takes.
        is_measured: Whether that and the tokens were measured, by some of the run's calls.
        reached_from: True score from which a target is likely to be confirmed; None if never.
        justified_to: True best score up to which fine-tuning is likely to be justified.
        untested: Levers that are neither tried nor declared, with the reason: while there are any,
            the verdict `fine_tune` is impossible.
        examples_for_gap: Examples that would decide the gap asked for; None if none was.
        notes: What else of the data costs power.
        left: What earlier verdicts left of the confirmation part, in words.
    """

    n: int
    n_distinct: int
    n_selection: int
    n_confirmation: int
    target: float | None
    reach: float | None
    relative: PairedSizes | None = Field(default=None, exclude_if=is_unknown)
    variants: dict[str, int]
    names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    calls_at_most: int
    calls_expected: int
    tokens_expected: int
    minutes_expected: float
    money_expected: float | None = None
    low: RunCost
    high: RunCost
    by_verdict: dict[str, RunCost] = Field(default_factory=dict)
    currency: str = ""
    at_once: int = 1
    seconds_a_call: float
    is_measured: bool = False
    reached_from: float | None
    justified_to: float | None
    untested: dict[str, str] = Field(default_factory=dict)
    gap: float | None = None
    examples_for_gap: int | None = None
    notes: tuple[str, ...] = ()
    left: str = ""

    @property
    def expected(self) -> RunCost:
        """Return what the middle one of the simulated runs takes."""
        return RunCost(
            calls=self.calls_expected,
            tokens=self.tokens_expected,
            minutes=self.minutes_expected,
            money=self.money_expected,
        )

    def _can_decide(self) -> list[str]:
        if self.relative is not None:
            barred = _justify(None, self.untested) if self.untested else []
            return [*self.relative.describe(), *barred]
        reach = 1.0 if self.reach is None else self.reach
        return [_reach(reach, self.reached_from), *_justify(self.justified_to, self.untested)]

    def _calls(self) -> list[str]:
        low, high = self.low, self.high
        measured = "as measured" if self.is_measured else "a guess, as nothing was called"
        beside = f", {self.at_once} side by side" if self.at_once > 1 else ""
        return [
            (
                f"About {self.calls_expected:,} calls: eight of ten simulated runs take {low.calls:,} "
                f"to {high.calls:,}, and none can take more than {self.calls_at_most:,}."
            ),
            (
                f"They are about {self.tokens_expected:,} tokens ({low.tokens:,} to {high.tokens:,}) and "
                f"{self.minutes_expected:.1f} minutes ({low.minutes:.1f} to {high.minutes:.1f}) if a call "
                f"of the baseline takes {self.seconds_a_call:.2g} s{beside}{self._money()}: {measured}."
            ),
            *self._by_verdict(),
        ]

    def _money(self) -> str:
        known, low, high = self.money_expected, self.low.money, self.high.money
        if known is None or low is None or high is None:
            return ""
        return f", and cost about {known:,.2f} {self.currency} ({low:,.2f} to {high:,.2f})"

    def _by_verdict(self) -> list[str]:
        told = [
            f"{self.by_verdict[verdict].calls:,} {words}"
            for verdict, words in WORDS.items()
            if verdict in self.by_verdict
        ]
        return [f"By verdict, calls are about {joined(told)}."] if len(told) > 1 else []

    def describe(self) -> str:
        """Return the plan as lines for a person."""
        tried = ", ".join(f"{name} {count}" for name, count in self.variants.items())
        lines = [
            (
                f"{_samples(self.n, self.n_distinct)}: {self.n_selection} in the selection part, "
                f"{self.n_confirmation} in the confirmation part."
            ),
            f"Candidates: {tried}.",
            *(f"  {lever}: {listed(names)}" for lever, names in self.names.items()),
            *self._calls(),
            *self._can_decide(),
            *self.notes,
            *filter(None, [self.left]),
        ]
        if self.examples_for_gap is not None:
            lines.append(
                f"A gap of {self.gap:g} takes about {self.examples_for_gap:,} examples to decide."
            )
        return "\n".join(lines)


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
        data,
        candidates,
        forecast,
        _known_before(candidates, probed),
        at_once=at_once,
        draws=draws,
    )
    low, middle, high = (_cost_at(share, runs) for share in (TENTH, MIDDLE, NINE_TENTHS))
    further = _further_calls(data, candidates, len(split.selection))
    middle, high = (_with_further(each, further, forecast.baseline) for each in (middle, high))
    relative = task.relative
    power = distinct if not data.closed else _worth(data)
    above, below = _gaps(task, power, levels)
    return RunPlan(
        n=len(samples),
        n_distinct=distinct,
        n_selection=len(split.selection),
        n_confirmation=len(split.confirmation),
        target=task.share,
        reach=None if task.share is None else task.reach,
        relative=None if relative is None else _paired(task, relative, power, probed, levels[0]),
        variants={name: len(found) for name, found in candidates.proposals.items()},
        names=_names(candidates),
        calls_at_most=_calls_at_most(data, candidates, at_once=at_once),
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
        examples_for_gap=None if gap is None else _examples_for(task, gap),
        notes=(
            *_of_judge(data),
            *_of_limits(task),
            *_of_time(data, candidates),
            *(finding.problem for finding in check_clusters(samples)),
            *(finding.problem for finding in check_classes(data)),
        ),
    )


def _gaps(task: TaskSpec, n: int, levels: tuple[float, float]) -> tuple[float | None, float | None]:
    """Return how far above and below a score so many samples decide; nothing of a reference."""
    if task.share is None:
        return None, None
    return (
        smallest_gap(n, task.reach, alpha=levels[0]),
        smallest_gap(n, task.edge, direction="below", alpha=levels[1]),
    )


def _paired(
    task: TaskSpec,
    relative: RelativeTarget,
    n: int,
    probed: Sequence[ProbedAnswers],
    alpha: float,
) -> PairedSizes:
    """Return how many examples it takes to compare with a reference, by how often both disagree."""
    answers = {each.candidate.digest: each.scores for each in probed}
    pair = (task.baseline(), relative.reference.candidate(task.baseline()))
    own, other = (answers.get(each.digest, ()) for each in pair)
    seen = [abs(a - b) for a, b in zip(own, other, strict=False)]
    measured = (sum(seen) + 0.5) / (len(seen) + 1) if seen else None
    goal = goal_of(task)
    return PairedSizes(
        reference=goal.name if isinstance(goal, RelativeGoal) else relative.reference.name,
        margin=relative.margin,
        n=n,
        disagree=measured,
        n_compared=len(seen),
        examples={
            share: paired_examples(relative.margin, share, alpha=alpha)
            for share in dict.fromkeys([*([round(measured, 3)] if measured else []), *DISAGREE])
        },
    )


def _examples_for(task: TaskSpec, gap: float) -> int:
    """Return how many examples decide a gap, or, with a reference, a margin of that size."""
    if task.share is not None:
        return _examples(task.edge, gap)
    needed = paired_examples(gap, DISAGREE[1])
    if needed is None:
        raise _undecidable(f"{gap:g} is no gap that a margin could be", gap)
    return needed


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
    proposals = [each for found in candidates.proposals.values() for each in found]
    longest = AnswerForecast(data).longest(proposals)
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


def _calls_at_most(data: TaskData, candidates: ForeseenCandidates, *, at_once: int) -> int:
    """Return how many calls no run of the search can exceed, calls that are asked again left out.

    Each lever is climbed twice at most, with its upper bound; combinations, what is left out of the
    best of them, and what explains the winner come on top. None is scored more than once a sample.
    """
    more = sum(bound is not None for bound in candidates.ceilings)
    # One that helped may be asked once more, for changes on top.
    more += sum(candidates.counts[lever] for lever in candidates.asked_again)
    rewrite = candidates.rewrite
    more += 0 if rewrite is None else MOST_REWRITES
    first = sum(candidates.counts) + more
    again = sum(count + MORE_VARIANTS for count in candidates.counts if count) + more
    n_levers = sum(count > 0 for count in candidates.counts)
    stacked = MOST_STACKS + CLIMBS * n_levers if n_levers > 1 else 0
    tried = 1 + (data.task.relative is not None) + first + (CLIMBS - 1) * again + stacked
    judged = PLANTED if data.task.metric.judge is not None else 0
    answers = tried * len(data.samples) + checks_before(data) + ROOM_SAMPLES + judged
    answers += 0 if rewrite is None else rewrite.calls
    answers += tried * _further_calls(data, candidates, len(data.samples))
    proposed = [each for found in candidates.proposals.values() for each in found]
    decodings = {each.decoding for each in (candidates.baseline, *proposed)}
    calls = answers * max(data.task.calls_an_answer(each) for each in decodings)
    calls += tried * _timed_alone(data, [candidates.baseline, *proposed])
    # What is asked ahead for nothing is held to that share only as expected: a round may go over.
    return math.ceil(calls * (1 + MOST_UNREAD)) + at_once if data.task.model.is_endpoint else calls


def _timed_alone(data: TaskData, tried: Sequence[Candidate]) -> int:
    """Return the calls that only measure the time of one candidate: prompts asked one at a time."""
    is_asked = "seconds_p95" in data.task.limits.asked
    if not is_asked or all(each.model.is_recorded for each in tried):
        return 0
    return min(ALONE, len(data.split.selection))


def _further_calls(data: TaskData, candidates: ForeseenCandidates, n: int) -> int:
    """Return the calls for what stands around prompts: queries that a model writes, its own answers.

    A query is written once a sample for each form, and pool rows are asked once for each draw of
    worked examples with the model's own answers; as long as model and chat setup stay the same. Where
    the task's own model ranks passages, it is asked once of each that is fetched by the best search.

    Args:
        data: The task with its samples.
        candidates: What a run may try.
        n: Samples that are asked.
    """
    proposed = [each for found in candidates.proposals.values() for each in found]
    tried = [candidates.baseline, *proposed]
    queries = {each.retrieval.query for each in tried if each.retrieval is not None}
    drawn = {
        (each.examples.pool, each.examples.seed, each.examples.shots)
        for each in tried
        if each.examples is not None and each.examples.method == "bootstrapped"
    }
    written = len(queries & {"rewritten", "hypothetical"})
    return n * (written + _most_rated(data, tried)) + MOST_TRIED * len(drawn)


def _most_rated(data: TaskData, tried: Sequence[Candidate]) -> int:
    """Return of how many passages the model is asked at most, where it ranks those of a question."""
    searches = {each.retrieval.source_key: each for each in tried if each.retrieval is not None}
    ranked = [
        each.replace(reranking=other.reranking) for each in searches.values() for other in tried
    ]
    return max(map(data.passages_rated, ranked), default=0)


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
    proposed = [each for found in candidates.proposals.values() for each in found]
    calls = _timed_alone(data, [candidates.baseline, *proposed])
    if not calls:
        return []
    note = (
        f"limits.seconds_p95: of a candidate that comes near a verdict up to {calls} prompts are asked "
        "once more, one at a time, where its model answers in batches or looks too slow side by side; "
        "they come on top of what is foreseen."
    )
    return [note]


def _worth(data: TaskData) -> int:
    """Return how many fresh samples would have a confirmation part like what verdicts left of it."""
    units = {unit_of(data.samples[at]) for at in data.split.confirmation}
    return round(len(units) / CONFIRMATION_SHARE)


def _examples(target: float, gap: float) -> int:
    """Return how many examples decide a gap: the dearer of the two sides that exist."""
    scores = [score for score in (target + gap, target - gap) if 0 < score < 1]
    if gap <= 0 or not scores:
        raise _undecidable(
            f"{gap:g} leads out of 0 to 1 on both sides of the target {target:g}", gap
        )
    needed = [examples_needed(target, score) for score in scores]
    possible = [count for count in needed if count is not None]
    if len(possible) < len(needed):
        raise _undecidable(
            f"no number of examples decides a gap of {gap:g} to the target {target:g}", gap
        )
    return max(possible)


def _undecidable(why: str, gap: float) -> SpecError:
    return SpecError(
        f"--gap: {why}.",
        next_step=f"Write {gap / 100:g}."
        if 1 <= gap < 100
        else "Give the distance from the target that matters to you, such as 0.05.",
    )


def _samples(n: int, distinct: int) -> str:
    copies = "" if n == distinct else f", {distinct} distinct"
    return f"{n} {'sample' if n == 1 else 'samples'}{copies}"


def _reach(reach: float, score: float | None) -> str:
    if reach >= 1:
        return (
            "A target of 1 can never be confirmed: any number of right answers leaves room for a "
            "wrong one. Set a margin, or a target below 1."
        )
    if score is None:
        return (
            f"Too few examples to count on a score of {reach:g} being confirmed: nearly every answer "
            "would have to be right."
        )
    return f"A candidate with a true score of {score:.3f} or more is likely to be confirmed."


def _justify(score: float | None, untested: Mapping[str, str]) -> list[str]:
    if score is None:
        return ["Too few examples to ever justify fine-tuning."]
    if untested:
        reasons = [f"  {name}: {reason}." for name, reason in untested.items()]
        return [impossible(untested), *reasons, what_to_write(untested)]
    return [
        f"If the best true score is {score:.3f} or less, fine-tuning is likely to be justified."
    ]
