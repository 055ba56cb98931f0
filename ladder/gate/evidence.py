"""The record of a run, found in its file or its folder, with who signed it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ladder.errors import EvidenceRefusedError
from ladder.gate.contradictions import check_consistent
from ladder.gate.policy import Policy
from ladder.gate.statement import EvidenceRecord, Verdict
from ladder.gate.strict_readers import AGAIN
from ladder.gate.trust import parse_statement, read_envelope, signed_by
from ladder.runs.folder import RunFolder

_FOREVER = 3650
PLAIN_WORDS: dict[Verdict, str] = {
    "already_good": "The baseline already reaches the target.",
    "use_lever": "Do not fine-tune. A cheaper lever reaches the target.",
    "fine_tune": "The record says that nothing cheaper reaches the target.",
    "inconclusive": "No verdict.",
}


WORDS_TO_RETIRE: dict[Verdict, str] = {
    "already_good": "The fine-tune can be retired: the baseline is not worse.",
    "use_lever": "The fine-tune can be retired: something cheaper is not worse.",
    "fine_tune": "The record says that nothing cheaper comes near the fine-tune.",
    "inconclusive": "No verdict.",
}


@dataclass(frozen=True, slots=True)
class FoundEvidence:
    """A record with where it was found.

    Attributes:
        where: How messages name it.
        signers: The trusted names that signed; empty for an unsigned record.
        folder: The run's folder, where it is here.
        is_unchecked: Whether somebody signed it whom a policy without signers does not know.
    """

    record: EvidenceRecord
    where: str
    signers: tuple[str, ...] = ()
    folder: Path | None = None
    is_unchecked: bool = False


def find_evidence(run: str | Path, policy: Policy) -> FoundEvidence:
    """Return the record in a file or in a run's folder, once its origin is checked.

    A folder without `record.json` is read as an unsigned record of its decision.

    Raises:
        EvidenceRefusedError: It is missing, malformed, unsigned where that does not count, or signed by
            somebody whom the policy does not trust.
    """
    path = Path(run)
    record = RunFolder(path).record
    if record.exists():
        return _signed(record, policy, folder=path)
    if path.is_dir():
        return _unsigned_run(path, policy)
    if RunFolder(path.parent).decision == path:
        return _unsigned_run(path.parent, policy)
    if not (path.exists() or path.suffix):
        return _unsigned_run(path, policy)
    return _signed(path, policy, folder=None)


def read_record(run: str | Path) -> tuple[EvidenceRecord, Path | None]:
    """Return a record whoever signed it, to show it or to waive it; and the run's folder."""
    path = Path(run)
    beside = RunFolder(path).record
    if path.is_dir() and not beside.exists():
        return _record_of_run(path), path
    place = beside if path.is_dir() else path
    record = parse_statement(read_envelope(place).payload, EvidenceRecord, str(place))
    return record, path if path.is_dir() else None


def _signed(path: Path, policy: Policy, *, folder: Path | None) -> FoundEvidence:
    envelope = read_envelope(path)
    where = str(path)
    signers: Sequence[str] = ()
    is_anybody = policy.unsigned == "allow" and not (envelope.signatures and policy.signers)
    if not is_anybody:
        signers = signed_by(envelope, policy.trusted(), threshold=policy.threshold, where=where)
    record = parse_statement(envelope.payload, EvidenceRecord, where)
    check_consistent(record, where)
    if hashlib.sha256(envelope.payload).hexdigest() in policy.revoked.records:
        raise EvidenceRefusedError(
            "REVOKED", f"{where} was revoked by the policy.", next_step=AGAIN
        )
    if folder is not None and RunFolder(folder).decision.exists():
        _check_decision(record, folder)
    elif not signers:
        record = _in_plain_words(record)
    is_unchecked = is_anybody and bool(envelope.signatures)
    return FoundEvidence(record, where, tuple(signers), folder, is_unchecked)


def _check_decision(record: EvidenceRecord, folder: Path) -> None:
    from ladder.gate.predicate import stated
    from ladder.gate.strict_run import load_decision

    predicate = record.predicate
    found = stated(load_decision(folder))
    wrong = [name for name, value in found.items() if getattr(predicate, name) != value]
    if wrong:
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"{RunFolder(folder).decision} is not the decision that {RunFolder(folder).record} was written for; they "
            f"differ in: {', '.join(wrong)}.",
            next_step=f"Write the record again: ladder record write {folder} --key …",
        )


def _in_plain_words(record: EvidenceRecord) -> EvidenceRecord:
    """Return a record that nobody signed without its free words: anybody can have written them."""
    predicate = record.predicate
    held = predicate.relative
    told = WORDS_TO_RETIRE if held is not None and held.question == "retire" else PLAIN_WORDS
    words = told[predicate.verdict]
    plain = predicate.replace(sentence=words, reading_hint="")
    return record.model_copy(update={"predicate": plain})


def _unsigned_run(folder: Path, policy: Policy) -> FoundEvidence:
    record = _record_of_run(folder)
    if policy.unsigned != "allow":
        raise EvidenceRefusedError(
            "UNSIGNED",
            f"{folder} holds no {RunFolder(folder).record.name}, and the policy lets no unsigned run count.",
            next_step=f"Write one: ladder record write {folder} --key ladder.key",
        )
    return FoundEvidence(record, str(RunFolder(folder).decision), (), folder)


def _record_of_run(folder: Path) -> EvidenceRecord:
    """Return the record that a run's files amount to, as they are now."""
    from ladder.gate.record import Binding, make_record
    from ladder.gate.strict_run import check_unchanged, load_decision, load_run_task
    from ladder.gate.subjects import subjects_of

    decision = load_decision(folder)
    task = load_run_task(folder, decision)
    check_unchanged(decision, task)
    provenance = decision.provenance
    try:
        started = datetime.fromisoformat(provenance.started if provenance else "").astimezone(UTC)
        issued = started + timedelta(seconds=provenance.seconds if provenance else 0)
    except (ValueError, OverflowError) as error:
        raise EvidenceRefusedError(
            "MALFORMED", f"{RunFolder(folder).decision}: {error}.", next_step=AGAIN
        ) from None
    # Nothing ties an unsigned run to any training: what it would train on may have changed since.
    subjects = tuple(each for each in subjects_of(task) if each.name != "train_data")
    return make_record(
        decision, task, Binding(days=_FOREVER), folder=folder, issued=issued, subjects=subjects
    )
