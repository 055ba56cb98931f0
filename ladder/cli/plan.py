"""`ladder plan`: what a run would cost, and what the data can decide at all."""

import os
from typing import Annotated

import typer

from ladder.cli.options import AllowCode, AsJson, Overrides, Quiet, SpecPath
from ladder.cli.output import alive, console, say, say_json

BUSY = 2.0
"""Jobs a core from which a guess made on a quiet machine is worth a word."""


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
        say_json(estimate)
        return
    say(estimate.describe())
    if not (estimate.is_measured or task.model.is_endpoint or quiet) and hasattr(os, "getloadavg"):
        note = busy_words(os.getloadavg()[0], os.cpu_count() or 1)
        if note:
            console.print(note, markup=False, highlight=False)


def busy_words(load: float, cores: int) -> str:
    """Return that other work takes the processor, so that a guess of minutes is too low; else nothing.

    >>> busy_words(8.0, 2)
    'This machine is busy (load 8.0 on 2 cores): the minutes may be about 4 times as many.'
    >>> busy_words(2.0, 2)
    ''
    """
    times = (load + 1) / cores
    if times < BUSY:
        return ""
    return (
        f"This machine is busy (load {load:.1f} on {cores} cores): the minutes may be about "
        f"{times:.0f} times as many."
    )
