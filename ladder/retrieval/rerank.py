"""`Reranker`: reorders retrieved passages."""

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np

from ladder.data.passage import Passage
from ladder.errors import DataError, ModelLoadError
from ladder.frozen import digest_of
from ladder.retrieval.load_encoder import load_encoder
from ladder.retrieval.model_folder import digest_folder, find_folder, load_safely
from ladder.retrieval.ranking_time import RankingTime
from ladder.retrieval.retriever import Targets, holds_target
from ladder.spec.candidate import FETCHED, Reranking
from ladder.spec.encoder_spec import EncoderSpec, encoder_name

Queries = Sequence[str]
Passages = Sequence[Sequence[Passage]]
RatePairs = Callable[[Sequence[tuple[str, str]]], Sequence[float]]


class Reranker(Protocol):
    """Orders passages anew. `digest` names everything that can change the order."""

    @property
    def digest(self) -> str:
        """Return the sha256 of kind and model."""
        ...

    def rerank(
        self, queries: Queries, passages: Passages, top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return the best `top_k` of each query's passages, best first."""
        ...

    def milliseconds(self, n_passages: float) -> float | None:
        """Return what ranking so many passages of a question takes; None before any was ranked.

        Without loading the model, and without the vectors of passages: they are made once.
        """
        ...


class CrossEncoderReranker:
    """Reads question and passage together (sentence-transformers CrossEncoder)."""

    def __init__(self, name: str) -> None:
        self._folder = find_folder(name)
        self._scores: dict[tuple[str, str], float] = {}
        self._time = RankingTime()

    @property
    def digest(self) -> str:
        """Return the sha256 of kind and model."""
        return digest_of(["cross-encoder", digest_folder(self._folder)])

    def rerank(
        self, queries: Queries, passages: Passages, top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return the best `top_k` of each query's passages, best first."""
        del targets
        pairs = [
            (query, passage.text)
            for query, found in zip(queries, passages, strict=True)
            for passage in found
        ]
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self._scores]
        if new:
            self._scores.update(zip(new, self._predict(new), strict=True))
        return _best(queries, passages, top_k, lambda q, p: self._scores[q, p.text])

    def milliseconds(self, n_passages: float) -> float | None:
        """Return what so many passages of a question take: that many pairs."""
        return _times(self._time.milliseconds, n_passages)

    def _predict(self, pairs: list[tuple[str, str]]) -> list[float]:
        model = self._model
        with self._time.of(len(pairs)):
            found = model.predict(pairs, show_progress_bar=False)
        scores = np.asarray(found, dtype=np.float64)
        if scores.ndim != 1 or not np.isfinite(scores).all():
            raise ModelLoadError(
                f"the cross-encoder in {self._folder} gives no single number a passage",
                next_step="Name a cross-encoder with one label, made for ranking.",
            )
        ranked: list[float] = scores.tolist()
        return ranked

    @cached_property
    def _model(self) -> Any:  # noqa: ANN401 - sentence_transformers has no types here
        return load_safely(
            "CrossEncoder",
            self._folder,
            what="cross-encoder",
            next_step="Name a sentence-transformers CrossEncoder with .safetensors weights.",
        )


class BiEncoderReranker:
    """Compares the vectors of question and passage."""

    def __init__(self, encoder: str | EncoderSpec) -> None:
        self._encoder = load_encoder(encoder)
        self._time = RankingTime()

    @property
    def digest(self) -> str:
        """Return the sha256 of kind and model."""
        return digest_of(["bi-encoder", self._encoder.digest])

    def rerank(
        self, queries: Queries, passages: Passages, top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return the best `top_k` of each query's passages, best first."""
        del targets
        texts = list(dict.fromkeys(passage.text for found in passages for passage in found))
        if not texts:
            return [[] for _ in queries]
        compare = self._encoder.comparer_of(queries, texts)
        with self._time.of(sum(map(len, passages))):
            return _best(queries, passages, top_k, lambda q, p: compare(q, p.text))

    def milliseconds(self, n_passages: float) -> float | None:
        """Return what so many passages of a question take: its own vector, and the products."""
        vector = self._encoder.query_time.milliseconds
        products = _times(self._time.milliseconds, n_passages)
        return None if vector is None or products is None else vector + products


class OwnModelReranker:
    """Ranks passages by what the task's own model says of each.

    Args:
        rate: Returns how likely each pair of question and passage fits; passages keep their order
            without it, where nobody may ask the model.
        time: Of the pairs that were rated so far.
    """

    digest = digest_of(["own-model", "is it answered, yes or no"])

    def __init__(self, rate: RatePairs | None = None, time: RankingTime | None = None) -> None:
        self._rate = rate
        self._time = time or RankingTime()

    def rerank(
        self, queries: Queries, passages: Passages, top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return the best `top_k` of each query's passages, best first."""
        del targets
        if self._rate is None:
            return [list(found[:top_k]) for found in passages]
        pairs = list(
            dict.fromkeys(
                (query, passage.text)
                for query, found in zip(queries, passages, strict=True)
                for passage in found
            )
        )
        rated = dict(zip(pairs, self._rate(pairs), strict=True))
        return _best(queries, passages, top_k, lambda q, p: rated[q, p.text])

    def milliseconds(self, n_passages: float) -> float | None:
        """Return what so many passages of a question take: a call each."""
        return _times(self._time.milliseconds, n_passages)


class GoldReranker:
    """Ranks a passage that holds a target first: the ceiling of every reranker."""

    digest = digest_of(["gold"])

    def milliseconds(self, n_passages: float) -> float | None:
        """Return None: nobody can deploy it."""
        del n_passages
        return None

    def rerank(
        self, queries: Queries, passages: Passages, top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return the passages that hold a target, then the others, `top_k` in all.

        Raises:
            DataError: There are no targets.
        """
        del queries
        if targets is None:
            raise DataError(
                "the reranker 'gold' looks for the target, and there is none here",
                next_step="Use a cross-encoder or a bi-encoder; gold serves only as a ceiling.",
            )
        return [
            sorted(found, key=lambda passage: not holds_target(passage.text, wanted))[:top_k]
            for found, wanted in zip(passages, targets, strict=True)
        ]


def load_reranker(reranking: Reranking) -> Reranker:
    """Return the reranker that a candidate names: by a hub id, a folder or `package:`.

    It is the same one for every `fetch_k`, so that no pair is scored twice. One of kind `own-model`
    knows no model, and keeps the order of the passages.

    Raises:
        ModelLoadError: There is no such model.
    """
    return _loaded(reranking.replace(fetch_k=FETCHED))


@lru_cache(maxsize=4)
def _loaded(reranking: Reranking) -> Reranker:
    match reranking.kind:
        case "cross-encoder":
            return CrossEncoderReranker(encoder_name(reranking.reranker))
        case "bi-encoder":
            return BiEncoderReranker(reranking.reranker)
        case "own-model":
            return OwnModelReranker()
        case "gold":
            return GoldReranker()


def _times(each: float | None, n: float) -> float | None:
    return None if each is None else each * n


def _best(
    queries: Queries, passages: Passages, top_k: int, score: Callable[[str, Passage], float]
) -> list[list[Passage]]:
    """Return the best `top_k`; of equal scores, the passage that was found first."""
    return [
        sorted(found, key=lambda passage: -score(query, passage))[:top_k]
        for query, found in zip(queries, passages, strict=True)
    ]
