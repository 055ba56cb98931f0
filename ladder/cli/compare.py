"""`ladder compare`: two runs beside each other."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder, RunsFolder, run_named
from ladder.cli.output import alive, say, say_json
from ladder.errors import SpecError


def compare(
    run: RunFolder,
    other: Annotated[Path, typer.Argument(help="The second run's folder, or its name.")],
    task: Annotated[
        Path | None,
        typer.Option(
            "--task",
            help="The spec that `ladder import` wrote: the two are then recordings of it, by file or by "
            "name (baseline, prompt, …), compared row by row.",
        ),
    ] = None,
    runs: RunsFolder = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """Print two verdicts, and which samples the second run's best candidate fixed and broke."""
    if task is None and run.suffix == other.suffix == ".jsonl":
        raise SpecError(
            f"{run} and {other} are recordings, and no runs.",
            next_step="Name the task that they answer: --task imported/task.yaml.",
        )
    if task is not None:
        _compare_recordings(task, run, other, as_json=as_json)
        return
    from ladder.report import load_evidence
    from ladder.report.compare_runs import compare_runs

    with alive("comparing"):
        found = compare_runs(load_evidence(run), load_evidence(run_named(other, runs)))
    if as_json:
        say_json(found.as_json())
    else:
        say(found.describe())


def _compare_recordings(task: Path, before: Path, after: Path, *, as_json: bool) -> None:
    from ladder.importing import compare_recordings

    with alive("comparing"):
        found = compare_recordings(task, before, after)
    say_json(asdict(found)) if as_json else say(found.describe())
