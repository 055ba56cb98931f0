"""The nearest vectors."""

from pathlib import Path

import numpy as np
import pytest

from ladder.retrieval import index
from ladder.retrieval.index import VectorIndex
from ladder.retrieval.vectors import Vectors


def unit_vectors(rows: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(rows, 16)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def test_the_exact_search_finds_what_sorting_all_scores_finds() -> None:
    passages, queries = unit_vectors(300, 0), unit_vectors(20, 1)

    found = VectorIndex(passages).search(queries, 5)

    assert np.array_equal(found, np.argsort(-queries @ passages.T, axis=1)[:, :5])


def test_searching_in_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    passages, queries = unit_vectors(300, 0), unit_vectors(20, 1)
    whole = VectorIndex(passages).search(queries, 5)
    monkeypatch.setattr(index, "_SCORES_AT_ONCE", 700)

    assert np.array_equal(VectorIndex(passages).search(queries, 5), whole)


def test_a_small_corpus_gives_all_it_has() -> None:
    assert VectorIndex(unit_vectors(2, 0)).search(unit_vectors(3, 1), 5).shape == (3, 2)


def test_the_graph_of_a_huge_corpus_finds_nearly_the_same_and_is_kept(cache: Path) -> None:
    passages, queries = unit_vectors(2000, 0), unit_vectors(50, 1)
    exact = VectorIndex(passages).search(queries, 10)

    graph = VectorIndex(passages, huge=1000, key="these")
    found = graph.search(queries, 10)
    (kept,) = (cache / "indexes").iterdir()
    again = VectorIndex(passages, huge=1000, key="these").search(queries, 10)

    shared = [len({*a} & {*b}) / 10 for a, b in zip(exact.tolist(), found.tolist(), strict=True)]
    assert np.mean(shared) > 0.97
    assert graph.recall is not None
    assert graph.recall > 0.97
    assert np.array_equal(again, found)
    kept.write_bytes(kept.read_bytes()[:-50])
    assert np.array_equal(VectorIndex(passages, huge=1000, key="these").search(queries, 10), found)


def test_a_graph_that_finds_too_little_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    passages, queries = unit_vectors(300, 0), unit_vectors(20, 1)
    monkeypatch.setattr(
        VectorIndex, "_search_graph", lambda _, queries, k: np.zeros((len(queries), k), np.int64)
    )

    found = VectorIndex(passages, huge=100).search(queries, 5)

    assert np.array_equal(found, VectorIndex(passages).search(queries, 5))
