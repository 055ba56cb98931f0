"""A pointer in the place of a file is named wherever data are read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.data import digest_file, load_passages, load_samples
from ladder.errors import DataError
from ladder.gate.subjects import digest_paths
from ladder.spec.data_source import DataSource

LFS = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:0f6c2a2d7a6b5f1e3d4c5b6a798897a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0\nsize 48213\n"
)


@pytest.mark.parametrize("text", [LFS, LFS.replace("\n", "\r\n"), "\ufeff" + LFS, "\n" + LFS])
@pytest.mark.parametrize(
    "name", ["e.jsonl", "e.ndjson", "e.json", "e.csv", "e.tsv", "e.parquet", "c.txt", "c.md"]
)
def test_a_git_lfs_pointer_is_named(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    readers: list[Callable[[], object]] = [
        lambda: load_passages(str(path)),
        lambda: digest_file(path),
        lambda: digest_paths([path]),
        lambda: digest_paths([tmp_path]),
    ]
    if name.startswith("e"):
        readers.append(lambda: load_samples(DataSource(path=str(path))))

    for read in readers:
        with pytest.raises(DataError, match="Git LFS") as refused:
            read()
        assert "git lfs pull" in refused.value.next_step


def test_a_pointer_of_git_annex_is_named(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text("/annex/objects/MD5E-s48213--0f6c2a2d7a6b5f1e3d4c.jsonl\n")

    with pytest.raises(DataError, match="git-annex"):
        load_samples(DataSource(path=str(path)))


def test_text_about_pointers_is_text(tmp_path: Path) -> None:
    path = tmp_path / "c.txt"
    path.write_text("A pointer begins with: version https://git-lfs.github.com/spec/v1\n")

    assert len(load_passages(str(path))) == 1
