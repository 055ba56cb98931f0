"""`Measurement`: a candidate with its answers and scores on some samples, and what they cost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from ladder.frozen import Frozen
from ladder.measure.read_answer import ReadAnswer
from ladder.models.base import Answer
from ladder.spec.candidate import Candidate


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A judge's reply, or one of several draws, and its key in the journal; a failed call is not there."""

    key: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Scored:
    """One sample's answer and its scores.

    Attributes:
        sample_id: Which sample.
        answer: What came back, thoughts included, and what it cost.
        read_as: The part of the answer that the metric compared.
        score: By the task's metric, in [0, 1]; 0 where the call failed.
        lenient: By the lenient reading of the same answer, in [0, 1].
        passages: Ids of the passages that stood in the prompt, best first.
        examples: Ids of the worked examples that stood in the prompt.
        could_be_right: Whether nobody knows that it is wrong, so that it counts as right for the
            claim "below": lost, filtered, refused, empty, not scored, or cut where more text could
            help.
        text: The answer without its thoughts: all that the metric looked at.
        thoughts: What the model thought before it answered.
        reason: What the judge gave as its reasons, where one judges.
        alike: How a wrong answer may mean its target all the same, as several right answers in one
            cell or zeros in front; mostly empty. It counts as right for the claim "below".
        replies: Its replies.
        unscored: Why the metric could give no score, in words; mostly empty.
        key: Under which the journal keeps the answer, the first of several draws; empty where it
            keeps none.
        draws: The answers among which a majority decided; none where one alone was asked for.
        best_of: The best score of these draws; None without any.
    """

    sample_id: str
    answer: Answer
    read_as: str
    score: float
    lenient: float
    passages: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    key: str = ""
    could_be_right: bool = False
    text: str = ""
    thoughts: str = ""
    unscored: str = ""
    reason: str = ""
    alike: str = ""
    replies: tuple[KeptAnswer, ...] = ()
    draws: tuple[KeptAnswer, ...] = ()
    best_of: float | None = None

    @property
    def at_most(self) -> float:
        """Return the most that the answer may be worth."""
        return 1.0 if self.could_be_right else max(self.score, self.lenient)

    @classmethod
    def of(cls, sample_id: str, answer: Answer, found: ReadAnswer) -> "Scored":
        """Return an answer to a sample with what its metric made of it."""
        return cls(sample_id=sample_id, answer=answer, **asdict(found))


@dataclass(frozen=True, slots=True)
class Measurement:
    """A Candidate with its scores, a row a sample, in the order asked for."""

    candidate: Candidate
    rows: tuple[Scored, ...]


@dataclass(frozen=True, slots=True)
class AnswerCost:
    """What one answer of a candidate costs, on average; and how many were cut, or failed.

    What a judge takes to score it stands apart.
    """

    prompt_tokens: float = 0.0
    completion_tokens: float = 0.0
    seconds: float = 0.0
    waited: float = 0.0
    cut_by_length: float = 0.0
    failed: float = 0.0
    lenient: float = 0.0
    judge_tokens: float = 0.0
    judge_seconds: float = 0.0

    @property
    def tokens(self) -> float:
        """Return the tokens of prompt and answer together."""
        return self.prompt_tokens + self.completion_tokens


def cost_of(rows: Sequence[Scored]) -> AnswerCost:
    """Return the mean over some rows; nothing where there are none."""
    if not rows:
        return AnswerCost()
    answers = [row.answer for row in rows]
    replies = [reply.answer for row in rows for reply in row.replies]
    return AnswerCost(
        prompt_tokens=sum(a.prompt_tokens for a in answers) / len(rows),
        completion_tokens=sum(a.completion_tokens for a in answers) / len(rows),
        seconds=sum(a.seconds for a in answers) / len(rows),
        waited=sum(a.on_clock for a in answers) / len(rows),
        cut_by_length=sum(a.finish_reason == "length" for a in answers) / len(rows),
        failed=sum(a.error is not None for a in answers) / len(rows),
        lenient=sum(row.lenient for row in rows) / len(rows),
        judge_tokens=sum(a.tokens for a in replies) / len(rows),
        judge_seconds=sum(a.on_clock for a in replies) / len(rows),
    )


class RunCost(Frozen):
    """What calls cost; `money` is None where a model has no price."""

    calls: int
    tokens: int
    minutes: float
    money: float | None = None
