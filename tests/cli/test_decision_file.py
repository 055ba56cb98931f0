"""Every command says the same of a run whose decision cannot be read, with the path."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ladder.decision import Decision
from ladder.errors import DecisionFileError
from tests.cli.conftest import Command, WriteSpec, right

Fault = Callable[[Path], object]


def edited(**fields: object) -> Fault:
    """Return what sets some fields of the decision in a file."""
    return lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def written_by(version: str) -> Fault:
    """Return what makes a decision another version's, with a field that this one does not know."""

    def write(path: Path) -> None:
        document = json.loads(path.read_text())
        document["provenance"]["versions"]["ladder"] = version
        path.write_text(json.dumps({**document, "of_tomorrow": 1}))

    return write


def as_pipe(path: Path) -> None:
    """Put a pipe, which nobody writes to, in a file's place."""
    path.unlink()
    os.mkfifo(path)


FAULTS: dict[str, tuple[str, Fault]] = {
    "absent": ("does not exist: there is no such run, or it is unfinished", Path.unlink),
    "foreign": (
        "is not a decision that ladder",
        lambda path: path.write_text('{"name": "package", "version": "1.0.0"}'),
    ),
    "truncated": (
        "is damaged, or no decision",
        lambda path: path.write_bytes(path.read_bytes()[:-200]),
    ),
    "newer": ("was written by a newer ladder (schema_version 2", edited(schema_version=2)),
    "empty": ("is damaged, or no decision", lambda path: path.write_bytes(b"")),
    "a pipe": ("is damaged, or no decision: it is no file", as_pipe),
    "no object": ("is damaged, or no decision", lambda path: path.write_text("[1, 2]")),
    "a key twice": (
        "a key stands twice",
        lambda path: path.write_text(path.read_text().replace("{", '{"verdict": "x",', 1)),
    ),
    "a newer release": ("was written by a newer ladder (99.0.0", written_by("99.0.0")),
    "an older release": ("is not a decision that ladder", written_by("0.0.1")),
    "edited": ("verdict does not match the decision's ledger", edited(verdict="fine_tune")),
    "another score": ("confirmation does not match", edited(confirmation=None)),
}


@pytest.mark.parametrize(("words", "spoil"), FAULTS.values(), ids=FAULTS)
def test_train_gate_report_and_status_say_the_same_of_a_decision_that_cannot_be_read(
    command: Command, write_spec: WriteSpec, words: str, spoil: Fault
) -> None:
    spec = write_spec(right)
    command("run", spec)
    (folder,) = Path("runs").iterdir()
    path = folder / "decision.json"
    spoil(path)
    with pytest.raises(DecisionFileError) as caught:
        Decision.load(path)
    sentence = str(caught.value)

    told = {
        "train": command("train", spec, "--run", folder),
        "gate": command("gate", folder),
        "report": command("report", folder),
    }
    if path.exists():  # where there is none yet, status says that the run goes on
        told["status"] = command("status")

    assert f"{path}" in sentence
    assert words in sentence
    for verb, ended in told.items():
        assert sentence in " ".join((ended.out + ended.err).split()), verb
        assert ended.code == (0 if verb == "status" else 5), verb
        assert caught.value.next_step in " ".join((ended.out + ended.err).split()), verb


def test_status_of_a_run_without_a_verdict_says_how_it_goes_on(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)
    command("run", spec)
    (folder,) = Path("runs").iterdir()
    (folder / "decision.json").unlink()

    told = "It runs, or was stopped before its verdict: ladder run"
    assert f"{told} SPEC goes on." in command("status").out
    assert f"{told} task.json goes on." in command("status", spec).out


def test_a_folder_that_is_not_there_is_the_same_to_train_gate_and_report(
    command: Command, write_spec: WriteSpec
) -> None:
    spec = write_spec(right)

    told = [
        command("train", spec, "--run", "runs/wrong"),
        command("gate", "runs/wrong"),
        command("report", "runs/wrong"),
    ]

    for ended in told:
        assert ended.code == 5
        assert "runs/wrong/decision.json does not exist: there is no such run" in ended.err
