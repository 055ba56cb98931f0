"""The verdict of a run, with the evidence it rests on."""

from ladder.decision.decision import (
    CandidateRecord,
    Confirmation,
    Decision,
    FailedCalls,
    Provenance,
    Verdict,
    best_of,
    decide,
    decision_from,
    edited_words,
    record_of,
    with_sentence,
)

__all__ = [
    "CandidateRecord",
    "Confirmation",
    "Decision",
    "FailedCalls",
    "Provenance",
    "Verdict",
    "best_of",
    "decide",
    "decision_from",
    "edited_words",
    "record_of",
    "with_sentence",
]
