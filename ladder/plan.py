"""`RunPlan`: what a run would cost, and what its data can decide at all. Nothing is called here."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pydantic import Field

from ladder.data.sample import Sample
from ladder.data.split import CONFIRMATION_SHARE, unit_of
from ladder.decision.candidate_labels import describe
from ladder.errors import SpecError
from ladder.frozen import Frozen
from ladder.levers import Lever
from ladder.levers.base import without_classifiers
from ladder.levers.prompt import prompt_name
from ladder.levers.untested import impossible, untested_levers, what_to_write
from ladder.measure.checks.before_calls import check_clusters
from ladder.measure.checks.classes import check_classes
from ladder.measure.checks.noise import SAMPLES
from ladder.measure.measurement import AnswerCost
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.models.endpoint.probe import MOST_CALLS
from ladder.search.foreseen_climb import foreseen_calls
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec
from ladder.statistics import examples_needed, smallest_gap
from ladder.statistics.sizes import ERROR_BUDGET, SPEND
from ladder.text import listed

SECONDS_A_CALL = 0.1
"""Measured on two CPU cores with a model of 135 M parameters; a guess for anything else."""

SECONDS_AT_SERVER = 0.5
"""A guess for a short answer of a server."""

FREE_PLACES = {1: 1.0, 8: 1.15, 1_000_000: 1.5}
"""By what a run takes longer than if no place were ever free, for up to so many calls at once."""

TOKENS_OF_A_JUDGE = 300
"""A guess at what a judge is asked beside the sample and the answer: how to decide, and the rubric."""

TOKENS_OF_A_REPLY = 40
"""A guess at a judge's reply: a sentence and a word."""

CHARACTERS_A_TOKEN = 4
TOKENS_A_PASSAGE = 60


