"""`SparseTextEncoder` and `MultiVectorTextEncoder`: encoders that give a text more than one vector.

A sparse encoder weighs the words of its vocabulary (SPLADE, Formal et al. 2021), one of several vectors
keeps a vector a token, and each token of a question looks for its best one in a passage (ColBERT, Khattab
and Zaharia 2020). Both rank and rerank passages; where one vector of a text is needed, they are refused.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ladder.errors import ModelLoadError
from ladder.frozen import digest_of
from ladder.retrieval.encode import (
    WORTH_KEEPING,
    Comparer,
    Comparison,
    PassageRanker,
    SentenceEncoder,
)
from ladder.retrieval.vectors import Vectors, remembered_array

MOST_BYTES = 2 * 2**30
"""Vectors of tokens that are kept of one corpus: more belong into a reranker, or into a service."""

_AT_ONCE = 256
_SCORES_AT_ONCE = 1 << 26


class _SeveralNumbers(SentenceEncoder):
    """What both kinds have in common: no text of theirs is one vector."""

    def _query_rows(self, texts: Sequence[str]) -> Vectors:
        del texts
        raise self._refused()

    def _document_rows(self, texts: Sequence[str]) -> Vectors:
        del texts
        raise self._refused()

    def _refused(self) -> ModelLoadError:
        return ModelLoadError(
            f"the encoder in {self._folder} is a {self.kind}, which gives no single vector a text",
            next_step="Name an encoder of the kind SentenceTransformer here; this one can be "
            "levers.rag.encoder, or a reranker of kind bi-encoder.",
        )

    def _asked(self, texts: Sequence[str], **options: object) -> Any:  # noqa: ANN401 - of a library without types
        _ = self._model  # loading it is no part of the time
        with self.query_time.of(len(texts)):
            return self._encoded("query", list(texts), **options)


class SparseTextEncoder(_SeveralNumbers):
    """A SparseEncoder: a weight for each word of a vocabulary, most of them 0."""

    kind: ClassVar[str] = "SparseEncoder"

    @property
    def similarity(self) -> Comparison:
        """Return how two of its texts are compared: by inner products, unless something else is said.

        Raises:
            ModelLoadError: By Euclid, every passage counts, and not those alone that share a word.
        """
        said = self.said_similarity or "dot"
        if said == "euclidean":
            raise ModelLoadError(
                f"the sparse encoder in {self._folder} compares by distances, which no index of "
                "words can do",
                next_step="Write similarity: dot in levers.rag.encoder.",
            )
        return said

    def ranker_of(self, texts: Sequence[str], *, key: str) -> PassageRanker:
        """Return what ranks the passages that share a word of the vocabulary with a question."""
        matrix = self._kept(list(texts), key)

        def rank(queries: Sequence[str], top_k: int) -> list[list[int]]:
            if not queries:
                return []
            scores = (self._query_matrix(queries) @ matrix.T).tocsr()
            return [_best_of(scores[at], top_k) for at in range(len(queries))]

        return PassageRanker(rank)

    def comparer_of(self, queries: Sequence[str], texts: Sequence[str]) -> Comparer:
        """Return what compares some questions with some passages."""
        products = (self._query_matrix(queries) @ self._matrix(texts).T).toarray()
        rows, columns = _places(queries), _places(texts)
        return lambda query, text: float(products[rows[query], columns[text]])

    def _query_matrix(self, queries: Sequence[str]) -> Any:  # noqa: ANN401 - a scipy matrix
        return self._as_matrix(
            self._asked(queries, convert_to_sparse_tensor=True, save_to_cpu=True)
        )

    def _matrix(self, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a scipy matrix
        return self._as_matrix(
            self._encoded("document", list(texts), convert_to_sparse_tensor=True, save_to_cpu=True)
        )

    def _as_matrix(self, tensor: Any) -> Any:  # noqa: ANN401 - torch comes late
        from scipy.sparse import csr_matrix

        tensor = tensor.coalesce()
        values, (rows, columns) = tensor.values().numpy(), tensor.indices().numpy()
        matrix = csr_matrix((values.astype(np.float32), (rows, columns)), shape=tuple(tensor.shape))
        if not np.isfinite(matrix.data).all():
            raise self._not_numbers()
        return _unit_rows(matrix) if self.similarity == "cosine" else matrix

    def _kept(self, texts: list[str], key: str) -> Any:  # noqa: ANN401 - a scipy matrix
        """Return the passages' matrix, from disk where it is there."""
        from scipy.sparse import csr_matrix

        made = cache(lambda: self._matrix(texts))
        if len(texts) < WORTH_KEEPING:
            return made()
        key = digest_of([key, self.similarity])

        def stored(name: str) -> npt.NDArray[Any]:
            return remembered_array(
                f"{key}-{name}", lambda: np.asarray(getattr(made(), name)), folder="sparse"
            )

        parts = (stored("data"), stored("indices"), stored("indptr"))
        width = int(stored("shape")[1])
        return csr_matrix(parts, shape=(len(texts), width))


