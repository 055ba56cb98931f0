"""`ladder status`: how far runs are, and what the eval data can still be asked."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ladder.cli.options import AsJson, RunsFolder, newest_run_named
from ladder.cli.output import say_either
from ladder.errors import DecisionFileError, LadderError, SpecError
from ladder.runs.folder import RunFolder

if TYPE_CHECKING:
    from ladder.spec.task import TaskSpec


def status(
    named: Annotated[
        Path | None,
        typer.Argument(
            help="Only the run of this task spec, or this run: its folder or its name.",
            metavar="SPEC or RUN",
        ),
    ] = None,
    runs: RunsFolder = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List runs with their verdicts, and what their eval data can still be asked."""
    if runs.is_file():
        raise SpecError(
            f"--runs: {runs} is a file.", next_step="Name the folder that holds the runs."
        )
    rows = _rows(runs) if named is None else _rows_named(named, runs)
    lines = [
        f"{row['run']:<44} {row['verdict']:<13} {row['sentence']}\n    {row['looks']}"
        for row in rows
    ]
    none = f"No runs in {runs}. Start one: ladder run SPEC"
    say_either(rows, "\n".join(lines) or none, as_json=as_json)


def _rows(runs: Path) -> list[dict[str, str]]:
    return [
        _row(folder, _looks(folder))
        for folder in sorted(runs.glob("*"))
        if RunFolder(folder).spec.is_file()
    ]


def _rows_named(named: Path, runs: Path) -> list[dict[str, str]]:
    """Return the one run of a task spec, the one in a folder, or all that a folder holds."""
    from ladder.decision import Decision
    from ladder.spec.read_document import ENDINGS

    if named.suffix.lower() in ENDINGS:
        return [_row_of_task(named, runs)]
    folder = newest_run_named(named, runs)
    held = _rows(folder)
    if held:
        return held
    if not RunFolder(folder).spec.is_file():
        Decision.load(RunFolder(folder).decision)  # raises, and says that this is no run
    return [_row(folder, _looks(folder))]


def _row_of_task(spec: Path, runs: Path) -> dict[str, str]:
    from ladder.api import run_folder_of
    from ladder.spec import load_task

    task = load_task(spec)
    row = _row(run_folder_of(task, runs), what_is_left(task, runs))
    return {**row, "sentence": row["sentence"].replace(" SPEC", f" {shlex.quote(str(spec))}")}


def _row(folder: Path, looks: str) -> dict[str, str]:
    state, told = _state_of(folder)
    return {"run": str(folder), "verdict": state, "sentence": told, "looks": looks}


def _state_of(folder: Path) -> tuple[str, str]:
    """Return the verdict of a run, or how far it is, with a sentence about it."""
    from ladder.decision import Decision

    if not folder.is_dir():
        return "not started", "Start it: ladder run SPEC"
    try:
        decision = Decision.load(RunFolder(folder).decision)
    except DecisionFileError as error:
        if error.fault != "absent":
            return "unreadable", f"{error} {error.next_step}"
        told = "It runs, or was stopped before its verdict: ladder run SPEC goes on."
        return "unfinished", told
    return decision.verdict, decision.sentence


def _looks(folder: Path) -> str:
    from ladder.spec.task import TaskSpec

    try:
        # Its paths are already those of the folder in which the run was started.
        text = RunFolder(folder).spec.read_text(encoding="utf-8")
        return what_is_left(TaskSpec.model_validate_json(text), folder.parent)
    except (OSError, ValueError) as error:
        return f"What was asked of its eval data is not known here: the spec is damaged: {error}"


def what_is_left(task: "TaskSpec", runs: Path) -> str:
    """Return in words what the eval data of a task can still be asked, or why that is not known."""
    from ladder.api import describe_looks

    try:
        return describe_looks(task, runs_folder=runs)
    except LadderError as error:
        return f"What was asked of its eval data is not known here: {error} {error.next_step}"
