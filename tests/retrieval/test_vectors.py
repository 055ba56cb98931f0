"""Encodings on disk."""

from pathlib import Path

import numpy as np
import pytest

from ladder.models.cache import cache_folder
from ladder.retrieval.vectors import Vectors, remembered

VECTORS = np.eye(3, 4, dtype=np.float32)


class Computation:
    """Counts how often it had to compute."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self) -> Vectors:
        self.runs += 1
        return VECTORS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path))
    return tmp_path / "encodings"


def test_what_was_encoded_is_read_back(folder: Path) -> None:
    computation = Computation()

    first, second = remembered("k", computation), remembered("k", computation)

    assert computation.runs == 1
    assert np.array_equal(first, second)
    assert [path.name for path in folder.iterdir()] == ["k.npy"]


@pytest.mark.parametrize("position", [3, 100, 140, -1])
def test_one_flipped_byte_is_noticed_and_repaired(folder: Path, position: int) -> None:
    computation = Computation()
    remembered("k", computation)
    damaged = bytearray((folder / "k.npy").read_bytes())
    damaged[position] ^= 0xFF
    (folder / "k.npy").write_bytes(damaged)

    repaired = remembered("k", computation)
    remembered("k", computation)

    assert computation.runs == 2
    assert np.array_equal(repaired, VECTORS)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"garbage" * 50])
def test_a_broken_file_counts_as_none(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "k.npy").write_bytes(content)

    assert np.array_equal(remembered("k", Computation()), VECTORS)


def test_a_pickle_in_the_cache_is_never_read(folder: Path) -> None:
    folder.mkdir()
    np.save(folder / "k.npy", np.array([print], dtype=object), allow_pickle=True)

    assert np.array_equal(remembered("k", Computation()), VECTORS)


def test_a_cache_that_cannot_be_written_costs_only_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LADDER_CACHE", str(tmp_path / "file"))

    assert np.array_equal(remembered("k", Computation()), VECTORS)


def test_the_cache_stands_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LADDER_CACHE")

    assert cache_folder() == Path.home() / ".cache" / "ladder"
