"""`ladder export`: rows and settings for trl or axolotl; needs the verdict `fine_tune`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ladder.cli.options import Overrides, SpecPath, command_tail, commands_named
from ladder.cli.output import say


def export(
    spec: SpecPath,
    run: Annotated[Path, typer.Option("--run", help="The run whose verdict justifies it.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write.")],
    form: Annotated[
        Literal["trl", "axolotl"], typer.Option("--format", help="Whose configuration.")
    ] = "trl",
    overrides: Overrides = None,
) -> None:
    """Write a trl or axolotl configuration with the clean rows; it carries the decision's digest."""
    from ladder import finetune
    from ladder.decision import Decision
    from ladder.finetune.export import export as write
    from ladder.runs import RunFolder
    from ladder.spec import load_task

    task = load_task(spec, overrides=overrides or ())
    with commands_named(run, command_tail(spec, overrides)):
        permit = finetune.Permit.from_decision(Decision.load(RunFolder(run).decision), task)
    say(f"Wrote {write(permit, task, out, form=form)}")
