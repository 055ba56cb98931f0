"""`check_gate`: whether a training may start. It fails closed, and needs no torch."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.errors import EvidenceRefusedError, SpecError
from ladder.frozen import Frozen
from ladder.gate.adapter import check_adapter_of
from ladder.gate.contradictions import check_ledger, check_question, what_differs
from ladder.gate.evidence import FoundEvidence, find_evidence
from ladder.gate.message import blocked, opened
from ladder.gate.policy import FILE as POLICY_FILE
from ladder.gate.policy import Policy, load_policy
from ladder.gate.rules import check_policy, check_reference, objections
from ladder.gate.statement import Digest, EvidenceRecord, SubjectName, Verdict, WaiverNote
from ladder.gate.training_to_start import FLAGS, NOTHING, Shown, check_named, check_shown, not_shown
from ladder.gate.trust import check_dates, check_fresh, good_until
from ladder.gate.waiver import find_waiver

if TYPE_CHECKING:
    from ladder.spec.task import TaskSpec

LEVER_SUFFICES, NOTHING_SHOWN = 1, 3


class GateResult(Frozen):
    """What the gate says of evidence that counts.

    Attributes:
        exit_code: 0 only where the training may start; see docs/exit-codes.md.
        verdict: The verdict in the record.
        message: The verdict, why, and what to do now.
        problems: Why the gate stays shut, or would without the waiver.
        waiver: The waiver that opens it.
        signers: Who signed the record; empty for an unsigned one.
        not_compared: Parts of the training that nobody showed.
        record: What the record says.
    """

    exit_code: int
    verdict: Verdict
    message: str
    problems: tuple[str, ...] = ()
    waiver: WaiverNote | None = None
    signers: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
    record: EvidenceRecord

    def __bool__(self) -> bool:
        """Return whether the training may start."""
        return self.exit_code == 0


@dataclass(frozen=True, slots=True)
class GateQuestion:
    """What the gate is asked.

    Attributes:
        policy: Path of the policy; `ladder-policy.yaml` here unless given.
        shown: The training that is about to start.
        waivers: Files of waivers.
        is_recomputed: Whether the verdict must be rebuilt from the run's journal.
        adapter: A trained adapter, which must come from this very verdict.
        allow_code: Whether, for that, the metric may be the user's own code.
        now: The time; the clock's unless given.
    """

    policy: str | Path | None = None
    shown: Shown = NOTHING
    waivers: tuple[str | Path, ...] = ()
    is_recomputed: bool = False
    adapter: str | Path | None = None
    allow_code: bool = False
    now: datetime | None = None


def check_gate(run: str | Path, question: GateQuestion | None = None) -> GateResult:
    """Return whether a record, or a run's folder, justifies the training that is about to start.

    Raises:
        EvidenceRefusedError: The evidence is missing, forged, stale, or of something else (exit code 5).
        SpecError: The policy is missing or wrong (2).
    """
    asked = question or GateQuestion()
    now = asked.now or datetime.now(UTC)
    policy, missing = _policy(asked.policy)
    evidence = find_evidence(run, policy)
    predicate = evidence.record.predicate
    check_dates(predicate, now=now, where=evidence.where)
    check_fresh(evidence.record, policy, now=now, where=evidence.where)
    if predicate.verdict == "fine_tune" or asked.waivers:
        check_policy(evidence.record, policy, evidence.where)
    check_reference(evidence.record, policy, evidence.where)
    digests = asked.shown.digests()
    _check_required(policy, digests, asked, evidence)
    task = None if asked.shown.spec is None else asked.shown.task()
    differing = "" if task is None else what_differs(evidence.record, task)
    check_shown(evidence.record, digests, evidence.where, differing=differing)
    if task is not None:
        if predicate.verdict != "inconclusive":  # without a verdict nothing may have been asked yet
            _check_looks(task)
        check_question(evidence.record, task, evidence.where)
        check_ledger(predicate.verdict, predicate.confirmation, task, evidence.where)
    if asked.adapter is not None:
        check_adapter_of(Path(asked.adapter), evidence.record)
    if asked.is_recomputed:
        _recompute(evidence, asked)
    waiver = find_waiver(asked.waivers, evidence.record, policy, now=now)
    result = _result(run, evidence, policy, waiver, digests)
    if result:
        check_named(evidence.record, digests, str(run))
    if missing is not None and result:
        raise missing
    return result


def verify_record(run: str | Path, policy: str | Path | None = None) -> FoundEvidence:
    """Return the record, once form, signature and dates are checked; no verdict is judged.

    Raises:
        EvidenceRefusedError: One of the three is wrong.
    """
    evidence = find_evidence(run, load_policy(policy))
    check_dates(evidence.record.predicate, now=datetime.now(UTC), where=evidence.where)
    return evidence


def _policy(path: str | Path | None) -> tuple[Policy, SpecError | None]:
    """Return the policy, and, where none is there, the error that keeps the gate shut.

    Without a policy nothing opens; but a verdict that blocks anyway can still be told.
    """
    if path is None and not Path(POLICY_FILE).exists():
        try:
            load_policy(None)
        except SpecError as error:
            return Policy(unsigned="allow"), error
    return load_policy(path), None


def _check_required(
    policy: Policy, shown: dict[SubjectName, Digest], asked: GateQuestion, evidence: FoundEvidence
) -> None:
    there = {*shown, *(["recompute"] if asked.is_recomputed else [])}
    missing = [name for name in policy.require if name not in there]
    if missing:
        # A command ends the gate's own words, so it comes last.
        ordered = sorted(missing, key=lambda name: name == "command")
        flags = [FLAGS[name] if name != "recompute" else "--recompute" for name in ordered]
        raise EvidenceRefusedError(
            "AGAINST_POLICY",
            f"the policy wants to see {', '.join(missing)}, and the gate was not shown it.",
            next_step=f"Add {' '.join(flags)} to the gate's command line.",
        )
    if "command" in policy.require and evidence.record.sha256_of("command") is None:
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH",
            f"{evidence.where} names no command, and the policy wants it compared.",
            next_step="Write the record with it: ladder record write RUN … -- COMMAND",
        )


def _check_looks(task: "TaskSpec") -> None:
    from ladder.gate.record import check_looks  # it needs numpy, and most questions do not

    check_looks(task)


def _recompute(evidence: FoundEvidence, asked: GateQuestion) -> None:
    from ladder.gate.recompute import check_recomputed, recompute
    from ladder.gate.strict_run import load_decision, load_run_task

    folder = evidence.folder
    if folder is None:
        raise EvidenceRefusedError(
            "MISSING",
            f"{evidence.where} is a record alone, and a verdict is rebuilt from a run's journal.",
            next_step="Give the run's folder, with its journal and the record in it.",
        )
    decision = load_decision(folder)
    task = load_run_task(folder, decision)
    found = recompute(folder, task, allow_code=asked.allow_code)
    check_recomputed(found, decision, folder)
    signed = evidence.record.predicate.journal
    if signed is not None and signed != found.head:
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"the journal of {folder} is not the one that the record was written from.",
            next_step=f"Write the record again: ladder record write {folder} --key …",
        )


def _result(
    run: str | Path,
    evidence: FoundEvidence,
    policy: Policy,
    waiver: WaiverNote | None,
    shown: dict[SubjectName, Digest],
) -> GateResult:
    found = objections(evidence.record.predicate, policy)
    problems = tuple(each.problem for each in found)
    unseen = not_shown(evidence.record, shown)
    if not found or waiver is not None:
        until = good_until(evidence.record, policy)
        code, message = 0, opened(evidence, problems, waiver, unseen, until)
    else:
        is_open = any(each.kind == "open" for each in found)
        code = NOTHING_SHOWN if is_open else LEVER_SUFFICES
        message = blocked(str(run), evidence, found)
    return GateResult(
        exit_code=code,
        verdict=evidence.record.predicate.verdict,
        message=message,
        problems=problems,
        waiver=waiver if found else None,
        signers=evidence.signers,
        not_compared=unseen,
        record=evidence.record,
    )
