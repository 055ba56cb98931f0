"""What a policy objects to in a record: its question, its data, its levers, its verdict."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from ladder.errors import EvidenceRefusedError
from ladder.gate.policy import Effort, Policy, Range
from ladder.gate.statement import ALWAYS, EvidenceRecord, TriedLever, VerdictPredicate
from ladder.spec.lever_keys import keys_for_more, keys_to_write
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.version import version_numbers

_HOME = "in ladder-policy.yaml"
_QUESTIONS = {"train": "whether to train", "retire": "whether a fine-tune can be retired"}
_FOR_ANY_TASK = ("prompt", "decoding", "few_shot")
"""Levers that have something to try whatever the task is about."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a record does not open the gate.

    `kind` is `lever` where a cheaper candidate suffices (exit code 1), `open` where nothing is
    shown or too little was tried (3), and `policy` where the policy lets no such record count (5).
    A waiver lifts the first two. `rule` is the verdict, the policy's field or the lever.
    """

    kind: Literal["lever", "open", "policy"]
    rule: str
    problem: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class AskedOfRun:
    """What a run is asked, as far as a policy judges it.

    Attributes:
        metric, reading: How answers become scores.
        n: Samples of the eval data.
        target: The score to reach; None where candidates are held against a reference.
        at_least: The scores to reach on the samples of single classes.
        version: Of ladder, which makes the run.
    """

    metric: str
    reading: str
    n: int
    target: float | None
    at_least: Mapping[str, float]
    version: str


_against = partial(Objection, "policy")
_open = partial(Objection, "open")


def check_policy(record: EvidenceRecord, policy: Policy, where: str) -> None:
    """Raise EvidenceRefusedError where the policy does not let this record count, whatever its verdict."""
    predicate = record.predicate
    named = {each.name for each in record.subject}
    if missing := [name for name in ALWAYS if name not in named]:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH",
            f"{where} does not name {', '.join(missing)}.",
            next_step="Write the record again: ladder record write RUN",
        )
    eval_data = next(each.digests for each in record.subject if each.name == "eval_data")
    if {eval_data.sha256, eval_data.text_sha256} & set(policy.revoked.eval_data):
        raise EvidenceRefusedError(
            "REVOKED",
            f"the eval data of {where} were withdrawn by the policy.",
            next_step="Take other eval data, then: ladder run SPEC",
        )
    _refuse_first((*against(predicate, policy), *_without_ledger(predicate)), where)
    if policy.code is not None and record.sha256_of("code") not in policy.code:
        raise EvidenceRefusedError(
            "AGAINST_POLICY",
            f"{where} was made by a ladder whose code the policy does not list.",
            next_step="Make the run with a ladder that `code` in ladder-policy.yaml lists.",
        )


def check_reference(record: EvidenceRecord, policy: Policy, where: str) -> None:
    """Raise EvidenceRefusedError where a record answers another question than the policy asks.

    Whoever reads exit code 1 as "the fine-tune can go" must not act on a margin or a reference that
    the policy does not accept.
    """
    _refuse_first(_of_reference(record.predicate, policy), where)


def _refuse_first(found: Iterable[Objection], where: str) -> None:
    for each in found:
        raise EvidenceRefusedError(
            "AGAINST_POLICY", f"{each.problem} ({where}).", next_step=each.next_step
        )


def objections(predicate: VerdictPredicate, policy: Policy) -> list[Objection]:
    """Return why the gate stays shut for a record that counts; empty if it opens."""
    if predicate.verdict != "fine_tune":
        kind: Literal["lever", "open"] = "open" if predicate.verdict == "inconclusive" else "lever"
        return [Objection(kind, predicate.verdict, predicate.sentence)]
    found = too_little(predicate.levers, policy, faults=predicate.template_faults)
    return [*found, *_of_question(predicate, policy)]


def against(predicate: VerdictPredicate, policy: Policy) -> Iterator[Objection]:
    """Yield why a policy does not let a run of this question count, whatever it showed."""
    asked = AskedOfRun(
        metric=predicate.metric,
        reading=predicate.reading,
        n=predicate.n,
        target=predicate.target,
        at_least=predicate.at_least,
        version=predicate.ladder.version,
    )
    yield from against_question(policy, asked)
    yield from _without_labels(predicate, policy)
    yield from _of_reference(predicate, policy)
    looks = predicate.looks
    if max(looks.reached_budget, looks.justified_budget) > 0.05:
        yield _against(
            "looks",
            "the record allows itself a larger error budget than 5 %",
            "Write the record again: ladder record write RUN",
        )


def _of_reference(predicate: VerdictPredicate, policy: Policy) -> Iterator[Objection]:
    """Yield what the policy does not accept of what candidates were held against."""
    relative = predicate.relative
    question = "train" if relative is None else relative.question
    if question != policy.question:
        yield _against(
            "question",
            f"the record asks {_QUESTIONS[question]}; the policy asks {_QUESTIONS[policy.question]}",
            f"Show a record of a run with question: {policy.question}, or another policy: "
            f"question: {question} {_HOME}.",
        )
    if relative is None:
        return
    if relative.margin > policy.most_margin:
        yield _against(
            "most_margin",
            f"a candidate may be worse than {relative.name} by {relative.margin:g}; the policy allows "
            f"{policy.most_margin:g}",
            f"Lower target.margin in the task, or raise `most_margin` {_HOME}.",
        )
    if policy.references is not None and relative.identity not in policy.references:
        yield _against(
            "references",
            f"the reference {relative.name} ({relative.identity[:12]}) is none that the policy lists",
            f"Hold candidates against one of these, or add its digest to `references` {_HOME}.",
        )


def _without_labels(predicate: VerdictPredicate, policy: Policy) -> Iterator[Objection]:
    judged = predicate.judged
    is_unshown = judged is not None and judged.people != "below"
    if policy.labels == "required" and predicate.verdict == "fine_tune" and is_unshown:
        yield _against(
            "labels",
            "a judge scored the answers, and people's labels do not show the best candidate to be below "
            "the target",
            f"Label the answers: ladder label RUN. Or write labels: optional {_HOME}.",
        )


def against_question(policy: Policy, asked: AskedOfRun) -> Iterator[Objection]:
    """Yield what of a question the policy does not accept, each with the line that asks for it."""
    if version_numbers(asked.version) < version_numbers(policy.least_version):
        yield _against(
            "least_version",
            f"ladder {asked.version} made the record; the policy asks for {policy.least_version} or newer",
            "Make the run with a newer ladder.",
        )
    yield from _of_metric(policy, asked)
    if asked.n < policy.least_n:
        yield _against(
            "least_n",
            f"the eval data have {asked.n} samples; the policy asks for {policy.least_n}",
            f"Add {policy.least_n - asked.n} samples to the eval data, or lower `least_n` {_HOME}.",
        )
    yield from _of_target(policy, asked)


def _of_metric(policy: Policy, asked: AskedOfRun) -> Iterator[Objection]:
    metric, reading = asked.metric, asked.reading
    if policy.metrics is None and ":" in metric:
        yield _against(
            "metrics",
            f"the metric {metric} is code, and the policy names no metrics",
            f'Name it {_HOME}: metrics: ["{metric}"].',
        )
    if policy.metrics is not None and metric not in policy.metrics:
        yield _against(
            "metrics",
            f"the metric {metric} is none of {', '.join(policy.metrics)}",
            f'Set one of these in the task\'s metric, or add "{metric}" to `metrics` {_HOME}.',
        )
    if policy.readings is not None and reading not in policy.readings:
        yield _against(
            "readings",
            f"the reading {reading} is none of {', '.join(policy.readings)}",
            f"Set one of these in metric.reading, or add {reading} to `readings` {_HOME}.",
        )


def _of_target(policy: Policy, asked: AskedOfRun) -> Iterator[Objection]:
    target = asked.target
    low, high = policy.target.at_least, policy.target.at_most
    if target is None and policy.target != Range():
        yield _against(
            "target",
            f"the target is a reference, and the policy asks for a score within {low:g} and {high:g}",
            f"Set a score between them as target, or leave `target` out {_HOME}.",
        )
    if target is not None and not low <= target <= high:
        yield _against(
            "target",
            f"the target {target:g} is not within {low:g} and {high:g}",
            f"Set a target between them in the task, or widen `target` {_HOME}.",
        )
    # A class that must reach what nothing reaches would justify any training.
    for label, share in asked.at_least.items():
        if share > high:
            yield _against(
                "target",
                f"the target {share:g} of the class {label} is above {high:g}",
                f"Lower it in the task's metric.at_least, or widen `target` {_HOME}.",
            )


def _without_ledger(predicate: VerdictPredicate) -> Iterator[Objection]:
    if predicate.looks.file_sha256 is None and predicate.verdict == "fine_tune":
        yield _against(
            "looks",
            "the record names no file of confirmation tests, and without one their error budget "
            "counts as used up",
            "Restore that file beside the eval data, then: ladder record write RUN",
        )


def _of_question(predicate: VerdictPredicate, policy: Policy) -> Iterator[Objection]:
    if predicate.baseline_cut > policy.most_cut:
        yield _open(
            "most_cut",
            f"{predicate.baseline_cut:.0%} of the baseline's answers were cut by max_new_tokens, and more "
            f"text could have made them right; the policy accepts {policy.most_cut:.0%}",
            f"Raise generation.max_new_tokens and run again, or raise `most_cut` {_HOME}.",
        )
    if predicate.confirmation is None:
        yield _open("confirmation", "the verdict rests on no confirmed score", "ladder run SPEC")


def too_little(
    levers: Sequence[TriedLever], policy: Policy, *, faults: Sequence[str] = ()
) -> list[Objection]:
    """Return what a policy finds too little of what was tried, each with what would be enough.

    Args:
        levers: What was tried of each.
        policy: What is asked.
        faults: What is wrong with the baseline's own chat template.
    """
    tried = {each.lever: each for each in levers}
    found: list[Objection] = []
    for name in LEVER_NAMES:
        if name in tried:
            found += _of_lever(tried[name], getattr(policy.levers, name), faults)
        else:
            missing = f"{name} stands nowhere in the record"
            found.append(_open(name, missing, "ladder run SPEC"))
    return [*found, *_in_all(levers, policy)]


def _in_all(levers: Sequence[TriedLever], policy: Policy) -> Iterator[Objection]:
    had = [each.lever for each in levers if _had_a_chance(each)]
    others = [name for name in _FOR_ANY_TASK if name not in had]
    others = others or [name for name in LEVER_NAMES if name not in had]
    if len(had) < policy.least_levers:
        yield _open(
            "least_levers",
            f"{len(had)} of the 7 levers had a chance; the policy asks for {policy.least_levers}",
            f"Give another lever something to try ({keys_for_more(others)}), or lower `least_levers` "
            f"{_HOME}.",
        )
    configurations = 1 + sum(len(each.variants) for each in levers)
    if configurations < policy.least_configurations:
        yield _open(
            "least_configurations",
            f"{configurations} configuration{' was' if configurations == 1 else 's were'} tried, the "
            f"baseline among them, combinations of levers apart; the policy asks for "
            f"{policy.least_configurations}",
            f"Give the levers more to try ({keys_for_more(_FOR_ANY_TASK)}), or lower "
            f"`least_configurations` {_HOME}.",
        )


def _had_a_chance(lever: TriedLever) -> bool:
    """Return whether something of a lever was tried; a template was, that was found sound."""
    is_sound = lever.lever == "template" and lever.status == "nothing_to_try"
    return bool(lever.variants) or lever.status == "ceiling" or is_sound


def _of_lever(lever: TriedLever, effort: Effort, faults: Sequence[str]) -> Iterator[Objection]:
    if lever.status in ("untested", "error"):
        yield _open(
            lever.lever,
            f"{lever.lever} was not tested: {lever.reason}",
            f"Write {keys_to_write([lever.lever])} (with the reason), then: ladder run SPEC",
        )
    elif lever.status == "not_applicable":
        yield from _of_declared(lever, effort, faults)
    elif lever.status != "ceiling":
        yield from _of_tried(lever, effort)


def _of_declared(lever: TriedLever, effort: Effort, faults: Sequence[str]) -> Iterator[Objection]:
    name, accepted = lever.lever, effort.not_applicable
    is_listed = isinstance(accepted, tuple) and lever.reason in accepted
    if accepted != "any" and not is_listed:
        reason = json.dumps([lever.reason], ensure_ascii=False)
        yield _open(
            name,
            f"{name} was declared not applicable ({lever.reason!r}), which the policy refuses",
            f"Take levers.{name}.not_applicable out of the task, so that it is tried "
            f"({keys_for_more([name])}), or accept the reason {_HOME}: "
            f"levers: {{{name}: {{not_applicable: {reason}}}}}.",
        )
    elif name == "template" and faults:
        yield _open(
            name,
            f"template was declared not applicable, but it is faulty: {faults[0]}",
            "Take levers.template.not_applicable out of the task, so that its repairs are tried.",
        )


def _of_tried(lever: TriedLever, effort: Effort) -> Iterator[Objection]:
    name = lever.lever
    n = len(lever.variants)
    if n < effort.least_variants:
        candidates = f"{n} candidate{'s' * (n != 1)}"
        yield _open(
            name,
            f"{name} tried {candidates}; the policy asks for {effort.least_variants}",
            f"Give it more to try ({keys_for_more([name])}), or lower `levers: {{{name}: "
            f"{{least_variants: {effort.least_variants}}}}}` {_HOME}.",
        )
    if lever.recall is not None and lever.recall < effort.least_recall:
        yield _open(
            name,
            f"{name} found the target for {lever.recall:.0%} of the samples; the policy asks "
            f"for {effort.least_recall:.0%}",
            f"Give it passages that hold the answers ({keys_for_more([name])}), or lower "
            f"`levers: {{{name}: {{least_recall: {effort.least_recall:g}}}}}` {_HOME}.",
        )
