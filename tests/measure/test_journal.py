"""The journal keeps every answer, and trusts no byte that it did not write."""

import sqlite3
from pathlib import Path

import pytest

from ladder.errors import InfrastructureError
from ladder.measure.journal import DamagedJournalWarning, Journal, request_key
from ladder.models.base import Message, Request
from ladder.spec.candidate import ChatSetup, Decoding

REQUEST = Request((Message("user", "1 + 1"),), ChatSetup(), Decoding())


def test_what_was_written_is_there_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        journal.write({"a": {"text": "two"}, "b": -1.5})

    with Journal(path) as journal:
        found = journal.read(["a", "b", "c"])

    assert found == {"a": {"text": "two"}, "b": -1.5}


@pytest.mark.parametrize(
    "other",
    [
        Request((Message("user", "1 + 2"),), ChatSetup(), Decoding()),
        Request((Message("system", "1 + 1"),), ChatSetup(), Decoding()),
        Request(REQUEST.messages, ChatSetup(mode="completion"), Decoding()),
        Request(REQUEST.messages, ChatSetup(), Decoding(max_new_tokens=8)),
        Request(REQUEST.messages, ChatSetup(), Decoding(seed=1)),
    ],
)
def test_whatever_can_change_an_answer_changes_the_key(other: Request) -> None:
    assert request_key("model", REQUEST) != request_key("model", other)


def test_another_model_never_gets_this_models_answers() -> None:
    assert request_key("a", REQUEST) != request_key("b", REQUEST)
    assert request_key("a", REQUEST) != request_key("a", REQUEST, kind="repeat")


def test_a_flipped_byte_makes_a_row_absent(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        journal.write({"a": {"text": "right"}, "b": {"text": "kept"}})
    with sqlite3.connect(path) as raw:
        raw.execute("""UPDATE answers SET value = '{"text": "wrong"}' WHERE key = 'a'""")
    raw.close()

    with Journal(path) as journal, pytest.warns(DamagedJournalWarning, match="damaged"):
        found = journal.read(["a", "b"])

    assert found == {"b": {"text": "kept"}}


def test_a_file_that_is_no_journal_is_moved_aside_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"garbage" * 1000)

    with pytest.warns(DamagedJournalWarning, match="starts anew"):
        journal = Journal(path)
    with journal:
        journal.write({"a": 1})
        found = journal.read(["a"])

    (aside,) = tmp_path.glob("journal.sqlite.corrupt-*")
    assert found == {"a": 1}
    assert aside.read_bytes().startswith(b"garbage")


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9])
def test_a_file_that_was_cut_is_moved_aside_when_it_is_opened(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "journal.sqlite"
    with Journal(path) as journal:
        journal.write({str(at): {"text": "x" * 500} for at in range(400)})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])

    with pytest.warns(DamagedJournalWarning, match="starts anew"):
        journal = Journal(path)
    with journal:
        journal.write({"a": 1})

        assert journal.read(["a", "399"]) == {"a": 1}


def test_an_empty_file_is_a_new_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite").touch()

    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.write({"a": 1})

        assert journal.read(["a"]) == {"a": 1}


def test_a_table_of_another_program_is_said_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE answers (mine TEXT)")
    raw.close()

    with Journal(path) as journal, pytest.raises(InfrastructureError, match="cannot be read"):
        journal.read(["a"])


def test_a_folder_that_is_not_there_is_an_outage_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="cannot be opened") as caught:
        Journal(tmp_path / "absent" / "journal.sqlite")

    assert "run folder" in caught.value.next_step
