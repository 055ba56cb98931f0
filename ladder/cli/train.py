"""`ladder train`: lever 8, only behind a matching `fine_tune` verdict."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AsJson, Overrides, SpecPath
from ladder.cli.output import console, say, say_json


def train(
    spec: SpecPath,
    run: Annotated[Path, typer.Option("--run", help="The run whose verdict justifies it.")],
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Train an adapter by QLoRA; refuses without the verdict `fine_tune` on this very task."""
    from ladder import finetune
    from ladder.decision import Decision
    from ladder.spec import load_task

    task = load_task(spec, overrides=overrides or ())
    permit = finetune.Permit.from_decision(Decision.load(run / "decision.json"), task)
    report = finetune.train(permit, task, run_folder=run, observer=console.print)
    if as_json:
        say_json(report.model_dump(mode="json"))
    else:
        say(report.sentence)
