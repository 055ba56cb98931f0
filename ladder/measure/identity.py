"""`identity_of`: the digest of all that can change a candidate's scores."""

from collections.abc import Sequence

from ladder.data.fingerprint import digest_samples
from ladder.data.sample import Sample
from ladder.frozen import FOR_DIGEST, digest_of
from ladder.retrieval import load_reranker, load_retriever
from ladder.scoring import Metric
from ladder.spec.candidate import Candidate


def identity_of(
    candidate: Candidate,
    *,
    model: str,
    pool: Sequence[Sample] | None,
    metric: Metric,
    without: frozenset[str] = frozenset(),
) -> str:
    """Return a digest that changes with anything that can change the candidate's scores.

    Files count by their content, wherever they are.

    Args:
        candidate: The way of answering.
        model: Its generator's identity.
        pool: Its worked examples, where it has any.
        metric: What scores it.
        without: Ids of passages that are left out of its corpus.
    """
    candidate = candidate.effective
    parts = candidate.model_dump(
        mode="json",
        context=FOR_DIGEST,
        exclude={
            "model": True,
            "adapter": True,
            "chat": True,
            "retrieval": {"corpus"},
            "examples": {"pool"},
        },
    )
    retrieval, reranking = candidate.retrieval, candidate.reranking
    return digest_of(
        [
            model,
            parts,
            candidate.effective_chat.model_dump(mode="json", exclude={"model"}),
            load_retriever(retrieval, without).digest if retrieval else None,
            load_reranker(reranking).digest if retrieval and reranking else None,
            digest_samples(pool) if pool is not None else None,
            metric.version,
        ]
    )
