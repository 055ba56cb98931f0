"""`ladder report`: a run's decision for a person."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import alive, say, say_json, say_styled


def report(
    run: RunFolder,
    format: Annotated[  # noqa: A002 - the flag's own name
        str, typer.Option("--format", help="html, md, txt, json, junit, sarif or github.")
    ] = "html",
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to write; - for stdout.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a run's report, and print where it is; of a folder of runs, a page that lists them."""
    from ladder.report import FORMATS, load_evidence, write_report
    from ladder.report.runs_list import is_folder_of_runs, write_runs_list

    if format == "html" and str(output) != "-" and is_folder_of_runs(run):
        path = write_runs_list(run, output)
        say_json({"report": str(path)}) if as_json else say(str(path))
    elif str(output) == "-" and format in FORMATS:
        say_styled(FORMATS[format][1](load_evidence(run)))
    else:
        with alive("writing the report"):
            path = write_report(run, format, output)
        say_json({"report": str(path)}) if as_json else say(str(path))
