"""`ladder apply`: the confirmed change, written into a copy of the spec."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import say_either


def apply(
    run: RunFolder,
    spec: Annotated[
        Path | None,
        typer.Option("--spec", help="The spec that was run; as its command named it unless given."),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", help="Where to write; SPEC.applied.yaml beside the spec unless given."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the change that a run confirmed into a copy of its spec, and check what was written."""
    from ladder.report.apply_change import write_applied

    place = write_applied(run, spec=spec, to=to)
    say_either({"spec": place}, str(place), as_json=as_json)
