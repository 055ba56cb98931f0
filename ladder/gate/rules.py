"""What a policy objects to in a record: its question, its data, its levers, its verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ladder.errors import EvidenceRefusedError, Refusal
from ladder.gate.policy import Effort, Policy
from ladder.gate.statement import ALWAYS, EvidenceRecord, TriedLever, VerdictPredicate
from ladder.spec.task import LEVER_NAMES
from ladder.version import version_numbers

AGAIN = "Change the task so that it meets the policy, then: ladder run SPEC"


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a record does not open the gate, although it counts.

    `kind` is `lever` where a cheaper candidate suffices (exit code 1) and `open` where nothing is shown,
    or too little was tried (3). A waiver lifts both.
    """

    kind: Literal["lever", "open"]
    rule: str
    problem: str


def check_policy(record: EvidenceRecord, policy: Policy, where: str) -> None:
    """Raise EvidenceRefusedError where the policy does not let this record count, whatever its verdict."""
    predicate = record.predicate
    named = {each.name for each in record.subject}
    if missing := [name for name in ALWAYS if name not in named]:
        _refuse("SUBJECT_MISMATCH", f"{where} does not name {', '.join(missing)}")
    eval_data = next(each.digests for each in record.subject if each.name == "eval_data")
    if {eval_data.sha256, eval_data.text_sha256} & set(policy.revoked.eval_data):
        _refuse("REVOKED", f"the eval data of {where} were withdrawn by the policy")
    for problem in _against(predicate, policy):
        _refuse("AGAINST_POLICY", f"{problem} ({where})")
    if policy.code is not None and record.sha256_of("code") not in policy.code:
        _refuse(
            "AGAINST_POLICY", f"{where} was made by a ladder whose code the policy does not list"
        )


def objections(predicate: VerdictPredicate, policy: Policy) -> list[Objection]:
    """Return why the gate stays shut for a record that counts; empty if it opens."""
    if predicate.verdict != "fine_tune":
        kind: Literal["lever", "open"] = "open" if predicate.verdict == "inconclusive" else "lever"
        return [Objection(kind, predicate.verdict, predicate.sentence)]
    problems = (*_too_little(predicate, policy), *_of_question(predicate, policy))
    return [Objection("open", "effort", problem) for problem in problems]


def _against(predicate: VerdictPredicate, policy: Policy) -> Iterator[str]:
    if version_numbers(predicate.ladder.version) < version_numbers(policy.least_version):
        yield (
            f"ladder {predicate.ladder.version} made the record; the policy asks for "
            f"{policy.least_version} or newer"
        )
    if policy.metrics is None and ":" in predicate.metric:
        yield f"the metric {predicate.metric} is code, and the policy names no metrics"
    if policy.metrics is not None and predicate.metric not in policy.metrics:
        yield f"the metric {predicate.metric} is none of {', '.join(policy.metrics)}"
    if policy.readings is not None and predicate.reading not in policy.readings:
        yield f"the reading {predicate.reading} is none of {', '.join(policy.readings)}"
    if predicate.n < policy.least_n:
        yield f"the eval data have {predicate.n} samples; the policy asks for {policy.least_n}"
    if not policy.target.at_least <= predicate.target <= policy.target.at_most:
        yield (
            f"the target {predicate.target:g} is not within {policy.target.at_least:g} and "
            f"{policy.target.at_most:g}"
        )
    yield from _overspent(predicate)


def _overspent(predicate: VerdictPredicate) -> Iterator[str]:
    looks = predicate.looks
    if max(looks.reached_budget, looks.justified_budget) > 0.05:
        yield "the record allows itself a larger error budget than 5 %"
    if looks.file_sha256 is None and predicate.verdict == "fine_tune":
        yield (
            "the record names no file of confirmation tests, and without one their error budget "
            "counts as used up"
        )


def _of_question(predicate: VerdictPredicate, policy: Policy) -> Iterator[str]:
    if predicate.baseline_cut > policy.most_cut:
        yield (
            f"{predicate.baseline_cut:.0%} of the baseline's answers were cut by max_new_tokens; the "
            f"policy accepts {policy.most_cut:.0%}"
        )
    if predicate.confirmation is None:
        yield "the verdict rests on no confirmed score"


def _too_little(predicate: VerdictPredicate, policy: Policy) -> Iterator[str]:
    tried = {each.lever: each for each in predicate.levers}
    for name in LEVER_NAMES:
        effort: Effort = getattr(policy.levers, name)
        if name not in tried:
            yield f"{name} stands nowhere in the record"
            continue
        yield from _of_lever(tried[name], effort, predicate)
    yield from _in_all(predicate, policy)


def _in_all(predicate: VerdictPredicate, policy: Policy) -> Iterator[str]:
    levers = sum(bool(each.variants) or each.status == "ceiling" for each in predicate.levers)
    if levers < policy.least_levers:
        yield f"{levers} of the 7 levers had a chance; the policy asks for {policy.least_levers}"
    configurations = 1 + sum(len(each.variants) for each in predicate.levers)
    if configurations < policy.least_configurations:
        yield (
            f"{configurations} configurations were tried, the baseline among them; the policy "
            f"asks for {policy.least_configurations}"
        )


def _of_lever(lever: TriedLever, effort: Effort, predicate: VerdictPredicate) -> Iterator[str]:
    name = lever.lever
    if lever.status in ("untested", "error"):
        yield f"{name} was not tested: {lever.reason}"
    elif lever.status == "not_applicable":
        accepted = effort.not_applicable
        is_listed = isinstance(accepted, tuple) and lever.reason in accepted
        if accepted != "any" and not is_listed:
            yield f"{name} was declared not applicable ({lever.reason!r}), which the policy refuses"
        elif name == "template" and predicate.template_faults:
            yield f"template was declared not applicable, but it is faulty: {predicate.template_faults[0]}"
    elif lever.status != "ceiling":
        n = len(lever.variants)
        if n < effort.least_variants:
            candidates = f"{n} candidate{'s' * (n != 1)}"
            yield f"{name} tried {candidates}; the policy asks for {effort.least_variants}"
        if lever.recall is not None and lever.recall < effort.least_recall:
            yield (
                f"{name} found the target for {lever.recall:.0%} of the samples; the policy asks "
                f"for {effort.least_recall:.0%}"
            )


def _refuse(reason: Refusal, problem: str) -> None:
    raise EvidenceRefusedError(reason, f"{problem}.", next_step=AGAIN)
