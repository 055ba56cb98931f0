"""Encodings on disk."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
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


def _other_set(path: Path) -> None:
    remembered("other", lambda: VECTORS * 2)
    (path.parent / "other.npy").replace(path)


def _plain(array: npt.NDArray[Any]) -> Callable[[Path], None]:
    """Return what leaves another array in the place of a file, under the old file's digest."""

    def write(path: Path) -> None:
        digest = path.read_bytes()[-32:]
        with path.open("wb") as file:
            np.save(file, array)
            file.write(digest)

    return write


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(_other_set, id="another set's file, renamed"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-40]), id="truncated"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-32]), id="without digest"),
        pytest.param(_plain(VECTORS.T.copy()), id="another shape"),
        pytest.param(_plain(VECTORS[:2]), id="fewer rows"),
        pytest.param(_plain(VECTORS.astype(np.float64)), id="another dtype"),
        pytest.param(_plain(VECTORS.view(np.int32)), id="another dtype of the same bytes"),
        pytest.param(_plain(np.zeros(())), id="a single number"),
    ],
)
def test_a_file_that_is_not_of_this_key_is_made_anew_with_one_warning(
    folder: Path, caplog: pytest.LogCaptureFixture, harm: Callable[[Path], None]
) -> None:
    computation = Computation()
    remembered("k", computation)
    harm(folder / "k.npy")

    found = [remembered("k", computation) for _ in range(3)]

    assert computation.runs == 2
    assert all(np.array_equal(each, VECTORS) and each.dtype == np.float32 for each in found)
    assert len(caplog.records) == 1
    assert "k.npy" in caplog.text


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
