"""`ladder compare`: two runs beside each other."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import alive, say, say_json


def compare(
    run: RunFolder,
    other: Annotated[Path, typer.Argument(help="The second run's folder.")],
    as_json: AsJson = False,
) -> None:
    """Print two verdicts, and which samples the second run's best candidate fixed and broke."""
    from ladder.report import load_evidence
    from ladder.report.compare_runs import compare_runs

    with alive("comparing"):
        found = compare_runs(load_evidence(run), load_evidence(other))
    if as_json:
        say_json(found.as_json())
    else:
        say(found.describe())
