"""`ladder gate`: exit 0 only where fine-tuning is justified."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, RunFolder
from ladder.cli.output import say, say_json


def gate(
    run: RunFolder,
    spec: Annotated[
        Path | None, typer.Option("--spec", help="Require that the run is of this task spec.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Exit 0 only where a run justifies fine-tuning; any other code blocks the training job."""
    from ladder.gate import check_gate

    result = check_gate(run, spec=spec)
    if as_json:
        say_json(result.model_dump(mode="json"))
    else:
        say(result.message)
    raise typer.Exit(result.exit_code)
