"""`Retriever`: which passages stand before a question."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from ladder.data.passage import Passage
from ladder.errors import DataError
from ladder.frozen import digest_of
from ladder.retrieval.corpus import Corpus, load_corpus
from ladder.retrieval.load_encoder import load_encoder
from ladder.scoring import Searchable, stands_in
from ladder.spec.candidate import Retrieval

Targets = Sequence[Sequence[str]]
"""The acceptable answers of each query. Only `gold`, a ceiling, may look at them."""

_RANK_OFFSET = 60
_FUSED_DEPTH = 100


class Retriever(Protocol):
    """Finds passages. `digest` names everything that can change which ones."""

    @property
    def digest(self) -> str:
        """Return the sha256 of corpus, method and encoder."""
        ...

    def search(
        self, queries: Sequence[str], top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return at most `top_k` passages a query, best first."""
        ...


class CorpusRetriever:
    """Searches one corpus by one method; the `top_k` of the retrieval is not used here."""

    def __init__(self, corpus: Corpus, retrieval: Retrieval) -> None:
        self._corpus = corpus
        self._method, self._needs_encoder = retrieval.method, retrieval.is_by_vectors
        self._encoder = retrieval.encoder
        self._dense_weight = retrieval.dense_weight
        self._searchable: dict[int, Searchable] = {}

    @property
    def digest(self) -> str:
        """Return the sha256 of corpus, method and encoder."""
        encoder = load_encoder(self._encoder).digest if self._needs_encoder else None
        weight = [self._dense_weight] if self._dense_weight != 0.5 else []
        return digest_of([self._corpus.digest, self._method, encoder, *weight])

    def search(
        self, queries: Sequence[str], top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return at most `top_k` passages a query, best first.

        Raises:
            DataError: The method is `gold` and there are no targets.
        """
        if not queries:
            return []
        passages = self._corpus.passages
        return [
            [passages[position] for position in positions]
            for positions in self._rank(queries, top_k, targets)
        ]

    def _rank(self, queries: Sequence[str], top_k: int, targets: Targets | None) -> list[list[int]]:
        match self._method:
            case "lexical":
                return self._lexical(queries, top_k)
            case "dense":
                return self._dense(queries, top_k)
            case "fused":
                depth = max(top_k, _FUSED_DEPTH)
                rankings = zip(
                    self._lexical(queries, depth), self._dense(queries, depth), strict=True
                )
                weights = (1 - self._dense_weight, self._dense_weight)
                return [fuse(pair, weights)[:top_k] for pair in rankings]
            case "gold":
                return self._gold(queries, top_k, targets)
            case "retriever" | "given":
                raise ValueError(f"no corpus is searched by method {self._method}")

    def _lexical(self, queries: Sequence[str], top_k: int) -> list[list[int]]:
        return [self._corpus.lexical.search(query, top_k) for query in queries]

    def _dense(self, queries: Sequence[str], top_k: int) -> list[list[int]]:
        return self._corpus.by_encoder(self._encoder).rank(queries, top_k)

    def _gold(self, queries: Sequence[str], top_k: int, targets: Targets | None) -> list[list[int]]:
        if targets is None:
            raise DataError(
                "the retrieval method 'gold' looks for the target, and there is none here",
                next_step="Use dense, lexical or fused; gold serves only as a ceiling.",
            )
        return [
            self._gold_first(query, top_k, wanted)
            for query, wanted in zip(queries, targets, strict=True)
        ]

    def _gold_first(self, query: str, top_k: int, wanted: Sequence[str]) -> list[int]:
        """Return passages that hold a target before the others, each by their words."""
        texts, scores = self._corpus.texts, self._corpus.lexical.scores(query)
        order = sorted(range(len(texts)), key=lambda i: (-scores[i], i))
        holding = islice((i for i in order if self._holds(i, wanted)), top_k)
        return list(dict.fromkeys([*holding, *order[:top_k]]))[:top_k]

    def _holds(self, position: int, targets: Sequence[str]) -> bool:
        if position not in self._searchable:
            self._searchable[position] = Searchable(self._corpus.texts[position])
        return any(map(self._searchable[position].holds, targets))


def load_retriever(retrieval: Retrieval, without: frozenset[str] = frozenset()) -> Retriever:
    """Return the retriever that a candidate names, `without` passages that hold eval rows.

    Raises:
        DataError: The corpus cannot be read or has no passages.
        ModelLoadError: The encoder does not load.
    """
    return CorpusRetriever(load_corpus(retrieval, without), retrieval)


def fuse(rankings: Sequence[Sequence[int]], weights: Sequence[float] = ()) -> list[int]:
    """Return one ranking out of several: reciprocal rank fusion (Cormack 2009).

    Args:
        rankings: Positions, best first.
        weights: How much each ranking counts; all the same unless given.

    >>> fuse([[7, 8, 9], [8, 5]]), fuse([[7, 8, 9], [8, 5]], [0.9, 0.1])
    ([8, 7, 5, 9], [8, 7, 9, 5])
    """
    scores: dict[int, float] = defaultdict(float)
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, position in enumerate(ranking, start=1):
            scores[position] += weight / (_RANK_OFFSET + rank)
    return sorted(scores, key=lambda position: (-scores[position], position))


def holds_target(text: str, targets: Sequence[str]) -> bool:
    """Return whether a target stands in a text, as the metrics see it.

    >>> holds_target("The gate code is 512.", ["512"]), holds_target("1,512 rooms", ["512"])
    (True, False)
    """
    return any(stands_in(text, target) for target in targets)