class RunPlan(Frozen):
    """What a run would cost, and what its data can decide.

    Attributes:
        n, n_selection, n_confirmation: Samples, in all and by part.
        n_distinct: How many of them are evidence of their own: no copy, and of one cluster only one.
        target, reach: What the best is to be below, and what one is to be above: target minus margin.
        variants: For each lever, how many variants of the baseline it proposes.
        names: For each lever, what these are called.
        calls_at_most: The baseline and every variant on every sample, a judge's calls among them.
        calls_by_verdict: About how many calls a run takes, by the verdict that it ends in.
        calls_expected: The most of them: where nothing reaches the target.
        tokens_expected, minutes_expected, money_expected: For that many calls: from the length of
            the prompts and a guess at the model's speed, unless both were measured; money where
            every model has a price, in `currency`.
        at_once: Calls that run side by side.
        seconds_a_call: How long one takes.
        is_measured: Whether that and the tokens were measured, by some of the baseline's calls.
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
    target: float
    reach: float
    variants: dict[str, int]
    names: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    calls_at_most: int
    calls_by_verdict: dict[str, int] = Field(default_factory=dict)
    calls_expected: int
    tokens_expected: int
    minutes_expected: float
    money_expected: float | None = None
    currency: str = ""
    at_once: int = 1
    seconds_a_call: float = SECONDS_A_CALL
    is_measured: bool = False
    reached_from: float | None
    justified_to: float | None
    untested: dict[str, str] = Field(default_factory=dict)
    gap: float | None = None
    examples_for_gap: int | None = None
    notes: tuple[str, ...] = ()
    left: str = ""

    def _calls(self) -> str:
        known = self.calls_by_verdict
        by_verdict = (
            f": about {known['already_good']:,} where the baseline is good enough, "
            f"{known['use_lever']:,} where a lever helps, {known['fine_tune']:,} where nothing does"
            if known
            else ""
        )
        measured = "as measured" if self.is_measured else "a guess, as nothing was called"
        beside = f", {self.at_once} side by side" if self.at_once > 1 else ""
        return (
            f"At most {self.calls_at_most:,} calls{by_verdict}. {self.calls_expected:,} calls are "
            f"{self.tokens_expected:,} tokens and {self.minutes_expected:.1f} minutes if one takes "
            f"{self.seconds_a_call:.2g} s{beside}{self._money()}: {measured}."
        )

    def _money(self) -> str:
        known = self.money_expected
        return "" if known is None else f", and cost {known:,.2f} {self.currency}"

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
            self._calls(),
            _reach(self.reach, self.reached_from),
            *_justify(self.justified_to, self.untested),
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
    measured: AnswerCost | None = None,
) -> RunPlan:
    """Return the plan of a task.

    Args:
        data: The task with its samples.
        levers: In the order to climb.
        gap: Distance of the true score from the target that is to be decided.
        levels: At which "reached" and "below" would be tested next, as earlier tests left them.
        measured: What answers of the baseline cost on average, where some were asked for.
    """
    task, samples, split = data.task, data.samples, data.split
    baseline = task.baseline()
    proposals = {lever.name: lever.propose(task, baseline) for lever in levers}
    called = {name: without_classifiers(found) for name, found in proposals.items()}
    candidates = [baseline, *(each for found in called.values() for each in found)]
    distinct = len({unit_of(sample) for sample in samples})
    answer = _foreseen_answer(data, candidates, measured)
    answers = _answers_by_verdict(data, [len(found) for found in called.values()], distinct)
    expected = max(answers.values())
    at_once = task.model.concurrency * len(task.model.replicas) if task.model.is_endpoint else 1
    reach = task.target - task.margin
    power = distinct if not data.closed else _worth(data)
    above = smallest_gap(power, reach, alpha=levels[0])
    below = smallest_gap(power, task.target, direction="below", alpha=levels[1])
    return RunPlan(
        n=len(samples),
        n_distinct=distinct,
        n_selection=len(split.selection),
        n_confirmation=len(split.confirmation),
        target=task.target,
        reach=reach,
        variants={name: len(found) for name, found in proposals.items()},
        names={name: _names(task, found) for name, found in proposals.items() if found},
        calls_at_most=len(candidates) * len(samples) * answer.calls,
        calls_by_verdict={verdict: n * answer.calls for verdict, n in answers.items()},
        calls_expected=expected * answer.calls,
        tokens_expected=round(expected * answer.tokens),
        minutes_expected=_minutes(expected * answer.calls, answer.seconds, at_once),
        money_expected=None if answer.money is None else expected * answer.money,
        currency="" if answer.money is None else task.prices.currency,
        at_once=at_once,
        seconds_a_call=answer.seconds,
        is_measured=measured is not None,
        reached_from=None if above is None else reach + above,
        justified_to=None if below is None else task.target - below,
        untested=untested_levers(task, levers),
        gap=gap,
        examples_for_gap=None if gap is None else _examples(task.target, gap),
        notes=(
            *_of_judge(data),
            *(finding.problem for finding in check_clusters(samples)),
            *(finding.problem for finding in check_classes(data)),
        ),
    )


def _names(task: TaskSpec, proposals: Sequence[Candidate]) -> tuple[str, ...]:
    """Return what the candidates of a lever are called."""
    baseline = task.baseline()
    return tuple(
        describe(baseline, each, prompt=prompt_name(task, each.prompt)) for each in proposals
    )


class ForeseenAnswer(NamedTuple):
    """What one answer of a run takes on average: its own call, and those of its judge.

    Attributes:
        calls: How many.
        tokens: Of all of them.
        seconds: Of one of them.
        money: For all of them; None where a model has no price.
    """

    calls: int
    tokens: float
    seconds: float
    money: float | None


def _foreseen_answer(
    data: TaskData, candidates: Sequence[Candidate], measured: AnswerCost | None
) -> ForeseenAnswer:
    task, judge = data.task, data.task.metric.judge
    judge_calls = task.metric.judge_calls
    tokens = [_tokens_a_call(each, data.samples, measured) for each in candidates]
    if measured is not None and measured.prompt_tokens:
        share = measured.prompt_tokens / max(tokens[0][0], 1)
        tokens = [(prompt * share, answer) for prompt, answer in tokens]
    paid = [
        task.prices.of(each.model.id, prompt_tokens=prompt, answer_tokens=answer)
        for each, (prompt, answer) in zip(candidates, tokens, strict=True)
    ]
    mean = sum(map(sum, tokens)) / len(tokens)
    asked, said = judge_calls * (mean + TOKENS_OF_A_JUDGE), judge_calls * TOKENS_OF_A_REPLY
    if measured is not None and measured.judge_tokens:
        asked = max(measured.judge_tokens - said, 0.0)
    of_judge = task.prices.of(judge.id, prompt_tokens=asked, answer_tokens=said) if judge else 0.0
    known = [each for each in paid if each is not None]
    is_priced = len(known) == len(paid) and of_judge is not None
    guess = SECONDS_AT_SERVER if task.model.is_endpoint else SECONDS_A_CALL
    seconds = guess
    if measured is not None:
        seconds = (measured.seconds + measured.judge_seconds) / (1 + judge_calls)
    return ForeseenAnswer(
        calls=1 + judge_calls,
        tokens=mean + asked + said,
        seconds=seconds,
        money=sum(known) / len(known) + (of_judge or 0.0) if is_priced else None,
    )


def _answers_by_verdict(data: TaskData, variants: Sequence[int], distinct: int) -> dict[str, int]:
    """Return how many answers are asked for by verdict: by the climb, and before it."""
    task = data.task
    before = min(SAMPLES, len(data.split.selection)) * (1 + (task.generation.temperature > 0))
    before += MOST_CALLS if task.model.is_endpoint else 0
    climbs = foreseen_calls(variants, distinct, min(task.target - task.margin, 0.999))
    return {verdict: calls + before for verdict, calls in climbs.items()}


def _of_judge(data: TaskData) -> list[str]:
    """Return which of the plan's calls a judge is asked; nothing where none scores."""
    spec = data.task.metric
    if spec.judge is None:
        return []
    of_calls = "Two of three of these calls ask" if spec.pairwise else "Half of these calls ask"
    return [f"{of_calls} the judge {spec.judge.id}."]


def _minutes(calls: int, seconds: float, at_once: int) -> float:
    """Return how long calls take of which so many run side by side.

    >>> _minutes(600, 0.5, 1), _minutes(600, 0.5, 10)
    (5.0, 0.75)
    """
    longer = next(factor for most, factor in FREE_PLACES.items() if at_once <= most)
    return calls * seconds / at_once * longer / 60


def _worth(data: TaskData) -> int:
    """Return how many fresh samples would have a confirmation part like what verdicts left of it."""
    units = {unit_of(data.samples[at]) for at in data.split.confirmation}
    return round(len(units) / CONFIRMATION_SHARE)


def _tokens_a_call(
    candidate: Candidate, samples: Sequence[Sample], measured: AnswerCost | None
) -> tuple[float, float]:
    """Return about how many tokens prompt and answer of one call take.

    The answer counts at its full length, unless those of the baseline were measured.
    """
    some = samples[:50]
    written = sum(
        len(message.text)
        for sample in some
        for message in write_request(candidate, PromptMaterial(sample)).messages
    )
    question = written / max(len(some), 1) / CHARACTERS_A_TOKEN
    context = candidate.retrieval.top_k * TOKENS_A_PASSAGE if candidate.retrieval else 0
    shots = candidate.examples.shots if candidate.examples else 0
    limit = candidate.decoding.max_new_tokens
    answer = limit if measured is None else min(measured.completion_tokens, limit)
    return (1 + shots) * (question + context), answer


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
