"""Checks of the baseline's answers before any lever is tried: cut short, not read, or noisy."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence

from ladder.activity import activity
from ladder.chat import check_context
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.measure.answer_faults import FEWEST, MOST, NEARLY_ALL, share_of_same
from ladder.measure.checks.noise import check_noise
from ladder.measure.checks.unread_answers import (
    WORTH_SAYING,
    first_quoted,
    share_of,
    unread_answers,
)
from ladder.measure.constraint_breaches import breaches_of
from ladder.measure.measurement import Scored
from ladder.measure.read_answer import asked
from ladder.measure.workbench import Workbench
from ladder.models.base import Generator, KnowsWeights, NotesFindings
from ladder.scoring import Metric
from ladder.scoring.calls.read_calls import read_calls
from ladder.scoring.calls.tool_defaults import names_of
from ladder.scoring.judge.judge_metric import BY_ORDER
from ladder.scoring.tool_calls import ToolCalls
from ladder.spec.candidate import Candidate
from ladder.spec.task import ErrorPolicy
from ladder.templates.describe import template_context
from ladder.text import capital, listed

_ENOUGH_TO_THINK = 4096
"""New tokens that are enough for most thoughts; four times a limit for short answers is not."""


def check_answers(bench: Workbench, baseline: Candidate, positions: Sequence[int]) -> list[Finding]:
    """Return what is to be known about the baseline's answers on the selection part.

    Answers that were cut come first: a cut answer also looks like one that is not read, and like
    one that is wrong.
    """
    rows = bench.measure(baseline, positions).rows
    targets = [bench.samples[at].targets for at in positions]
    findings = [
        *_cut(rows, baseline.decoding.max_new_tokens),
        *_failed(rows, bench.task.errors),
        *_empty(rows),
        *_broken(baseline, rows),
        *_all_equal(rows, targets),
        *_unscored(rows, bench.metric),
        *_by_order(rows),
        *unread_answers(rows, targets, bench),
        *unknown_tools(rows, [bench.samples[at] for at in positions], bench.metric),
        *_untrained(bench, baseline, positions),
        *noted(bench.generator(baseline)),
    ]
    return [*findings, check_noise(bench, baseline, positions)]


def noted(generator: Generator) -> tuple[Finding, ...]:
    """Return what the generator itself noticed: a setting that its server does not honour."""
    return generator.findings() if isinstance(generator, NotesFindings) else ()


def _untrained(bench: Workbench, baseline: Candidate, positions: Sequence[int]) -> list[Finding]:
    """Return rule K09 of the chat rules: only here are the weights loaded."""
    generator = bench.generator(baseline)
    if not isinstance(generator, KnowsWeights):
        return []
    messages = [request.messages for request in bench.requests(baseline, positions[:1])]
    situation = template_context(bench.task, baseline, messages)
    if situation is None or situation.tokenizer is None:
        return []
    with activity("looking for tokens that the weights never learned"):
        ids = generator.untrained_ids(situation.tokenizer.added_tokens.values())
    findings = check_context(dataclasses.replace(situation, untrained_ids=ids))
    return [finding for finding in findings if finding.code.startswith("K09")]


def _cut(rows: Sequence[Scored], max_new_tokens: int) -> Iterator[Finding]:
    cut = [row for row in rows if row.answer.finish_reason == "length"]
    if len(cut) <= WORTH_SAYING * len(rows):
        return
    thinks = sum(map(_ends_in_thought, cut)) > len(cut) / 2
    more = max(4 * max_new_tokens, _ENOUGH_TO_THINK if thinks else 0)
    otherwise = (
        "let the model think less: chat.template_arguments: {enable_thinking: false}, or at a service "
        "model.extra_body: {reasoning_effort: low}."
        if thinks
        else f"keep {max_new_tokens} if a short answer is the task."
    )
    yield Finding(
        code="Q01 answers-cut",
        severity="warning",
        problem=f"{share_of(cut, rows)} of the baseline's answers are cut at {max_new_tokens} tokens, "
        + (
            "most within the model's thoughts."
            if thinks
            else "perhaps before the answer stands there."
        ),
        evidence=first_quoted(cut),
        next_step=f"Write generation.max_new_tokens: {more} in the task, or {otherwise}",
    )


def _ends_in_thought(row: Scored) -> bool:
    """Return whether a model that thinks first was cut before its answer began.

    Services that hide thoughts give an empty text then, where other models give at least a blank.
    """
    said = row.answer.text
    return not row.text.strip() and (bool(row.answer.thoughts or said.strip()) or not said)


def _failed(rows: Sequence[Scored], policy: ErrorPolicy) -> Iterator[Finding]:
    failed = [row for row in rows if row.answer.error is not None]
    if not failed:
        return
    yield Finding(
        code="Q02 calls-failed",
        severity="warning",
        problem=f"{share_of(failed, rows)} of the baseline's calls failed and "
        f"{'have no score' if policy == 'inconclusive' else 'score 0'}.",
        evidence=f"{failed[0].sample_id}: {failed[0].answer.error}",
        next_step="See to the cause; the same command asks for these answers again.",
    )


def _empty(rows: Sequence[Scored]) -> Iterator[Finding]:
    answered = [row for row in rows if row.answer.error is None]
    empty = [row for row in answered if not row.text.strip()]
    if not empty or len(empty) <= WORTH_SAYING * len(answered):
        return
    yield Finding(
        code="Q05 answers-empty",
        severity="warning",
        problem=f"{len(empty)} of {len(answered)} answers are empty.",
        evidence=", ".join(row.sample_id for row in empty[:8]),
        next_step="An empty answer rarely means that the model cannot do the task: look at one "
        f"with `ladder show RUN {empty[0].sample_id}`. Check the template, generation.stop_strings, in "
        "completion mode with worked examples levers.few_shot.ends_answers: false, and, where a model "
        "thinks first, max_new_tokens and what the server makes of its thoughts.",
    )


def _broken(baseline: Candidate, rows: Sequence[Scored]) -> Iterator[Finding]:
    found = breaches_of(baseline, rows)
    if found is None or not found.broken:
        return
    yield Finding(
        code="Q14 constraint-broken",
        severity="warning",
        problem=f"{capital(found.words)}.",
        next_step="Raise generation.max_new_tokens."
        if found.cut == found.broken
        else "Ask a server that keeps a field for it (docs/endpoints.md), run the model here, or "
        "leave generation.constraint out.",
    )


def _unscored(rows: Sequence[Scored], metric: Metric) -> Iterator[Finding]:
    """Yield that answers have no score, each with its sample: one alone is a fault of the metric."""
    found = [row for row in rows if row.unscored]
    if not found:
        return
    yield Finding(
        code="Q10 answers-unscored",
        severity="warning",
        problem=f"{share_of(found, rows)} of the baseline's answers could not be scored by "
        f"{metric.name}. What they are worth is unknown: they count as wrong for `reaches the "
        "target` and as right for `below the target`.",
        evidence=listed([f"{row.sample_id}: {row.unscored}" for row in found]),
        next_step="See to the metric; the same command reads the stored answers again, and asks "
        "the model for none.",
    )


def _by_order(rows: Sequence[Scored]) -> Iterator[Finding]:
    """Yield that a judge changes its mind when an answer and its target change places."""
    judged = [row for row in rows if row.replies]
    found = [row for row in judged if row.unscored.startswith(BY_ORDER)]
    if len(found) <= WORTH_SAYING * len(judged):
        return
    yield Finding(
        code="Q12 judge-goes-by-order",
        severity="warning",
        problem=f"The judge prefers {share_of(found, judged)} of the answers, or their target, by "
        "the order in which the two stand. The scores of these answers are unknown.",
        evidence=listed([f"{row.sample_id}: {row.unscored}" for row in found]),
        next_step="Take a stronger judge, or write metric.pairwise: false.",
    )


def _all_equal(rows: Sequence[Scored], targets: Sequence[Sequence[str]]) -> Iterator[Finding]:
    if len(rows) < FEWEST or share_of_same(rows, targets) < NEARLY_ALL:
        return
    if sum(row.answer.finish_reason == "length" for row in rows) > MOST * len(rows):
        return  # answers that begin alike and are cut are told as what they are: cut
    if sum(row.score for row in rows) > MOST * len(rows):
        return  # most samples are of one class, and the answers name it
    (text, count), *_ = Counter(row.text.strip() for row in rows).most_common()
    yield Finding(
        code="Q07 answers-all-equal",
        severity="warning",
        problem=f"{count} of {len(rows)} answers are {text[:60]!r}, while the targets differ: "
        "most likely a fault of the prompt, template or reading, not of the model.",
        evidence=first_quoted(rows),
        next_step=f"Look at two prompts with `ladder show RUN {rows[0].sample_id}` and `ladder "
        f"show RUN {rows[-1].sample_id}`: the text of the sample must stand in them, as "
        "{{ input }} or another column puts it there.",
    )


def constant_answer(
    rows: Sequence[Scored], targets: Sequence[Sequence[str]], *, label: str
) -> list[Finding]:
    """Return that the candidate a verdict is about says the same whatever it is asked.

    It is right as often as its answer is: a score that reaches a target without reading a row.
    """
    if len(rows) < FEWEST or share_of_same(rows, targets) < NEARLY_ALL:
        return []
    (text, count), *_ = Counter(row.text.strip() for row in rows).most_common()
    score = sum(row.score for row in rows) / len(rows)
    return [
        Finding(
            code="Q17 best-answer-constant",
            severity="warning",
            problem=f"{label} gives {text[:60]!r} as {count} of {len(rows)} answers: its score of "
            f"{score:.2f} is the share of rows for which that is right, whatever they ask.",
            evidence=first_quoted(rows),
            next_step="Give each label a target of its own (metric.at_least), set the target above that "
            "share, or add rows with other answers.",
        )
    ]


def unknown_tools(
    rows: Sequence[Scored], samples: Sequence[Sample], metric: Metric
) -> Iterator[Finding]:
    """Yield Q13 where the baseline's answers call tools that stand in no schema of their row."""
    if not isinstance(metric, ToolCalls):
        return
    found: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row, sample in zip(rows, samples, strict=True):
        offered = names_of(asked(sample).tools)
        for call in read_calls(row.text).calls if offered else ():
            if call.name not in offered:
                found[call.name] += 1
                first.setdefault(call.name, row.sample_id)
    if not found:
        return
    names = [f"{name} ({count}, first in {first[name]})" for name, count in found.most_common()]
    yield Finding(
        code="Q13 tool-not-offered",
        severity="warning",
        problem=f"{sum(found.values())} calls are of tools that their rows do not offer; they "
        "count as wrong.",
        evidence=listed(names),
        next_step="Look at one with `ladder show`: a tool of that name may be missing in the "
        "row's tools, or the prompt may name others.",
    )
