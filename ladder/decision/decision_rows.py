"""`rows_of`: everything that was tried in a decision, as rows of a table."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ladder.decision.provenance import CandidateRecord
from ladder.search.ledger import Configuration, Ledger, Trial


def rows_of(ledger: Ledger, candidates: Sequence[CandidateRecord]) -> Iterator[dict[str, Any]]:
    """Yield a row for each trial, the baseline first, and a last row for the confirmed score, if shown.

    `low` and `high` of the last row are the bounds of the claim; of the others, 95 % intervals.
    `tokens` and `seconds` are of one answer; None where none was counted.
    """
    records = {each.configuration: each for each in candidates}
    shown = ledger.best if ledger.confirmation is not None else None
    trials = [("baseline", ledger.baseline)]
    trials += [(attempt.lever, trial) for attempt in ledger.attempts for trial in attempt.trials]
    for lever, trial in trials:
        is_shown = trial.configuration == shown
        yield {"lever": lever, **_row(trial, records), "is_confirmed": is_shown}
    if ledger.confirmation is not None:
        seen = ledger.confirmation
        trial = Trial(
            configuration=ledger.best,
            n_seen=seen.n,
            score=seen.score,
            low=seen.at_least,
            high=seen.at_most,
        )
        yield {"lever": "confirmed", **_row(trial, records), "is_confirmed": True}


def _row(trial: Trial, records: Mapping[Configuration, CandidateRecord]) -> dict[str, Any]:
    record = records.get(trial.configuration)
    name = record.label if record is not None else ""
    return {
        "name": name or str(list(trial.configuration)),
        **trial.model_dump(),
        "tokens": (record.tokens or None) if record is not None else None,
        "seconds": (record.seconds or None) if record is not None else None,
    }
