"""`ladder export`: a run's candidate for other tools, an adapter to be served, or rows to train on."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from ladder.cli.options import AllowCode, Overrides, as_run, command_tail, commands_named
from ladder.cli.output import alive, say
from ladder.errors import SpecError

if TYPE_CHECKING:
    from ladder.exporting import Form

_TRAINERS = ("trl", "axolotl")


def export(  # noqa: PLR0913, PLR0917 - a verb with its options
    what: Annotated[
        Path,
        typer.Argument(
            help="A run's folder; a version of an adapter (runs/adapters/<task>/v1); or, for trl and "
            "axolotl, the task spec.",
            metavar="RUN",
            callback=as_run,
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The folder to write; a new one.")],
    form: Annotated[
        Literal["python", "openai", "messages", "vllm", "promptfoo", "dspy", "trl", "axolotl"]
        | None,
        typer.Option("--format", help="For which tool; python for a run, trl for a spec."),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            "--run",
            help="For trl and axolotl: the run whose verdict justifies it.",
            callback=as_run,
        ),
    ] = None,
    candidate: Annotated[
        str | None,
        typer.Option("--candidate", help="A candidate's label; the verdict's own unless given."),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option("--rows", help="For messages: new rows whose messages are written."),
    ] = None,
    overrides: Overrides = None,
    allow_code: AllowCode = False,
) -> None:
    """Write what a run found in the form of another tool, with a test that asks recorded questions again."""
    from ladder.spec.read_document import ENDINGS

    if form in _TRAINERS or what.suffix.lower() in ENDINGS:
        _export_rows(what, run, out, form or "trl", overrides)
        return
    from ladder.exporting import export_adapter, export_run
    from ladder.finetune.versions.registry import is_version

    if is_version(what):
        if form is not None or rows is not None or candidate is not None:
            raise SpecError(
                f"{what} is an adapter, which is exported for peft, vLLM, llama.cpp and Ollama at once.",
                next_step=f"ladder export {shlex.quote(str(what))} --out {shlex.quote(str(out))}",
            )
        with alive("exporting"):
            place = export_adapter(what, out)
        say(
            f"Wrote {place}. Test it: cd {shlex.quote(str(place))} && python compare_answers.py peft"
        )
        return
    with alive("exporting"):
        place = export_run(
            what,
            out,
            form=cast("Form", form or "python"),
            candidate=candidate,
            rows=rows,
            allow_code=allow_code,
        )
    say(f"Wrote {place}. Test it: cd {shlex.quote(str(place))} && python self_test.py")


def _export_rows(
    spec: Path, run: Path | None, out: Path, form: str, overrides: list[str] | None
) -> None:
    """Write rows and settings for those who train elsewhere."""
    from ladder import finetune
    from ladder.decision import Decision
    from ladder.finetune.export import Format
    from ladder.finetune.export import export as write
    from ladder.runs import RunFolder
    from ladder.spec import load_task

    if form not in _TRAINERS:
        raise SpecError(
            f"--format {form} exports a run, and {spec} is a spec.",
            next_step=f"Name the run's folder: ladder export runs/… --format {form} --out {out}.",
        )
    if run is None:
        raise SpecError(
            f"--format {form} needs the run whose verdict allows a training.",
            next_step=f"ladder export {spec} --run runs/… --format {form} --out {out}.",
        )
    task = load_task(spec, overrides=overrides or ())
    with commands_named(run, command_tail(spec, overrides)):
        permit = finetune.Permit.from_decision(Decision.load(RunFolder(run).decision), task)
    say(f"Wrote {write(permit, task, out, form=cast('Format', form))}")
