"""Lever 6: reorder the retrieved passages with a reranker."""

from typing import ClassVar

from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.levers.rag import gives_passages
from ladder.spec.candidate import FETCHED, Candidate, Reranking
from ladder.spec.encoder_spec import DEFAULT_ENCODER, EncoderSpec
from ladder.spec.lever_sections import DEPTHS
from ladder.spec.task import TaskSpec


class Rerank:
    """Tries each listed reranker, and the encoder of the rag lever as a bi-encoder, at some depths.

    Where rag has material but was not carried, the rerankers are proposed all the same. Without
    passages they change no prompt, so they cost no call and win nothing alone; but the joint pass
    can then stack them on rag, which may need them to show anything.
    """

    name: ClassVar[str] = "rerank"
    part: ClassVar[str] = "reranking"

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return the user's rerankers in order, then the bi-encoder where it can matter."""
        material = task.levers.rerank
        if material.not_applicable is not None or not _has_passages(task, best):
            return ()
        given = (*material.rerankers, *_bi_encoder(task, best))
        has_passages = best.retrieval is not None
        deep = [
            each.replace(fetch_k=k)
            for each in given
            for k in _depths(each, material.fetch_k, has_passages=has_passages)
        ]
        return variants(best, self.part, deep)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether there are no passages, no reranker, or only the one in use."""
        material = task.levers.rerank
        reranker = "no reranker given, and ranked by the same encoder passages keep their order"
        if not _has_passages(task, best):
            declared = task.levers.rag.not_applicable is not None
            corpus = "no passages to rerank, as no corpus is given"
            return reason_for_nothing(
                material,
                missing="" if declared else corpus,
                otherwise="no passages to rerank: rag is declared not applicable",
            )
        return reason_for_nothing(
            material,
            missing="" if material.rerankers or best.reranking else reranker,
            otherwise="the reranker in use is the only one to try",
        )

    def ceiling(self, task: TaskSpec, best: Candidate) -> Candidate | None:
        """Return `best` with the fetched passage that holds a target, if any, ranked first."""
        proposals = self.propose(task, best)
        if best.retrieval is None or best.retrieval.top_k > 1 or not proposals:
            return None
        deepest = max(proposal.reranking.fetch_k for proposal in proposals if proposal.reranking)
        gold = Reranking(reranker="gold", kind="gold", fetch_k=deepest)
        return best.replace(reranking=gold)


def _depths(reranker: Reranking, wanted: tuple[int, ...], *, has_passages: bool) -> tuple[int, ...]:
    """Return how many passages a reranker looks at: what is named, else several depths.

    The task's own model is asked once a passage, so it has one depth unless others are wanted;
    and where there is nothing to rank yet, one is enough to be stacked on passages later.
    """
    if wanted != DEPTHS:
        return tuple(sorted(wanted)) or (reranker.fetch_k,)
    is_named = reranker.fetch_k != FETCHED or reranker.kind == "own-model"
    return wanted if has_passages and not is_named else (reranker.fetch_k,)


def _has_passages(task: TaskSpec, best: Candidate) -> bool:
    return best.retrieval is not None or gives_passages(task)


def _bi_encoder(task: TaskSpec, best: Candidate) -> tuple[Reranking, ...]:
    """Return rag's encoder as a reranker, unless it already ranked the passages alone."""
    retrieval = best.retrieval
    encoder = _encoder_in_use(task, best)
    if encoder is None or (retrieval is not None and retrieval.method == "dense"):
        return ()
    return (Reranking(reranker=encoder, kind="bi-encoder"),)


def _encoder_in_use(task: TaskSpec, best: Candidate) -> str | EncoderSpec | None:
    rag = task.levers.rag
    if best.retrieval is not None and best.retrieval.method == "fused":
        return best.retrieval.encoder or DEFAULT_ENCODER
    if rag.encoder is not None:
        return rag.encoder
    searches_dense = rag.corpus is not None and {"dense", "fused"} & set(rag.methods)
    return DEFAULT_ENCODER if searches_dense else None
