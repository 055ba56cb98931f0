"""`ladder plan`: what a run would cost, and what the data can decide at all."""

from typing import Annotated

import typer

from ladder.cli.options import AllowCode, AsJson, Overrides, Quiet, SpecPath
from ladder.cli.output import alive, say, say_json


def plan(  # noqa: PLR0913, PLR0917 - options of a command line
    spec: SpecPath,
    gap: Annotated[
        float | None, typer.Option("--gap", help="Print how many examples decide this gap.")
    ] = None,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure", help="Make 16 to 24 of the run's calls, to learn time, tokens and scores."
        ),
    ] = False,
    overrides: Overrides = None,
    quiet: Quiet = False,
    allow_code: AllowCode = False,
    as_json: AsJson = False,
) -> None:
    """Print calls, tokens, minutes, money, and the smallest gap that this data can decide."""
    with alive("planning", is_quiet=quiet):
        from ladder.api import plan_run
        from ladder.spec import load_task

        task = load_task(spec, overrides=overrides or ())
        estimate = plan_run(task, gap=gap, measure=measure, allow_code=allow_code)
    if as_json:
        say_json(estimate.model_dump(mode="json"))
    else:
        say(estimate.describe())
