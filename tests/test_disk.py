"""A file is written whole or not at all, and a lock is held by one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ladder.disk import file_digest, locked, write_json, write_lines
from ladder.errors import InfrastructureError, SpecError


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


def test_json_is_written_with_sorted_keys_and_read_back(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": "é", "a": 1})

    assert (tmp_path / "a.json").read_text("utf-8") == '{\n "a": 1,\n "b": "é"\n}'


def test_a_digest_is_that_of_the_bytes_as_they_are_now(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1")
    before = file_digest(path)
    path.write_bytes(b"2")

    assert before == "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    assert file_digest(path) != before


def test_a_lock_that_another_holds_raises_the_error_that_the_caller_made(tmp_path: Path) -> None:
    def busy() -> SpecError:
        return SpecError("in use", next_step="Wait.")

    path = tmp_path / "lock"
    with (
        locked(path),
        pytest.raises(SpecError, match="in use"),
        locked(path, wait_seconds=0, busy=busy),
    ):
        pass

    with locked(path, wait_seconds=0, busy=busy):
        pass


def test_a_shared_lock_may_be_taken_again_inside_its_block(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    with locked(path, wait_seconds=1, is_shared=True), locked(path, wait_seconds=1, is_shared=True):
        pass
