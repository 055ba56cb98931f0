"""`same_passages`: which candidate a reranker can only answer like, as it gives the same passages."""

from collections.abc import Callable, Iterator, Sequence

from ladder.data.sample import Sample
from ladder.search.ledger import SAME_RESULT
from ladder.spec.candidate import Candidate

PassageIds = Callable[[Candidate, Sequence[Sample]], list[tuple[str, ...]]]
"""Returns the ids of the passages that a candidate's prompts hold, for each of some samples."""


def same_passages(
    candidate: Candidate,
    others: Sequence[Candidate],
    samples: Sequence[Sample],
    passages_of: PassageIds,
) -> Candidate | None:
    """Return one of `others` whose passages a reranker gives for every question; None if none is.

    Those of the confirmation part count too: a candidate with other passages there must be tried,
    or nobody shows that it stays below the target. No answer is asked for, and no score is read.
    Where that takes calls to the model, or the targets, nothing is said, and the race tells.

    Questions are looked at in blocks, as most rerankers differ within a few.
    """
    ranked = (each for each in others if _is_reranked_from(each, candidate))
    alike = [each for each in ranked if not _needs_more_than_questions(each)]
    if _needs_more_than_questions(candidate):
        return None
    for block in _blocks(samples if alike else ()):
        found = passages_of(candidate, block)
        alike = [each for each in alike if passages_of(each, block) == found]
        if not alike:
            return None
    return next(iter(alike), None)


def same_result(candidate: Candidate, other: Candidate) -> str:
    """Return in words that a reranker gives what another candidate gives.

    >>> from ladder.spec.candidate import ModelRef, Reranking, Retrieval
    >>> plain = Candidate(model=ModelRef(id="m"), retrieval=Retrieval(corpus="c"))
    >>> same_result(plain.replace(reranking=Reranking(kind="own-model")), plain)
    'same result as without for every question'
    """
    as_what = "without"
    if other.reranking is not None and candidate.reranking is not None:
        as_what = f"with {other.reranking.name} of {other.reranking.fetch_k}"
    return f"{SAME_RESULT} as {as_what} for every question"


def _is_reranked_from(other: Candidate, candidate: Candidate) -> bool:
    """Return whether a candidate differs from another in its reranker alone, and has passages."""
    has_passages = candidate.effective.retrieval is not None and candidate.reranking is not None
    return has_passages and set(other.changes(candidate)) == {"reranking"}


def _needs_more_than_questions(candidate: Candidate) -> bool:
    """Return whether passages are chosen by calls to the model, or by the target."""
    retrieval, reranking = candidate.retrieval, candidate.reranking
    is_gold = reranking is not None and reranking.kind == "gold"
    is_written = retrieval is not None and retrieval.has_written_query
    return is_gold or is_written or candidate.is_ranked_by_its_model


def _blocks(samples: Sequence[Sample]) -> Iterator[Sequence[Sample]]:
    """Yield samples in blocks, each as long as all before it."""
    start = 0
    while start < len(samples):
        end = max(16, 2 * start)
        yield samples[start:end]
        start = end
