"""What a run leaves behind when the disk is full: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ladder.disk import write_lines
from ladder.errors import InfrastructureError


def full() -> Iterator[str]:
    yield "a"
    raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    path.write_text("old")

    with pytest.raises(InfrastructureError, match="No space left"):
        write_lines(path, full())

    assert [each.name for each in tmp_path.iterdir()] == ["spec.json"]
    assert path.read_text() == "old"
