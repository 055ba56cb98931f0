"""Checks of the baseline's answers before any lever is tried: cut short, not read, or noisy."""

import dataclasses
from collections.abc import Sequence

from ladder.chat import check_context
from ladder.finding import Finding
from ladder.measure.checks.noise import check_noise
from ladder.measure.faults import is_readable
from ladder.measure.measurement import Scored
from ladder.measure.workbench import Workbench
from ladder.models.base import KnowsWeights
from ladder.spec.candidate import Candidate
from ladder.spec.task import ErrorPolicy
from ladder.templates.describe import template_context

WORTH_SAYING = 0.05


def check_answers(bench: Workbench, baseline: Candidate, positions: Sequence[int]) -> list[Finding]:
    """Return what is to be known about the baseline's answers on the selection part.

    Answers that were cut come first: a cut answer also looks like one that is not read, and like
    one that is wrong.
    """
    rows = bench.measure(baseline, positions).rows
    unreadable = [row for row in rows if not is_readable(bench.metric, row.text)]
    findings = [
        *_cut(rows, baseline.decoding.max_new_tokens),
        *_failed(rows, bench.task.errors),
        *_empty(rows),
        *_unreadable(unreadable, rows),
        *_not_read(rows),
        *_untrained(bench, baseline, positions),
    ]
    return [*findings, check_noise(bench, baseline, positions)]


def _untrained(bench: Workbench, baseline: Candidate, positions: Sequence[int]) -> list[Finding]:
    """Return rule K09 of the chat rules: only here are the weights loaded."""
    generator = bench.generator(baseline)
    if not isinstance(generator, KnowsWeights):
        return []
    messages = [request.messages for request in bench.requests(baseline, positions[:1])]
    situation = template_context(bench.task, baseline, messages)
    if situation is None or situation.tokenizer is None:
        return []
    ids = generator.untrained_ids(situation.tokenizer.added_tokens.values())
    findings = check_context(dataclasses.replace(situation, untrained_ids=ids))
    return [finding for finding in findings if finding.code.startswith("K09")]


def _cut(rows: Sequence[Scored], max_new_tokens: int) -> list[Finding]:
    cut = [row for row in rows if row.answer.finish_reason == "length"]
    if len(cut) <= WORTH_SAYING * len(rows):
        return []
    return [
        Finding(
            code="Q01 answers-cut",
            severity="warning",
            problem=f"{_share(cut, rows)} of the baseline's answers are cut at "
            f"{max_new_tokens} tokens, perhaps before the answer stands there.",
            evidence=_quote(cut),
            next_step="Raise generation.max_new_tokens, or keep it if a short answer is the task.",
        )
    ]


def _failed(rows: Sequence[Scored], policy: ErrorPolicy) -> list[Finding]:
    failed = [row for row in rows if row.answer.error is not None]
    if not failed:
        return []
    return [
        Finding(
            code="Q02 calls-failed",
            severity="warning",
            problem=f"{_share(failed, rows)} of the baseline's calls failed and "
            f"{'have no score' if policy == 'inconclusive' else 'score 0'}.",
            evidence=f"{failed[0].sample_id}: {failed[0].answer.error}",
            next_step="See to the cause; the same command asks for these answers again.",
        )
    ]


def _empty(rows: Sequence[Scored]) -> list[Finding]:
    answered = [row for row in rows if row.answer.error is None]
    empty = [row for row in answered if not row.text.strip()]
    if not empty or len(empty) <= WORTH_SAYING * len(answered):
        return []
    return [
        Finding(
            code="Q05 answers-empty",
            severity="warning",
            problem=f"{len(empty)} of {len(answered)} answers are empty.",
            evidence=", ".join(row.sample_id for row in empty[:8]),
            next_step="An empty answer is rarely what a model cannot do: look at one with "
            "`ladder show`. Check the template, generation.stop_strings, and, where a model "
            "thinks first, max_new_tokens and what the server makes of its thoughts.",
        )
    ]


def _unreadable(unreadable: Sequence[Scored], rows: Sequence[Scored]) -> list[Finding]:
    if len(unreadable) <= WORTH_SAYING * len(rows):
        return []
    return [
        Finding(
            code="Q06 answers-unreadable",
            severity="warning",
            problem=f"{_share(unreadable, rows)} of the baseline's answers cannot be read: they "
            "hold no single answer that the metric knows, and score 0. That is a fault of "
            "extraction or of the prompt, before it is one of the model.",
            evidence=_quote(unreadable),
            next_step="Look at these answers; ask for the answer alone in the prompt, or say where "
            "it stands with metric.reading: pattern.",
        )
    ]


def _not_read(rows: Sequence[Scored]) -> list[Finding]:
    unseen = [row for row in rows if row.lenient > row.score]
    if len(unseen) <= WORTH_SAYING * len(rows):
        return []
    strict = sum(row.score for row in rows) / len(rows)
    lenient = sum(row.lenient for row in rows) / len(rows)
    return [
        Finding(
            code="Q03 answers-not-read",
            severity="warning",
            problem="The model answers right and the parser does not see it: "
            f"{_share(unseen, rows)} of the answers hold the target, and the metric says no "
            f"({strict:.2f} as read, {lenient:.2f} where the target may stand anywhere).",
            evidence=_quote(unseen),
            next_step="If such answers are good enough, set metric.reading to lenient or a "
            "pattern; else let the levers teach the format.",
        )
    ]


def _share(part: Sequence[Scored], rows: Sequence[Scored]) -> str:
    return f"{100 * len(part) / len(rows):.0f} % ({len(part)} of {len(rows)})"


def _quote(rows: Sequence[Scored]) -> str:
    return "\n".join(f"{row.sample_id}: {row.answer.text[:200]!r}" for row in rows[:3])
