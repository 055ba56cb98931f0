"""`query_request`: what the task's own model is asked so that passages are searched with its words."""

from collections.abc import Mapping

from ladder.data.conversation import last_question
from ladder.data.quoting import harmless
from ladder.data.sample import Sample
from ladder.models.base import Answer, Message, Request
from ladder.scoring.thoughts import split_thoughts
from ladder.spec.candidate import Candidate, Decoding, QueryForm

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
