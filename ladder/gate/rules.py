"""What a policy says about a record: its question, its data, its levers, its verdict."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ladder.errors import EvidenceRefusedError, Refusal
from ladder.gate.policy import Effort, Policy
from ladder.gate.statement import ALWAYS, EvidenceRecord, TriedLever, VerdictPredicate
from ladder.spec.task import LEVER_NAMES

AGAIN = "Change the task so that it meets the policy, then: ladder run SPEC"
_NUMBER = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a record does not open the gate, although it counts.

    `kind` is `lever` where a cheaper way suffices (exit code 1) and `open` where nothing is shown,
    or too little was tried (3). A waiver lifts both.
    """

    kind: Literal["lever", "open"]
    rule: str
    problem: str


def check_policy(record: EvidenceRecord, policy: Policy, where: str) -> None:
    """Raise EvidenceRefusedError where the policy does not let this record count, whatever its verdict."""
    said = record.predicate
    named = {each.name for each in record.subject}
    if missing := [name for name in ALWAYS if name not in named]:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH", f"{where} does not name {', '.join(missing)}.", next_step=AGAIN
        )
    eval_data = next(each.digests for each in record.subject if each.name == "eval_data")
    if {eval_data.sha256, eval_data.text_sha256} & set(policy.revoked.eval_data):
        _refuse("REVOKED", f"the eval data of {where} were withdrawn by the policy")
    for problem in _against(said, policy):
        _refuse("AGAINST_POLICY", f"{problem} ({where})")
    if policy.code is not None and record.sha256_of("code") not in policy.code:
        _refuse(
            "AGAINST_POLICY", f"{where} was made by a ladder whose code the policy does not list"
        )


def objections(record: EvidenceRecord, policy: Policy) -> list[Objection]:
    """Return why the gate stays shut for a record that counts; empty if it opens."""
    said = record.predicate
    found = [*_of_verdict(said)]
    if said.verdict == "fine_tune":
        found += [
            Objection("open", "effort", problem)
            for problem in (*_too_little(said, policy), *_of_question(said, policy))
        ]
    return found


def _against(said: VerdictPredicate, policy: Policy) -> Iterator[str]:
    if _parts(said.ladder.version) < _parts(policy.least_version):
        yield (
            f"ladder {said.ladder.version} made the record; the policy asks for "
            f"{policy.least_version} or newer"
        )
    if policy.metrics is None and ":" in said.metric:
        yield f"the metric {said.metric} is code, and the policy names no metrics"
    if policy.metrics is not None and said.metric not in policy.metrics:
        yield f"the metric {said.metric} is none of {', '.join(policy.metrics)}"
    if policy.readings is not None and said.reading not in policy.readings:
        yield f"the reading {said.reading} is none of {', '.join(policy.readings)}"
    if said.n < policy.least_n:
        yield f"the eval data have {said.n} samples; the policy asks for {policy.least_n}"
    if not policy.target.at_least <= said.target <= policy.target.at_most:
        yield (
            f"the target {said.target:g} is not within {policy.target.at_least:g} and "
            f"{policy.target.at_most:g}"
        )
    yield from _overspent(said)


def _overspent(said: VerdictPredicate) -> Iterator[str]:
    looks = said.looks
    if max(looks.reached_budget, looks.justified_budget) > 0.05:
        yield "the record allows itself a larger error budget than 5 %"
    if looks.file_sha256 is None and said.verdict == "fine_tune":
        yield "the record knows of no ledger of looks, and a missing one counts as spent"


def _of_verdict(said: VerdictPredicate) -> Iterator[Objection]:
    if said.verdict in ("use_lever", "already_good"):
        yield Objection("lever", said.verdict, said.sentence)
    elif said.verdict == "inconclusive":
        yield Objection("open", "inconclusive", said.sentence)


def _of_question(said: VerdictPredicate, policy: Policy) -> Iterator[str]:
    if said.baseline_cut > policy.most_cut:
        yield (
            f"{said.baseline_cut:.0%} of the baseline's answers were cut by max_new_tokens; the "
            f"policy accepts {policy.most_cut:.0%}"
        )
    if said.confirmation is None:
        yield "the verdict rests on no confirmed score"


def _too_little(said: VerdictPredicate, policy: Policy) -> Iterator[str]:
    tried = {each.lever: each for each in said.levers}
    for name in LEVER_NAMES:
        effort: Effort = getattr(policy.levers, name)
        if name not in tried:
            yield f"{name} stands nowhere in the record"
            continue
        yield from _of_lever(tried[name], effort, said)


def _of_lever(lever: TriedLever, effort: Effort, said: VerdictPredicate) -> Iterator[str]:
    name = lever.lever
    if lever.status in ("untested", "error"):
        yield f"{name} was not tested: {lever.reason}"
    elif lever.status == "not_applicable":
        accepted = effort.not_applicable
        is_listed = isinstance(accepted, tuple) and lever.reason in accepted
        if accepted != "any" and not is_listed:
            yield f"{name} was declared not applicable ({lever.reason!r}), which the policy refuses"
        elif name == "template" and said.template_faults:
            yield f"template was declared not applicable, but it is faulty: {said.template_faults[0]}"
    elif lever.status != "ceiling":
        if len(lever.variants) < effort.least_variants:
            yield (
                f"{name} tried {_counted(len(lever.variants))}; the policy asks for "
                f"{effort.least_variants}"
            )
        if lever.recall is not None and lever.recall < effort.least_recall:
            yield (
                f"{name} found the target for {lever.recall:.0%} of the samples; the policy asks "
                f"for {effort.least_recall:.0%}"
            )


def _counted(variants: int) -> str:
    return "1 variant" if variants == 1 else f"{variants} variants"


def _parts(version: str) -> tuple[int, ...]:
    """Return a version's numbers.

    >>> _parts("0.10.1") > _parts("0.9")
    True
    """
    return tuple(int(each) for each in _NUMBER.findall(version)[:3])


def _refuse(reason: Refusal, problem: str) -> None:
    raise EvidenceRefusedError(reason, f"{problem}.", next_step=AGAIN)
