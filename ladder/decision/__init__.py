"""The verdict of a run, with the evidence it rests on."""

from ladder.decision.decide_by_scores import decide
from ladder.decision.decision import Decision, decision_from, record_of
from ladder.decision.made_sentence import edited_words, tells_unknown_scores, with_sentence
from ladder.decision.provenance import CandidateRecord, FailedCalls, Provenance
from ladder.decision.verdict import Verdict
from ladder.search.ledger import Confirmation

__all__ = [
    "CandidateRecord",
    "Confirmation",
    "Decision",
    "FailedCalls",
    "Provenance",
    "Verdict",
    "decide",
    "decision_from",
    "edited_words",
    "record_of",
    "tells_unknown_scores",
    "with_sentence",
]
