"""`refuse_what_no_form_holds`: names the part of a candidate that nothing but ladder can answer with."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from ladder.errors import ExportRefusedError
from ladder.exporting.measured_stack import MeasuredStack
from ladder.retrieval import load_encoder
from ladder.spec.candidate import Candidate, Retrieval

_SEARCHED = ("lexical", "dense", "fused")
_ELSEWHERE = {
    "gold": "it looks at the target, a ceiling that nobody can deploy",
    "retriever": "its passages come from a retriever of yours",
    "given": "its passages stand in the rows",
}


def refuse_what_no_form_holds(stack: MeasuredStack, run: Path) -> None:
    """Raise where a candidate has a part that no form of export can hold.

    Raises:
        ExportRefusedError: It has; `ladder answer` answers with it.
    """
    found = next(_parts(stack), None)
    if found is not None:
        raise ExportRefusedError(
            f"{run} cannot be exported: {found}.",
            next_step="Answer with ladder itself, which holds all of it: "
            f"ladder answer {shlex.quote(str(run))} FILE, or ladder.load in Python.",
        )


def _parts(stack: MeasuredStack) -> Iterator[str]:
    candidate = stack.answerer.candidate
    model, decoding = candidate.model, candidate.decoding
    if model.classifier is not None:
        yield "its model is a classifier (classifier), which no prompt asks"
    if model.is_recorded:
        yield "its answers were recorded, and what gave them is not known here (recorded:)"
    if model.reviewed_below is not None:
        yield "a person answers what it is not sure of (cascade), and other tools tell no sureness"
    if decoding.majority_of > 1:
        yield f"its answer is the majority of {decoding.majority_of} draws (generation.majority_of)"
    if decoding.is_by_likelihood:
        yield "it takes the likeliest label (generation.answer_by), and nothing is written"
    yield from _of_prompt(candidate)
    if any(each.sample.tools for each in stack.questions):
        yield "its rows name tools that the model may call (data.tools)"
    if any(message.get("given") for each in stack.questions for message in each.sample.turns):
        yield "its rows hold typed content"
    decodings = {prompt.request.decoding.digest for prompt, _ in stack.prompted}
    if len(decodings) > 1:
        yield "its stop strings differ from row to row, as those of its worked examples do"


def _of_prompt(candidate: Candidate) -> Iterator[str]:
    retrieval, reranking = candidate.retrieval, candidate.reranking
    if candidate.chat.headings and candidate.chat.mode == "completion":
        yield "its prompt has headings (chat.headings)"
    if retrieval is not None and retrieval.has_written_query:
        yield f"the model writes what is searched for (retrieval.query: {retrieval.query})"
    if retrieval is not None and retrieval.method not in _SEARCHED:
        yield f"{_ELSEWHERE[retrieval.method]} (retrieval.method: {retrieval.method})"
    if _has_several_vectors(retrieval):
        yield "its encoder gives a text more than one vector (retrieval.encoder)"
    if reranking is not None and reranking.kind != "cross-encoder":
        yield f"its passages are ranked by a {reranking.kind} (reranking.kind)"


def _has_several_vectors(retrieval: Retrieval | None) -> bool:
    by_vectors = retrieval is not None and retrieval.is_by_vectors
    if retrieval is None or not by_vectors:
        return False
    return load_encoder(retrieval.encoder).kind != "SentenceTransformer"
