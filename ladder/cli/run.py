"""`ladder run`: measure the baseline, try the levers and give a verdict."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ladder.cli.options import AllowCode, AsJson, Overrides, Quiet, RunsFolder, SpecPath
from ladder.cli.output import alive, console, say, say_json

if TYPE_CHECKING:
    from ladder.report import Evidence

INCONCLUSIVE = 3


def run(  # noqa: PLR0913, PLR0917 - the options of the command
    spec: SpecPath,
    overrides: Overrides = None,
    runs: RunsFolder = Path("runs"),
    allow_code: AllowCode = False,
    explore: Annotated[
        bool,
        typer.Option(
            "--explore",
            help="Only try levers, as often as you like: the confirmation part is not asked.",
        ),
    ] = False,
    workers: Annotated[
        str | None,
        typer.Option("--workers", help="ray: load the weights in the workers of a Ray cluster."),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure the baseline, try the levers, and give a verdict; the same command continues."""
    with alive("starting", is_quiet=quiet):
        from ladder import api
        from ladder.progress.run_screen import RunScreen
        from ladder.report import load_evidence, write_report
        from ladder.spec import load_task

    chosen = [] if workers is None else [f"model.workers={workers}"]
    task = load_task(spec, overrides=[*(overrides or ()), *chosen])
    decision = api.run(
        task,
        runs_folder=runs,
        allow_code=allow_code,
        explore=explore,
        progress=RunScreen(None if quiet else console),
    )
    folder = api.run_folder_of(task, runs)
    with alive("writing the report", is_quiet=quiet):
        page = write_report(folder, "html")
    if as_json:
        say_json(decision)
    else:
        _say_verdict(load_evidence(folder))
        say(f"\nReport: {page}")
    if decision.verdict == "inconclusive":
        raise typer.Exit(INCONCLUSIVE)


def _say_verdict(evidence: "Evidence") -> None:
    """Print the first screen: as wide as the terminal and in colour, or whole in a file."""
    from ladder.report import to_terminal, to_text

    if sys.stdout.isatty():
        Console(highlight=False).print(to_terminal(evidence), crop=False)
    else:
        say(to_text(evidence))
