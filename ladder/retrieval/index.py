"""The nearest vectors: exact by torch, approximate by faiss where a corpus is huge.

Measured on two cores, 200 questions, 384 dimensions, 10 nearest:

| passages | torch, exact | faiss flat | faiss HNSW (and to build it) |
|---|---|---|---|
| 20,000 | .04 s | .12 s | .03 s (1.8 s) |
| 100,000 | .21 s | .76 s | .03 s (10.5 s) |

Each costs time in proportion to the passages, so a graph pays from some ten thousand questions on,
however large the corpus is, and takes the vectors' memory twice: eval data are too small for that.
Inverted lists (IVF) are built in a fifth of that time, but what finds nine in ten of the passages there
takes as long as an exact search. Above `HUGE` encoding takes hours, and the graph is 1 % of that. See
"Retrieval: growth" in docs/benchmarks.md.
"""

import logging
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ladder.frozen import digest_of
from ladder.retrieval.vectors import Vectors, remembered_array

HUGE = 1_000_000
_TRIED = 32
LEAST_RECALL = 0.9
"""Share of the nearest passages that a graph has to find; else an exact search takes its place."""

_SCORES_AT_ONCE = 1 << 26

_log = logging.getLogger(__name__)


class VectorIndex:
    """Passages as unit vectors, searched by inner product.

    Args:
        vectors: One row a passage.
        huge: More passages than that are searched by a graph.
        key: What tells these vectors from others, under which a graph is kept on disk; none is
            kept without.
        least_recall: Share of the nearest passages that a graph has to find; else all are searched.

    Attributes:
        recall: Share of the exact answer's passages that the graph finds, of some questions; None
            as long as the search is exact.
    """

    def __init__(
        self,
        vectors: Vectors,
        *,
        huge: int = HUGE,
        key: str = "",
        least_recall: float = LEAST_RECALL,
    ) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._is_huge = len(vectors) > huge
        self._key = key
        self._least_recall = least_recall
        self.recall: float | None = None

    def search(self, queries: Vectors, top_k: int) -> npt.NDArray[np.int64]:
        """Return the positions of the `top_k` nearest passages a query, nearest first."""
        top_k = min(top_k, len(self._vectors))
        if self._is_huge and len(queries):
            found = self._search_graph(queries, top_k)
            if self._is_faithful(queries, found):
                return found
        return self._search_all(queries, top_k)

    def _is_faithful(self, queries: Vectors, found: npt.NDArray[np.int64]) -> bool:
        """Return whether the graph finds nearly what an exact search finds, tried once."""
        if self.recall is None:
            exact = self._search_all(queries[:_TRIED], found.shape[1])
            pairs = zip(exact.tolist(), found[:_TRIED].tolist(), strict=True)
            self.recall = float(np.mean([len({*a} & {*b}) / len(a) for a, b in pairs]))
            _log.info("the graph finds %.3f of what an exact search finds", self.recall)
            if self.recall < self._least_recall:
                _log.warning(
                    "the graph of the vectors finds only %.2f of the nearest passages, so all "
                    "passages are searched",
                    self.recall,
                )
        return self.recall >= self._least_recall

    def _search_all(self, queries: Vectors, top_k: int) -> npt.NDArray[np.int64]:
        rows = max(1, _SCORES_AT_ONCE // len(self._vectors))
        blocks = [queries[start : start + rows] for start in range(0, len(queries), rows)]
        return np.concatenate([self._search_exact(block, top_k) for block in blocks])

    def _search_exact(self, queries: Vectors, top_k: int) -> npt.NDArray[np.int64]:
        import torch

        scores = torch.from_numpy(queries) @ torch.from_numpy(self._vectors).T
        positions: npt.NDArray[np.int64] = scores.topk(top_k).indices.numpy()
        return positions

    def _search_graph(self, queries: Vectors, top_k: int) -> npt.NDArray[np.int64]:
        self._graph.hnsw.efSearch = max(128, 2 * top_k)
        _, positions = self._graph.search(np.ascontiguousarray(queries), top_k)
        return np.asarray(positions, dtype=np.int64)

    @cached_property
    def _graph(self) -> Any:  # noqa: ANN401 - faiss has no types
        import faiss

        if not self._key:
            return self._built()
        key = digest_of([self._key, "HNSW 32 80", faiss.__version__])
        stored = remembered_array(
            key, lambda: np.asarray(faiss.serialize_index(self._built())), folder="indexes"
        )
        return faiss.deserialize_index(stored)

    def _built(self) -> Any:  # noqa: ANN401 - faiss has no types
        import faiss

        graph = faiss.IndexHNSWFlat(self._vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
        graph.hnsw.efConstruction = 80
        graph.add(self._vectors)
        return graph
