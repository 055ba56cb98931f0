"""`rating_request`: what the task's own model is asked of a passage, and how likely it said "yes"."""

from collections.abc import Sequence

from ladder.data.quoting import harmless, quoted
from ladder.errors import CandidateRefusedError
from ladder.models.base import Answer, Message, Request
from ladder.spec.candidate import Candidate, Decoding
from ladder.spec.constraint import Constraint
from ladder.text import one_line

MOST_WORDS_RATED = 400
"""Words of a passage, and of a question, that the model is shown."""

_YES, _NO = "yes", "no"
_DECODING = Decoding(
    max_new_tokens=2,
    constraint=Constraint(kind="labels", labels=(_YES, _NO)),
    answer_by="likelihood",
)
_ORDER = "Does the passage answer the question? Reply with yes or no."


def rating_request(candidate: Candidate, query: str, passage: str) -> Request:
    """Return the request for how likely a passage answers a question.

    The passages of one question differ in their last lines alone, so that a model reads the rest
    once. That a pair is worth what the likelihood of "yes" says is from Liang et al. 2022 (HELM).
    """
    question, text = _start(harmless(query)), _start(quoted(passage))
    asked = f"{_ORDER}\n\nQuestion: {question}\nPassage: {text}"
    is_chat = candidate.effective_chat.mode == "chat"
    content = asked if is_chat else f"{asked}\nAnswer:"
    chat = candidate.effective_chat.replace(prefill="")
    return Request((Message("user", content),), chat, _DECODING, rates=True)


def rating_of(answer: Answer) -> float:
    """Return how likely the model held "yes"; .5 where it did not say.

    >>> rating_of(Answer("no", sureness=0.75)), rating_of(Answer("yes")), rating_of(Answer("well"))
    (0.25, 1.0, 0.5)
    """
    said = _said(answer)
    if said is None:
        return 0.5
    sure = 1.0 if answer.sureness is None else answer.sureness
    return sure if said == _YES else 1.0 - sure


def refuse_unrated(answers: Sequence[Answer]) -> None:
    """Refuse answers of which none says yes or no: passages that keep their order were not ranked.

    Raises:
        CandidateRefusedError: There are some, and none can be read.
    """
    if not answers or any(_said(each) is not None for each in answers):
        return
    why = answers[0].error or f"it says {one_line(answers[0].text, 40)!r}"
    raise CandidateRefusedError(
        f"not testable: the model says of no passage whether it answers the question: {why}",
        next_step="Leave kind own-model out of levers.rerank.rerankers, or name another reranker.",
    )


def _said(answer: Answer) -> str | None:
    said = answer.text.strip().lower().rstrip(".")
    return said if answer.error is None and said in (_YES, _NO) else None


def _start(text: str) -> str:
    words = text.split()
    return text if len(words) <= MOST_WORDS_RATED else " ".join(words[:MOST_WORDS_RATED])
