"""`Measurement`: a Candidate with what it scored on some samples."""

from dataclasses import dataclass

from ladder.models.base import Answer
from ladder.spec.candidate import Candidate


@dataclass(frozen=True, slots=True)
class Scored:
    """One sample's answer and its scores.

    Attributes:
        sample_id: Which sample.
        answer: What the model said, and what it cost.
        read_as: The part of the answer that the metric compared.
        score: By the task's metric, in [0, 1]; 0 where the call failed.
        lenient: By the lenient reading of the same answer, in [0, 1].
        passages: Ids of the passages that stood in the prompt, best first.
        examples: Ids of the worked examples that stood in the prompt.
        is_unknown: Whether the call failed and the spec says that the score is not known then.
        key: Under which the journal keeps the answer; empty where it keeps none.
    """

    sample_id: str
    answer: Answer
    read_as: str
    score: float
    lenient: float
    passages: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    key: str = ""
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Measurement:
    """A Candidate with its scores, a row a sample, in the order asked for."""

    candidate: Candidate
    rows: tuple[Scored, ...]
