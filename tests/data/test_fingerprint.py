"""Digests change when, and only when, the data do."""

from pathlib import Path

import pytest

from ladder.data import Sample, digest_file, digest_samples
from ladder.errors import DataError

ONE = Sample("1", "a", ("b",), "c", {"lang": "de"})


@pytest.mark.parametrize(
    "other",
    [
        Sample("2", "a", ("b",), "c", {"lang": "de"}),
        Sample("1", "x", ("b",), "c", {"lang": "de"}),
        Sample("1", "a", ("x",), "c", {"lang": "de"}),
        Sample("1", "a", ("b",), "x", {"lang": "de"}),
        Sample("1", "a", ("b",), "c", {"lang": "en"}),
    ],
)
def test_every_field_counts(other: Sample) -> None:
    assert digest_samples([ONE]) != digest_samples([other])


def test_a_file_is_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\n")
    (tmp_path / "b").write_bytes(b"x\r\n")

    assert digest_file(tmp_path / "a") == digest_file(str(tmp_path / "a"))
    assert digest_file(tmp_path / "a") != digest_file(tmp_path / "b")


def test_no_file_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        digest_file(tmp_path / "none")


def test_hidden_files_of_a_folder_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "docs" / ".git").mkdir(parents=True)
    (tmp_path / "docs" / "a.md").write_bytes(b"x")
    before = digest_file(tmp_path / "docs")

    for name in (".git/index", ".DS_Store"):
        (tmp_path / "docs" / name).write_bytes(b"y")

    assert digest_file(tmp_path / "docs") == before
    (tmp_path / "docs" / "b.md").write_bytes(b"y")
    assert digest_file(tmp_path / "docs") != before
