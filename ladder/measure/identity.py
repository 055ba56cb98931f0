"""`identity_of`: the digest of all that can change a candidate's scores."""

from collections.abc import Sequence

from ladder.data.fingerprint import digest_samples
from ladder.data.sample import Sample
from ladder.frozen import FOR_DIGEST, digest_of
from ladder.retrieval import load_reranker
from ladder.scoring import Metric
from ladder.spec.candidate import Candidate


def identity_of(
    candidate: Candidate,
    *,
    model: str,
    pool: Sequence[Sample] | None,
    metric: Metric,
    passages: str | None = None,
) -> str:
    """Return a digest that changes with anything that can change the candidate's scores.

    Files count by their content, wherever they are.
    """
    candidate = candidate.effective
    parts = candidate.model_dump(
        mode="json",
        context=FOR_DIGEST,
        exclude={
            "model": True,
            "adapter": True,
            "chat": True,
            "retrieval": {"corpus", "retriever"},
            "examples": {"pool"},
        },
    )
    retrieval, reranking = candidate.retrieval, candidate.reranking
    return digest_of(
        [
            model,
            parts,
            candidate.effective_chat.model_dump(mode="json", exclude={"model"}),
            passages,
            load_reranker(reranking).digest if retrieval and reranking else None,
            digest_samples(pool) if pool is not None else None,
            metric.version,
        ]
    )
