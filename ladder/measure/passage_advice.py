"""What to do where passages do not hold the answers, or are not found: by where they come from."""

from ladder.spec.candidate import Retrieval

MORE_ROOM = (
    "Cut passages with levers.rag.chunk_tokens, lower levers.rag.top_k, or use a model with a longer "
    "context"
)
"""What lets passages stand in prompts that had no room for them."""


def better_passages(retrieval: Retrieval) -> str:
    """Return what gives passages that hold the answers.

    >>> better_passages(Retrieval(corpus="docs"))
    'give levers.rag.corpus passages that hold the answers'
    """
    if retrieval.retriever is not None:
        return "raise levers.rag.top_k, or let the index of the retriever hold passages with the answers"
    if retrieval.corpus is None:
        return "fetch passages that hold the answers into the column of data.passages"
    return "give levers.rag.corpus passages that hold the answers"


def better_search(retrieval: Retrieval) -> str:
    """Return what brings more of the right passages into prompts, where they are there.

    >>> better_search(Retrieval(method="given"))
    'Raise levers.rag.top_k, or name a reranker'
    """
    if retrieval.retriever is not None:
        return (
            "Raise levers.rag.top_k, name a reranker, let the retriever search in another way, or try "
            "other words in levers.rag.queries"
        )
    if retrieval.corpus is None:
        return "Raise levers.rag.top_k, or name a reranker"
    return (
        "Raise levers.rag.top_k, name another levers.rag.encoder or a reranker, or set "
        "levers.rag.chunk_tokens"
    )


def any_search(retrieval: Retrieval) -> str:
    """Return what to do where for many questions no passage at all is found."""
    if retrieval.retriever is not None:
        return "Let the retriever find some for every question"
    if retrieval.corpus is None:
        return "Fetch some for every question"
    return "Add dense or fused to levers.rag.methods"
