"""Lever 5: passages of the user's corpus before the question."""

from typing import ClassVar

from ladder.data.corpus_files import is_documents
from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.spec.candidate import Candidate, ContextLayout, QueryForm, Retrieval
from ladder.spec.lever_sections import RagLever
from ladder.spec.task import TaskSpec

SIMPLEST_FIRST = ("lexical", "dense", "fused")
PLAINEST_QUERY_FIRST = ("asked", "history", "rewritten", "hypothetical")


class Rag:
    """Tries each retrieval method with each number of passages.

    Passages that the user fetched already come first, then each method over the corpus, then a
    retriever that exists.
    """

    name: ClassVar[str] = "rag"
    part: ClassVar[str] = "retrieval"

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return methods by `top_k`: few passages first, then the method that needs no model."""
        material = task.levers.rag
        if not gives_passages(task):
            return ()
        retrievals = [
            each.replace(context=context, query=query)
            for top_k in sorted(material.top_k)
            for each in _retrievals(task, top_k)
            for query in _queries(material, each)
            for context in _contexts(material, top_k)
        ]
        return variants(best, self.part, retrievals)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether there is no corpus, or nothing but the retrieval in use."""
        material = task.levers.rag
        return reason_for_nothing(
            material,
            missing="" if gives_passages(task) else "no corpus given",
            otherwise="the retrieval in use is the only one to try",
        )

    def ceiling(self, task: TaskSpec, best: Candidate) -> Candidate | None:
        """Return `best` with one passage that holds a target, where one is all that is tried.

        Of several passages, or of an answer that takes two of them, it would be no bound; nor where
        passages are written in several ways, as the model may use them in one and not in another.
        """
        material = task.levers.rag
        if material.not_applicable is not None or material.corpus is None:
            return None
        is_one_of_several = material.retriever is not None or task.data.passages is not None
        contexts = _contexts(material, 1)
        if max(material.top_k) > 1 or len(contexts) > 1 or is_one_of_several:
            return None
        gold = _retrieval(material, material.corpus, "gold", 1)
        return best.replace(retrieval=gold.replace(context=contexts[0]))


def gives_passages(task: TaskSpec) -> bool:
    """Return whether a task gives lever 5 passages: a corpus, a retriever, or fetched ones."""
    rag = task.levers.rag
    given = (rag.corpus, rag.retriever, task.data.passages)
    return rag.not_applicable is None and any(each is not None for each in given)


def _retrievals(task: TaskSpec, top_k: int) -> list[Retrieval]:
    """Return each way to so many passages, the simplest first."""
    rag = task.levers.rag
    given = Retrieval(method="given", top_k=top_k, columns=rag.columns)
    found = [] if task.data.passages is None else [given]
    if rag.corpus is not None:
        found += [
            _retrieval(rag, rag.corpus, method, top_k, weight)
            for method in sorted(set(rag.methods), key=SIMPLEST_FIRST.index)
            for weight in (rag.dense_weights if method == "fused" else (0.5,))
        ]
    if rag.retriever is not None:
        found.append(Retrieval(**dict(rag.reading), retriever=rag.retriever, top_k=top_k))
    return found


def _queries(material: RagLever, retrieval: Retrieval) -> list[QueryForm]:
    """Return the forms of query to try; for passages that are fetched already, the question alone."""
    if retrieval.method == "given":
        return ["asked"]
    return sorted(set(material.queries), key=PLAINEST_QUERY_FIRST.index)


def _contexts(material: RagLever, top_k: int) -> tuple[ContextLayout, ...]:
    """Return the ways to write the passages; one passage by itself has no order."""
    given = material.contexts or (ContextLayout(),)
    if top_k == 1:
        given = tuple(each.replace(order="best_first") for each in given)
    return tuple(dict.fromkeys(given))


def _retrieval(
    material: RagLever, corpus: str, method: str, top_k: int, dense_weight: float = 0.5
) -> Retrieval:
    # Where passages are cut, its tokens say where: then it counts for every method.
    is_cut = material.chunk_tokens is not None or is_documents(corpus)
    needs_encoder = is_cut or method in ("dense", "fused")
    return Retrieval.model_validate(
        {
            **dict(material.reading),
            "corpus": corpus,
            "method": method,
            "top_k": top_k,
            "encoder": material.encoder if needs_encoder else None,
            "dense_weight": dense_weight,
        }
    )
