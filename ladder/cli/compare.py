"""`ladder compare`: two runs beside each other."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder, RunsFolder, run_named
from ladder.cli.output import alive, say_either
from ladder.errors import SpecError


def compare(  # noqa: PLR0913, PLR0917 - the options of the command
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
    format: Annotated[  # noqa: A002 - the flag's own name
        str,
        typer.Option(
            "--format", help="txt, or html: a page with both answers to each sample that changed."
        ),
    ] = "txt",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", help="Where to write the page; in the second run's folder unless given."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print two verdicts, and which samples the second run's best candidate fixed and broke."""
    if task is None and run.suffix == other.suffix == ".jsonl":
        raise SpecError(
            f"{run} and {other} are recordings, and no runs.",
            next_step="Name the task that they answer: --task imported/task.yaml.",
        )
    _refuse_form(format, output, is_of_runs=task is None)
    if task is not None:
        _compare_recordings(task, run, other, as_json=as_json)
        return
    from ladder.report import load_evidence
    from ladder.report.compare_page import write_compare_page
    from ladder.report.compare_runs import compare_runs

    with alive("comparing"):
        before, after = load_evidence(run), load_evidence(run_named(other, runs))
        page = write_compare_page(before, after, output) if format == "html" else None
        found = compare_runs(before, after)
    if page is not None:
        say_either({"page": page}, str(page), as_json=as_json)
    else:
        say_either(found.as_json(), found.describe(), as_json=as_json)


def _refuse_form(form: str, output: Path | None, *, is_of_runs: bool) -> None:
    if form not in ("txt", "html"):
        raise SpecError(f"--format {form} is not known.", next_step="Write txt or html.")
    if output is not None and form == "txt":
        raise SpecError(
            f"--output {output} is for a page.", next_step=f"--format html --output {output}"
        )
    if form == "html" and not is_of_runs:
        raise SpecError(
            "A page is made of two runs, not of recordings.", next_step="Leave --format out."
        )


def _compare_recordings(task: Path, before: Path, after: Path, *, as_json: bool) -> None:
    from ladder.importing import compare_recordings

    with alive("comparing"):
        found = compare_recordings(task, before, after)
    say_either(found, found.describe(), as_json=as_json)
