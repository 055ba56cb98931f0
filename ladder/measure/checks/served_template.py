"""What a server shows of its chat template, looked at by the chat rules: lever 1 before any repair."""

from collections.abc import Iterator, Sequence

from ladder.chat import check_context
from ladder.finding import Finding
from ladder.measure.template_situation import situation_shown
from ladder.measure.workbench import Workbench
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.text import joined

_TO_REPAIR = "Lever 1 can measure what a repair is worth once model.tokenizer names what is served."


def check_served_template(bench: Workbench) -> list[Finding]:
    """Return what is wrong with the template that the task's server shows; nothing is asked.

    The rules are held against a prompt that the server itself wrote: what it mends before it fills
    in a template, such as a system message without a place, is no fault of its prompts.
    """
    baseline = bench.task.baseline()
    seen = bench.abilities_of(baseline)
    if seen is None or baseline.model.tokenizer is not None:
        return []
    findings = [*_lost(seen)]
    if seen.shown_difference:
        return [*findings, _written_otherwise(seen)]
    if not seen.shown_template:
        return findings
    situation = situation_shown(
        bench.task, baseline, bench.data.selected, template=seen.shown_template
    )
    return [*findings, *map(_at_the_server, check_context(situation))]


def told_by_lever(bench: Workbench, findings: Sequence[Finding]) -> str:
    """Return in a clause what `check_served_template` saw; empty where the server shows nothing."""
    seen = bench.abilities_of(bench.task.baseline())
    if seen is None or bench.task.model.tokenizer is not None:
        return ""
    grave = [each.code for each in findings if each.severity != "info"]
    if grave:
        return f"what it shows has {joined(grave)}"
    if seen.shown_difference:
        return "its prompts are not those of the template that it shows (N13)"
    if seen.shown_template:
        return "the rules find no fault in the one that it shows"
    is_shown = seen.shows_prompts or seen.shows_tokens
    return "the prompt that it shows holds all messages" if is_shown else ""


def _lost(seen: EndpointAbilities) -> Iterator[Finding]:
    if not seen.lost_messages:
        return
    lost = joined([f"the {role} message" for role in seen.lost_messages])
    is_system = seen.lost_messages == ("system",)
    step = "Set chat.fold_system: true, which puts it before the first user text. "
    yield Finding(
        code="N12 served-prompt-loses-messages",
        severity="error",
        problem=f"The server's template drops {lost}: the prompt that it shows does not hold "
        "all of its text.",
        evidence=f"shown by {seen.server or 'the server'} for a sample of the task",
        next_step=f"{step if is_system else ''}{_TO_REPAIR}",
    )


def _written_otherwise(seen: EndpointAbilities) -> Finding:
    return Finding(
        code="N13 shown-template-not-served",
        severity="info",
        problem="The server's prompts are not what the template that it shows would write alone, so "
        "the rules for templates say nothing of it here.",
        evidence=seen.shown_difference,
        next_step=_TO_REPAIR,
    )


def _at_the_server(finding: Finding) -> Finding:
    step = finding.next_step
    return finding.replace(
        evidence=f"in the template that the server shows: {finding.evidence}",
        next_step=step if finding.severity == "info" else f"{step} {_TO_REPAIR}",
    )
