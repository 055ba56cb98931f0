"""`ladder train`: lever 8, only behind a matching `fine_tune` verdict."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ladder.cli.options import (
    AllowCode,
    AsJson,
    Overrides,
    Quiet,
    SpecPath,
    as_run,
    command_tail,
    commands_named,
)
from ladder.cli.output import alive, console, say_either
from ladder.errors import LadderError

if TYPE_CHECKING:
    from ladder.finetune.trials import TriedSetting


def train(  # noqa: PLR0913, PLR0917 - a verb with its options
    spec: SpecPath,
    run: Annotated[
        Path, typer.Option("--run", help="The run whose verdict justifies it.", callback=as_run)
    ],
    overrides: Overrides = None,
    curve: Annotated[
        bool,
        typer.Option("--learning-curve", help="Train on 1/4, 1/2 and all rows: would more help?"),
    ] = False,
    search: Annotated[
        bool,
        typer.Option(
            "--search", help="Try a few learning rates and ranks first; trains no version."
        ),
    ] = False,
    allow_code: AllowCode = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Run the ten parts of a sound plan and train by QLoRA; refuses without the verdict `fine_tune`.

    Stops at the first part that blocks; the same command continues from there.
    """
    with alive("starting", is_quiet=quiet):
        from ladder import finetune
        from ladder.progress.training_screen import training_shown
    from ladder.decision import Decision
    from ladder.finetune.checklist import read_checklist, write_table
    from ladder.finetune.training.processes import is_first
    from ladder.gate.contradictions import check_ledger
    from ladder.runs import RunFolder
    from ladder.spec import load_task

    shown = None if quiet or not is_first() else console
    task = load_task(spec, overrides=overrides or ())
    decision = Decision.load(RunFolder(run).decision)
    with commands_named(run, command_tail(spec, overrides)):
        permit = finetune.Permit.from_decision(decision, task)
    check_ledger(decision.verdict, decision.confirmation, task, str(run))
    if search:
        with training_shown(shown) as observe:
            settings = finetune.search_settings(permit, task, run_folder=run, observer=observe)
        _say_settings(settings, as_json=as_json)
        return
    if curve:
        with training_shown(shown) as observe:
            found = finetune.learning_curve(
                permit, task, run_folder=run, observer=observe, allow_code=allow_code
            )
        say_either(found, str(found), as_json=as_json)
        return
    try:
        with training_shown(shown) as observe:
            report = finetune.train(
                permit, task, run_folder=run, observer=observe, allow_code=allow_code
            )
    except LadderError:
        console.print(write_table(read_checklist(RunFolder(run).training)), markup=False)
        raise
    if not is_first():
        return
    say_either(report, str(report), as_json=as_json)
    raise typer.Exit(0 if report.is_promotable else 1)


def _say_settings(settings: "Sequence[TriedSetting]", *, as_json: bool) -> None:
    rows = [
        f"  learning_rate {each.learning_rate:<8.2g} rank {each.rank:<4} "
        + ("diverged" if each.loss is None else f"loss {each.loss:.3f}  whole {each.whole:.2f}")
        for each in settings
    ]
    best = settings[0]
    step = f"Best: training: {{learning_rate: {best.learning_rate:.2g}, rank: {best.rank}}}."
    say_either(settings, "\n".join([*rows, step]), as_json=as_json)
