"""What the task's own model is asked besides answers: words to search with, and whether a passage answers."""

from collections.abc import Mapping, Sequence

from ladder.data.conversation import last_question
from ladder.data.quoting import harmless, quoted
from ladder.data.sample import Sample
from ladder.errors import CandidateRefusedError
from ladder.models.base import Answer, Message, Request
from ladder.scoring.thoughts import split_thoughts
from ladder.spec.candidate import Candidate, Decoding, QueryForm
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


MOST_WORDS_OF_INPUT = 400
"""Words of a question that are shown to the model: a query comes from its beginning and its end."""

_ORDERS: Mapping[QueryForm, tuple[str, str, int]] = {
    "rewritten": (
        (
            "Write what to type into a search engine to find the answer: the words that a page with the "
            "answer would hold, on one line, and nothing else."
        ),
        "Search:",
        48,
    ),
    "hypothetical": (
        "Write two sentences of a page that answers the question, as such a page would have them.",
        "Page:",
        96,
    ),
}


def query_request(candidate: Candidate, sample: Sample) -> Request:
    """Return the request for a query (rewritten) or a made-up passage (HyDE, Gao et al. 2023).

    It is greedy, whatever the candidate's decoding: the same question is searched the same way.
    """
    form = candidate.retrieval.query if candidate.retrieval is not None else "asked"
    order, cue, tokens = _ORDERS[form]
    text = f"{order}\n\n{_talk(sample)}\n{cue}"
    is_chat = candidate.effective_chat.mode == "chat"
    ends = () if is_chat else ("\n",)
    decoding = Decoding(max_new_tokens=tokens, stop_strings=ends)
    chat = candidate.effective_chat.replace(prefill="")
    return Request((Message("user", text),), chat, decoding)


def query_of(candidate: Candidate, sample: Sample, answer: Answer) -> str:
    """Return what is searched for: the model's words, and the question where it has none.

    A made-up passage is searched together with the question, which keeps its names.
    """
    form = candidate.retrieval.query if candidate.retrieval is not None else "asked"
    written = split_thoughts(answer.text).answer.strip() if answer.error is None else ""
    if form == "rewritten":
        written = written.partition("\n")[0].strip().strip("\"'")
    if not any(character.isalnum() for character in written):
        return sample.input
    return written if form == "rewritten" else f"{sample.input}\n{written}"


def _talk(sample: Sample) -> str:
    """Return the question, with the turns before it where there are any."""
    words = harmless(sample.input).split(" ")
    if len(words) > MOST_WORDS_OF_INPUT:
        half = MOST_WORDS_OF_INPUT // 2
        words = [*words[:half], "…", *words[-half:]]
    asked = f"Question: {' '.join(words)}"
    talk = sample.conversation
    at = None if talk is None else last_question(talk.turns)
    if talk is None or not at:
        return asked
    before = [turn for turn in talk.turns[:at] if turn.role in ("user", "assistant")]
    told = "\n".join(
        f"{turn.role.capitalize()}: {harmless(turn.text)[:500]}" for turn in before[-6:]
    )
    return f"{told}\n{asked}" if told else asked
