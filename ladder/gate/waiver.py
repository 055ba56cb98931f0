"""Waivers: a named person lets a training start that the evidence does not justify."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from ladder.errors import EvidenceRefusedError, SpecError
from ladder.gate.envelope import Envelope, seal
from ladder.gate.keys import SigningKey
from ladder.gate.policy import Policy
from ladder.gate.statement import (
    STATEMENT,
    WAIVER,
    EvidenceRecord,
    SignedWaiver,
    Subject,
    WaiverNote,
    WaiverPredicate,
    format_time,
    parse_time,
)
from ladder.gate.trust import check_dates, parse_statement, read_envelope, signed_by

DAYS = 14
_NEXT = "Write one for this record: ladder record waive RUN --name … --reason … --key …"


def write_waiver(
    record: EvidenceRecord, *, name: str, reason: str, key: SigningKey, days: int = DAYS
) -> Envelope:
    """Return a signed waiver for one record's task, data, model and training.

    Args:
        record: What it waives. It holds for any record of the same subjects and verdict.
        name: The person who answers for it.
        reason: Why, in a sentence that others will read.
        key: The person's key; the policy says whose count.
        days: How long it holds.

    Raises:
        SpecError: Name, reason or days are not such that others could make sense of them.
    """
    issued = datetime.now(UTC)
    try:
        waiver = SignedWaiver(
            _type=STATEMENT,
            subject=_lasting(record.subject),
            predicateType=WAIVER,
            predicate=WaiverPredicate(
                name=name,
                reason=reason,
                verdict=record.predicate.verdict,
                issued=format_time(issued),
                expires=format_time(issued + timedelta(days=days)),
            ),
        )
    except (ValidationError, OverflowError):
        raise SpecError(
            "A waiver has a person's name, a reason of at least 10 characters, and days.",
            next_step='Write --name "Ada Lovelace" --reason "why this cannot wait" --days 14.',
        ) from None
    return seal(waiver.model_dump_json(by_alias=True).encode(), [key])


def find_waiver(
    paths: Sequence[str | Path], record: EvidenceRecord, policy: Policy, *, now: datetime
) -> WaiverNote | None:
    """Return the waiver that holds for a record now; None where no file was given.

    Raises:
        EvidenceRefusedError: A file was given that holds for something else, no longer, or is not signed by
            somebody whose waivers count.
    """
    notes = [_check(Path(path), record, policy, now) for path in paths]
    return notes[0] if notes else None


def _check(path: Path, record: EvidenceRecord, policy: Policy, now: datetime) -> WaiverNote:
    where = f"the waiver {path}"
    if policy.waivers is None:
        raise EvidenceRefusedError(
            "AGAINST_POLICY",
            f"the policy knows no waivers, so {path} does not count.",
            next_step="Add `waivers: {signers: {…}}` to the policy on the protected branch.",
        )
    envelope = read_envelope(path)
    signed_by(envelope, policy.trusted_for_waivers(), threshold=1, where=where)
    waiver = parse_statement(envelope.payload, SignedWaiver, where)
    predicate = waiver.predicate
    if hashlib.sha256(envelope.payload).hexdigest() in policy.revoked.records:
        raise EvidenceRefusedError(
            "REVOKED", f"{where} was revoked by the policy.", next_step=_NEXT
        )
    check_dates(predicate, now=now, where=where)
    days = parse_time(predicate.expires) - parse_time(predicate.issued)
    if days > timedelta(days=policy.waivers.most_days):
        raise EvidenceRefusedError(
            "AGAINST_POLICY",
            f"{where} runs {days.days} days; the policy allows {policy.waivers.most_days}.",
            next_step=_NEXT,
        )
    if set(waiver.subject) != set(_lasting(record.subject)) or (
        predicate.verdict != record.predicate.verdict
    ):
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH", f"{where} was given for something else.", next_step=_NEXT
        )
    return WaiverNote(name=predicate.name, reason=predicate.reason, expires=predicate.expires)


def _lasting(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return the subjects that a waiver is about: all but the code of ladder itself."""
    return tuple(each for each in subjects if each.name != "code")