class MultiVectorTextEncoder(_SeveralNumbers):
    """A MultiVectorEncoder: a vector for each token; of each in a question the best match counts."""

    kind: ClassVar[str] = "MultiVectorEncoder"

    def ranker_of(self, texts: Sequence[str], *, key: str) -> PassageRanker:
        """Return what ranks passages by the best matches of a question's tokens.

        Raises:
            ModelLoadError: The vectors of the tokens are too many to keep.
        """
        flat, sizes = self._kept(list(texts), key)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)

        def rank(queries: Sequence[str], top_k: int) -> list[list[int]]:
            asked = self._asked(queries, convert_to_numpy=True) if queries else []
            scores = (_summed_best(query, flat, starts) for query in asked)
            return [np.argsort(-each, kind="stable")[:top_k].tolist() for each in scores]

        return PassageRanker(rank)

    def comparer_of(self, queries: Sequence[str], texts: Sequence[str]) -> Comparer:
        """Return what compares some questions with some passages."""
        asked = dict(zip(queries, self._asked(queries, convert_to_numpy=True), strict=True))
        found = self._encoded("document", list(texts), convert_to_numpy=True)
        documents = dict(zip(texts, found, strict=True))
        return lambda query, text: float((asked[query] @ documents[text].T).max(axis=1).sum())

    def _kept(self, texts: list[str], key: str) -> tuple[Vectors, npt.NDArray[np.int64]]:
        """Return the vectors of all tokens, one below the other, and how many each passage has."""
        made = cache(lambda: self._made(texts))
        if len(texts) < WORTH_KEEPING:
            return made()
        sizes = remembered_array(f"{key}-sizes", lambda: made()[1], folder="multi-vector")
        flat = remembered_array(f"{key}-vectors", lambda: made()[0], folder="multi-vector")
        return flat, sizes

    def _made(self, texts: list[str]) -> tuple[Vectors, npt.NDArray[np.int64]]:
        parts: list[Vectors] = []
        n_bytes = 0
        for start in range(0, len(texts), _AT_ONCE):
            some = texts[start : start + _AT_ONCE]
            parts += [
                np.asarray(each, dtype=np.float32)
                for each in self._encoded("document", some, convert_to_numpy=True)
            ]
            n_bytes += sum(each.nbytes for each in parts[start:])
            if n_bytes > MOST_BYTES:
                raise self._too_many(len(parts), len(texts))
        if not all(np.isfinite(each).all() for each in parts):
            raise self._not_numbers()
        return np.concatenate(parts), np.array([len(each) for each in parts], dtype=np.int64)

    def _too_many(self, n: int, of: int) -> ModelLoadError:
        return ModelLoadError(
            f"the vectors of the tokens of {n} of {of} passages take more than 2 GiB",
            next_step="Name it as a reranker, {reranker: …, kind: bi-encoder}, and let words or another "
            "encoder find the passages.",
        )


def _summed_best(
    query: Vectors, flat: Vectors, starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return for each passage the sum of the best matches of a question's tokens (MaxSim).

    >>> query = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    >>> flat = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], dtype=np.float32)
    >>> _summed_best(query, flat, np.array([0, 1])).tolist()
    [1.0, 1.600000023841858]
    """
    rows = max(1, _SCORES_AT_ONCE // max(len(flat), 1))
    total = np.zeros(len(starts), dtype=np.float32)
    for at in range(0, len(query), rows):
        total += np.maximum.reduceat(query[at : at + rows] @ flat.T, starts, axis=1).sum(axis=0)
    return total


def _best_of(row: Any, top_k: int) -> list[int]:  # noqa: ANN401 - a scipy matrix
    """Return the positions of the best passages in a row of scores that have a score at all."""
    is_shared = row.data > 0
    positions, scores = row.indices[is_shared], row.data[is_shared]
    order = np.lexsort((positions, -scores))[:top_k]
    return [int(each) for each in positions[order]]


def _unit_rows(matrix: Any) -> Any:  # noqa: ANN401 - a scipy matrix
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    counts = np.diff(matrix.indptr)
    matrix.data /= np.repeat(np.maximum(lengths, np.float32(1e-12)), counts)
    return matrix


def _places(texts: Iterable[str]) -> dict[str, int]:
    return {text: at for at, text in enumerate(texts)}
