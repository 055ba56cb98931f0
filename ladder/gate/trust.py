"""Checks of who signed a record, of which kind it is, and whether it holds now."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from ladder.errors import EvidenceRefusedError, Refusal
from ladder.gate.envelope import Envelope, parse_envelope
from ladder.gate.keys import PublicKey
from ladder.gate.policy import Policy
from ladder.gate.statement import (
    FAMILY,
    VERDICT,
    WAIVER,
    EvidenceRecord,
    SignedWaiver,
    VerdictPredicate,
    WaiverPredicate,
    format_time,
    parse_time,
)
from ladder.gate.strict_readers import AGAIN, parse_object, read_bytes

SKEW = timedelta(seconds=300)
"""How far two honest clocks may be apart."""

_SPECS = (".yaml", ".yml", ".toml")

Statement = TypeVar("Statement", EvidenceRecord, SignedWaiver)


def read_envelope(path: Path) -> Envelope:
    """Return the envelope in a file; nothing of it is trusted yet.

    Raises:
        EvidenceRefusedError: It cannot hold a record: a task spec, for example.
    """
    if path.suffix in _SPECS and path.is_file():
        raise EvidenceRefusedError(
            "MALFORMED",
            f"{path} is a task spec, and no record.",
            next_step="Give the run that was made of it, or its record: `ladder status` lists the runs. "
            f"To compare the spec too: ladder gate RUN --spec {path}",
        )
    return parse_envelope(read_bytes(path), str(path))


def signed_by(
    envelope: Envelope, keys: Mapping[str, PublicKey], *, threshold: int, where: str
) -> tuple[str, ...]:
    """Return the names of those who signed.

    Raises:
        EvidenceRefusedError: There is no signature, or too few are of trusted keys.
    """
    if not envelope.signatures:
        raise EvidenceRefusedError(
            "UNSIGNED",
            f"{where} is not signed.",
            next_step="Write it with a key that the policy trusts: ladder record write RUN --key …",
        )
    valid = set(envelope.signers(keys.values()))
    if len(valid) < threshold:
        trusted = ", ".join(keys) or "nobody"
        raise EvidenceRefusedError(
            "BAD_SIGNATURE",
            f"{where} has {len(valid)} of the {threshold} signatures it needs; the policy trusts "
            f"{trusted}.",
            next_step=_how_to_sign(envelope, keys.values()),
        )
    return tuple(name for name, key in keys.items() if key in valid)


def _how_to_sign(envelope: Envelope, keys: Iterable[PublicKey]) -> str:
    """Return what to do about a signature: made by another key, or over other bytes."""
    trusted = {key.id for key in keys}
    if any(each.keyid in trusted for each in envelope.signatures):
        return AGAIN
    return (
        "It is signed with another key. Sign it with a key that the policy trusts, or have the line in "
        "your key's .pub file added to the policy, on the protected branch."
    )


def parse_statement(payload: bytes, model: type[Statement], where: str) -> Statement:
    """Return the statement in a payload.

    Raises:
        EvidenceRefusedError: It is of another kind, of a newer version, or has a field more or less.
    """
    fields = parse_object(payload, f"{where}: the payload")
    wanted = VERDICT if model is EvidenceRecord else WAIVER
    found = fields.get("predicateType")
    if found != wanted:
        raise EvidenceRefusedError("WRONG_PREDICATE", _why_other(found, where), next_step=AGAIN)
    try:
        statement = model.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))[:120]
        kind: Refusal = "BAD_TYPE" if first["loc"] == ("_type",) else _kind_of(first["loc"])
        raise EvidenceRefusedError(
            kind, f"{where}: {place}: {first['msg'][:200]}.", next_step=AGAIN
        ) from None
    names = [each.name for each in statement.subject]
    if len(set(names)) != len(names):
        raise EvidenceRefusedError(
            "SUBJECT_MISMATCH", f"{where} names a subject twice.", next_step=AGAIN
        )
    return statement


def check_dates(
    predicate: VerdictPredicate | WaiverPredicate, *, now: datetime, where: str
) -> None:
    """Raise EvidenceRefusedError unless it holds now, give or take the clocks' skew."""
    start, end = parse_time(predicate.issued), parse_time(predicate.expires)
    if start > now + SKEW:
        raise EvidenceRefusedError(
            "ISSUED_IN_FUTURE",
            f"{where} was issued at {predicate.issued}, and here it is {now:%Y-%m-%dT%H:%M:%SZ}.",
            next_step="Set this machine's clock, or the clock of the one that signed.",
        )
    if end < now - SKEW or end <= start:
        raise EvidenceRefusedError(
            "EXPIRED",
            f"{where} was good until {predicate.expires}.",
            next_step="Write it again from a run on today's data: ladder record write RUN --key …",
        )


def check_fresh(record: EvidenceRecord, policy: Policy, *, now: datetime, where: str) -> None:
    """Raise EvidenceRefusedError where a record is older than the policy likes."""
    age = now - parse_time(record.predicate.issued)
    if age > timedelta(days=policy.freshness_days) + SKEW:
        raise EvidenceRefusedError(
            "EXPIRED",
            f"{where} is {age.days} days old; the policy wants at most {policy.freshness_days:g}.",
            next_step="Write it again from a run on today's data: ladder record write RUN --key …",
        )


def good_until(record: EvidenceRecord, policy: Policy) -> str:
    """Return when a record no longer counts: by its own date, or by the policy's freshness."""
    fresh = parse_time(record.predicate.issued) + timedelta(days=policy.freshness_days)
    return format_time(min(fresh, parse_time(record.predicate.expires)))


def _kind_of(place: tuple[int | str, ...]) -> Refusal:
    return "SUBJECT_MISMATCH" if place[:1] == ("subject",) else "MALFORMED"


def _why_other(found: object, where: str) -> str:
    text = found if isinstance(found, str) else ""
    if not text.startswith(FAMILY):
        return f"{where} is no record of ladder: its predicateType is {text[:80]!r}."
    version = text.rpartition("/v")[2]
    if version.isdigit() and int(version) > 1:
        return f"{where} is of version {version[:8]}, newer than this ladder reads (1)."
    if version == "0":
        return f"{where} is of version 0, which is no longer read; write the record again."
    return f"{where} is of another kind: {text[:120]!r}."
