"""Arguments that several verbs share."""

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from ladder.cli.output import tell
from ladder.errors import LadderError, SpecError

_COMMAND = "ladder.command"

SpecPath = Annotated[
    Path, typer.Argument(help="The task spec: YAML, TOML or JSON.", metavar="SPEC")
]
RunsFolder = Annotated[
    Path, typer.Option("--runs", help="The folder that holds all runs.", is_eager=True)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Override a field: --set levers.rag.top_k=[1,3].", metavar="KEY=VALUE"
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr while it runs.")]
AllowCode = Annotated[
    bool,
    typer.Option(
        "--allow-code", help="Allow a metric or retriever that is the user's own Python function."
    ),
]


def as_run(context: typer.Context, run: Path | None) -> Path | None:
    """Return the folder of a run that the command line names by folder, by name or by its task."""
    runs = context.params.get("runs") or Path("runs")
    return None if run is None else run_named(run, runs)


RunFolder = Annotated[
    Path,
    typer.Argument(
        help="A run: its folder, its name in the folder of runs, or the name of its task for the "
        "newest one.",
        callback=as_run,
    ),
]


MovedTo = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        help="Where the model's server is now, where it has moved: its answers to some recorded "
        "questions are compared first, and the run's folder keeps the address.",
    ),
]


InputColumn = Annotated[
    str | None,
    typer.Option("--input", help="The column that is asked; as in the eval data unless given."),
]
OtherColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        help="Any other column of the eval data that the new rows call otherwise: title=subject.",
        metavar="NAME=COLUMN",
    ),
]


def named_columns(given: Sequence[str] | None) -> dict[str, str]:
    """Return what new rows call some columns of the eval data.

    Raises:
        SpecError: One is not of the form NAME=COLUMN.

    >>> named_columns(["title=subject"])
    {'title': 'subject'}
    """
    found = {}
    for each in given or ():
        ours, _, theirs = each.partition("=")
        if not (ours.strip() and theirs.strip()):
            raise SpecError(
                f"--column: {each!r} does not name two columns.",
                next_step="Write --column NAME=COLUMN, with the name in the eval data first.",
            )
        found[ours.strip()] = theirs.strip()
    return found


def command_tail(spec: Path, overrides: Sequence[str] | None) -> str:
    """Return what stands behind a verb for the same task: the spec, and what overrides it."""
    return shlex.join([str(spec), *(f"--set={each}" for each in overrides or ())])


@contextmanager
def commands_named(run: Path, tail: str) -> Iterator[None]:
    """Let the commands in the next step of an error name this run and this spec."""
    try:
        yield
    except LadderError as error:
        step = error.next_step.replace(
            "ladder report RUN", f"ladder report {shlex.quote(str(run))}"
        )
        error.next_step = step.replace("ladder run SPEC", f"ladder run {tail}")
        raise


@contextmanager
def new_address_named() -> Iterator[None]:
    """Let the next step of an error say how the new address of a run's server is given."""
    try:
        yield
    except LadderError as error:
        error.next_step = error.next_step.replace(
            "correct model.base_url", "name its new address with --base-url"
        )
        raise


class BeforeCommand(TyperCommand):
    """Keeps what stands behind `--` apart: it is a command to start, not the gate's own words."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own click
        """Cut the command line at the first `--`."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_COMMAND] = args[at + 1 :]
            args = args[:at]
        return list(super().parse_args(ctx, args))


def command_of(context: typer.Context) -> list[str] | None:
    """Return the words behind `--`; None where there is no `--`."""
    found: list[str] | None = context.meta.get(_COMMAND)
    return found


def run_named(run: Path, runs: Path) -> Path:
    """Return a run's folder by its path, its name in the folder of runs, or its task's name.

    Of several runs of one task it is the newest that was finished, if one was: one that a server cut
    short at its start says nothing. Where a newer one is unfinished, that is told. What is none is
    left as it is: reading it says so.
    """
    of_task = _runs_of_task(run, runs)
    finished = [each for each in of_task if _is_finished(each)]
    if not finished:
        return of_task[0] if of_task else run
    if finished[0] != of_task[0]:
        tell(
            f"{run} has a newer run, {of_task[0]}, which is unfinished: this is of {finished[0]}, the newest "
            "that was finished."
        )
    return finished[0]


def newest_run_named(run: Path, runs: Path) -> Path:
    """Return a run's folder as `run_named` does; of several runs of one task the newest, finished or not."""
    return next(iter(_runs_of_task(run, runs)), run)


def _runs_of_task(run: Path, runs: Path) -> list[Path]:
    """Return the runs that a word of the command line may mean, the newest first; one where it names it."""
    if len(run.parts) > 1 or run.is_file() or _is_finished(run):
        return [run]
    named = runs / run
    if named.is_dir():
        return [named]
    of_task = [
        each
        for each in runs.glob(f"{run}-*")
        if re.fullmatch(r"[0-9a-f]{8}", each.name[len(str(run)) + 1 :])
    ]
    return sorted(of_task, key=_when_run, reverse=True)


def _when_run(run: Path) -> float:
    """Return when a run was last at work; a report or a recheck that is written later does not count."""
    from ladder.runs.folder import RunFolder as FilesOfRun

    files = FilesOfRun(run)
    written = (files.spec, files.decision if _is_finished(run) else files.journal)
    times = [each.stat().st_mtime for each in written if each.exists()]
    return max(times, default=run.stat().st_mtime)


def _is_finished(run: Path) -> bool:
    from ladder.runs.folder import RunFolder as FilesOfRun

    return FilesOfRun(run).decision.exists()
