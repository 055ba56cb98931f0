"""`ladder report`: a run's decision for a person."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import alive, say_either, say_styled, tell


def report(  # noqa: PLR0913, PLR0917 - a verb with its options
    run: RunFolder,
    format: Annotated[  # noqa: A002 - the flag's own name
        str, typer.Option("--format", help="html, md, txt, json, junit, sarif or github.")
    ] = "html",
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to write; - for stdout.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", help="Send it to mlflow, wandb or trackio, after telling what is sent."
        ),
    ] = None,
    project: Annotated[
        str, typer.Option("--project", help="With --to: the experiment or project.")
    ] = "ladder",
    with_rows: Annotated[
        bool, typer.Option("--with-rows", help="With --to: samples and answers are sent, too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --to: only tell what would be sent.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a run's report, and print where it is; of a folder of runs, a page that lists them."""
    if to is not None:
        _send(run, to, project, with_rows=with_rows, dry_run=dry_run, as_json=as_json)
        return
    from ladder.report import FORMATS, load_evidence, write_report
    from ladder.report.runs_list import is_folder_of_runs, write_runs_list

    if format == "html" and str(output) != "-" and is_folder_of_runs(run):
        path = write_runs_list(run, output)
        say_either({"report": path}, str(path), as_json=as_json)
    elif str(output) == "-" and format in FORMATS:
        say_styled(FORMATS[format][1](load_evidence(run)))
    else:
        with alive("writing the report"):
            path = write_report(run, format, output)
        say_either({"report": path}, str(path), as_json=as_json)


def _send(
    run: Path, to: str, project: str, *, with_rows: bool, dry_run: bool, as_json: bool
) -> None:
    from ladder.tracking import send_run, tracker_named

    with alive("sending"):
        place = send_run(
            run, tracker_named(to), tell=tell, project=project, with_rows=with_rows, dry_run=dry_run
        )
    sent = {"sent_to": to, "place": place, "sent": not dry_run}
    say_either(sent, place or "Nothing was sent.", as_json=as_json)
