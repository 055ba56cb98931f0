"""`verify_record`: who signed a record, and whether it holds now; its verdict is not judged."""

from datetime import UTC, datetime
from pathlib import Path

from ladder.gate.evidence import Evidence, find_evidence
from ladder.gate.policy import load_policy
from ladder.gate.trust import check_dates


def verify_record(
    run: str | Path, policy: str | Path | None = None, *, now: datetime | None = None
) -> Evidence:
    """Return the record, once form, signature and dates are checked.

    Raises:
        RefusedError: One of the three is wrong.
    """
    evidence = find_evidence(run, load_policy(policy))
    said = evidence.record.predicate
    check_dates(said.issued, said.expires, now=now or datetime.now(UTC), where=evidence.where)
    return evidence
