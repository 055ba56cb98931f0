"""`ladder report`: a run's decision for a person."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import RunFolder
from ladder.cli.output import say


def report(
    run: RunFolder,
    format: Annotated[  # noqa: A002 - the flag's own name
        str, typer.Option("--format", help="html, md, txt, json or junit.")
    ] = "html",
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to write; - for stdout.")
    ] = None,
) -> None:
    """Write a run's report, and print where it is."""
    from ladder.report import FORMATS, load_evidence, write_report

    if str(output) == "-" and format in FORMATS:
        say(FORMATS[format][1](load_evidence(run)))
    else:
        say(str(write_report(run, format, output)))
