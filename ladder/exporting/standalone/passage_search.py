"""`Search`: the passages before a question and the worked examples nearest to it.

By words it needs numpy, regex and bm25s (with a language PyStemmer too); by vectors numpy and
sentence-transformers. Which of them `README.md` says.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ladder.exporting.standalone.model_place import located
from ladder.exporting.standalone.plain_letters import plain_letters

Settings = Mapping[str, Any]

_MARK = re.compile(r"PassageNumber(\d+)Here")
"""Where a passage stands in a frame: the best is number 0. Their texts were made harmless before."""

_RANK_OFFSET, _FUSED_DEPTH = 60, 100
_BALANCE, _WIDE, _FEWEST = 0.5, 4, 10


class Search:
    """Searches the passages and the examples that lie beside the settings."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.retrieval: Settings = settings["retrieval"] or {}
        self.shots: Settings = settings["examples"] or {}

    def passages(self, question: str, history: str) -> str:
        """Return the passages that stand before a question, as one text; empty where none is found."""
        query = history if self.retrieval["query"] == "history" else question
        reranking = self.retrieval["reranking"]
        top_k = int(self.retrieval["top_k"])
        found = self._ranked(query, max(top_k, reranking["fetch_k"]) if reranking else top_k)
        if reranking and found:
            found = self._reranked(query, found)[:top_k]
        return self._written([self._rows[at] for at in found]) if found else ""

    def examples(self, question: str, asked: str) -> list[Any]:
        """Return the worked examples of a question, in the order in which they are shown."""
        shots, encoder = int(self.shots["shots"]), self._encoder(self.shots["encoder"])
        wanted = encoder.unit("document", [question])[0]
        is_diverse = self.shots["method"] == "diverse"
        n = max(_WIDE * shots, _FEWEST) if is_diverse else shots + 1
        near = np.argsort(-(self._pool_vectors @ wanted), kind="stable")[:n].tolist()
        own = plain_letters(asked)
        kept = [at for at in near if plain_letters(self._pool[at]["asked"]) != own]
        if is_diverse:
            rows = self._pool_vectors[kept]
            kept = [kept[at] for at in diverse(rows @ wanted, rows @ rows.T, shots)]
        best = [self._pool[at] for at in kept[:shots]]
        return best if self.shots["order"] == "best_first" else best[::-1]

    def _written(self, passages: Sequence[Settings]) -> str:
        """Return passages in the frame that was measured, which counts and ends them."""
        shown = [f"{each['place']}{each['line']}" for each in passages]
        frame = str(self.retrieval["frames"][len(passages) - 1])
        return _MARK.sub(lambda found: shown[int(found[1])], frame)

    def _ranked(self, query: str, top_k: int) -> list[int]:
        method = self.retrieval["method"]
        if method == "lexical":
            return self._by_words(query, top_k)
        if method == "dense":
            return self._by_vectors(query, top_k)
        depth, weight = max(top_k, _FUSED_DEPTH), float(self.retrieval["dense_weight"])
        scores: dict[int, float] = {}
        for ranking, share in (
            (self._by_words(query, depth), 1 - weight),
            (self._by_vectors(query, depth), weight),
        ):
            for rank, at in enumerate(ranking, start=1):
                scores[at] = scores.get(at, 0.0) + share / (_RANK_OFFSET + rank)
        return sorted(scores, key=lambda at: (-scores[at], at))[:top_k]

    def _by_words(self, query: str, top_k: int) -> list[int]:
        return list(self._index.search(query, top_k))

    def _by_vectors(self, query: str, top_k: int) -> list[int]:
        encoder = self._encoder(self.retrieval["encoder"])
        scores = np.load(self.folder / "passages.npy", mmap_mode="r") @ encoder.query(query)
        return [int(at) for at in np.argsort(-scores, kind="stable")[:top_k]]

    def _reranked(self, query: str, found: Sequence[int]) -> list[int]:
        from sentence_transformers import CrossEncoder

        name = located(self.retrieval["reranking"]["reranker"], "RERANKER")
        pairs = [(query, self._rows[at]["text"]) for at in found]
        scores = CrossEncoder(name).predict(pairs, show_progress_bar=False)
        order = sorted(range(len(found)), key=lambda at: -float(scores[at]))
        return [found[at] for at in order]

    @cached_property
    def _rows(self) -> list[Any]:
        return _lines(self.folder / "passages.jsonl")

    @cached_property
    def _pool(self) -> list[Any]:
        return _lines(self.folder / "examples.jsonl")

    @cached_property
    def _pool_vectors(self) -> Any:  # noqa: ANN401 - a matrix
        return np.load(self.folder / "examples.npy")

    @cached_property
    def _index(self) -> Any:  # noqa: ANN401 - `word_index.py` lies beside this file
        from ladder.exporting.standalone.word_index import index_of

        texts, words = [each["text"] for each in self._rows], self.retrieval["words"]
        return index_of(texts, language=words["language"], folds=words["folds"])

    def _encoder(self, settings: Settings) -> "QueryEncoder":
        key = json.dumps(settings, sort_keys=True)
        if key not in self._encoders:
            self._encoders[key] = QueryEncoder(settings)
        return self._encoders[key]

    @cached_property
    def _encoders(self) -> "dict[str, QueryEncoder]":
        return {}


class QueryEncoder:
    """A sentence encoder, used as it was measured."""

    def __init__(self, settings: Settings) -> None:
        from sentence_transformers import SentenceTransformer

        self.settings = settings
        self.model = SentenceTransformer(located(settings["model"], "ENCODER"))
        if settings["max_tokens"] is not None:
            self.model.max_seq_length = settings["max_tokens"]

    def query(self, text: str) -> Any:  # noqa: ANN401 - a vector
        """Return a question's vector, whose inner product with a passage's ranks passages."""
        row = self._rows("query", [text])
        if self.settings["similarity"] == "cosine":
            return unit(row)[0]
        is_euclidean = self.settings["similarity"] == "euclidean"
        return np.append(row[0], np.float32(1)) if is_euclidean else row[0]

    def unit(self, kind: str, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a matrix
        """Return a vector of length 1 a text."""
        return unit(self._rows(kind, texts))

    def _rows(self, kind: str, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a matrix
        encode = getattr(self.model, f"encode_{kind}")
        prompt = self.settings[f"{kind}_prompt"]
        found = encode(
            list(texts), prompt=prompt, normalize_embeddings=False, show_progress_bar=False
        )
        return np.asarray(found, dtype=np.float32)


def unit(rows: Any) -> Any:  # noqa: ANN401 - a matrix
    """Return vectors of length 1; one of length 0 stays as it is."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-12))


def diverse(relevance: Any, alike: Any, n: int) -> list[int]:  # noqa: ANN401 - matrices
    """Return the places of `n` that are near and unlike one another (maximal marginal relevance)."""
    chosen: list[int] = []
    while len(chosen) < min(n, len(relevance)):
        crowd = alike[:, chosen].max(axis=1) if chosen else np.zeros_like(relevance)
        value = _BALANCE * relevance - (1 - _BALANCE) * crowd
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return chosen


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
