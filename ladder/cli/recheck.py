"""`ladder recheck`: whether a run's confirmed candidate still reaches the target, on fresh rows."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AllowCode, AsJson, Quiet, RunFolder
from ladder.cli.output import alive, say, say_json


def recheck(
    run: RunFolder,
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data",
            help="New rows with their answers, in any form that eval data may have; may be given "
            "several times. Without it, what was counted so far is judged.",
        ),
    ] = None,
    allow_code: AllowCode = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask a run's confirmed candidate fresh rows, month after month: does it still reach the target?

    Exit code 0: shown by these rows. 1: shown below the target. 3: not decided yet.
    """
    with alive("asking the new rows", is_quiet=quiet):
        from ladder import api

        found = api.recheck(run, data or None, allow_code=allow_code)
    if as_json:
        more = {"exit_code": found.exit_code, "next_step": found.next_step}
        say_json({**found.model_dump(mode="json"), **more})
    else:
        say(str(found))
    if found.exit_code:
        raise typer.Exit(found.exit_code)
