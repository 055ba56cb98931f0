"""`ladder gate`: exit 0 only where fine-tuning is justified."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ladder.cli.options import AsJson, BeforeCommand, as_run, command_of
from ladder.cli.output import alive, say, say_json, tell
from ladder.cli.record import RECORD
from ladder.errors import InfrastructureError, LadderError
from ladder.installation import install_line

if TYPE_CHECKING:
    from ladder.gate import GateQuestion
    from ladder.gate.outputs import GateAnswer, SpecPlace

SETTINGS = {"cls": BeforeCommand}


def gate(  # noqa: PLR0913, PLR0917 - options of a command line
    context: typer.Context,
    run: Annotated[
        Path,
        typer.Argument(
            help="A record, or a run by its folder or name.",
            metavar="[RUN_OR_RECORD]",
            callback=as_run,
        ),
    ] = RECORD,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="What counts; ladder-policy.yaml here unless given."),
    ] = None,
    spec: Annotated[
        Path | None, typer.Option("--spec", help="The task spec; its eval data count too.")
    ] = None,
    train_data: Annotated[
        list[Path] | None,
        typer.Option("--train-data", help="What the training reads; repeatable.", metavar="PATH"),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", help="The model it starts from: folder, .gguf, hub id.")
    ] = None,
    train_config: Annotated[
        list[Path] | None,
        typer.Option(
            "--train-config", help="Files that say how it trains; repeatable.", metavar="PATH"
        ),
    ] = None,
    waiver: Annotated[
        list[Path] | None, typer.Option("--waiver", help="A signed waiver.", metavar="PATH")
    ] = None,
    adapter: Annotated[
        Path | None,
        typer.Option("--adapter", help="An adapter that must come from this very verdict."),
    ] = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Rebuild the verdict from the run's journal.")
    ] = False,
    summary: Annotated[
        Path | None, typer.Option("--summary", help="Append Markdown to this file.")
    ] = None,
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML.")] = None,
    sarif: Annotated[Path | None, typer.Option("--sarif", help="Write SARIF 2.1.0.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Append state, rule and exit-code, as GitHub reads them."),
    ] = None,
    comment: Annotated[
        bool,
        typer.Option("--comment", help="In a GitHub job: keep one comment of the pull request."),
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="In a GitHub job: write a check with the verdict.")
    ] = False,
    allow_code: Annotated[
        bool, typer.Option("--allow-code", help="With --recompute: allow a metric that is code.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Exit 0 only where a record justifies fine-tuning; any other code blocks the training job.

    With a command behind `--`, start it if the gate opens, and end with its exit code:
    `ladder gate record.json --train-data train.jsonl -- accelerate launch train.py`.
    """
    from ladder.gate import GateQuestion, Shown
    from ladder.gate.execute import run_verified

    command = command_of(context)
    shown = Shown(
        spec, tuple(train_data or ()), base, tuple(train_config or ()), tuple(command or ())
    )
    question = GateQuestion(
        policy=policy,
        shown=shown,
        waivers=tuple(waiver or ()),
        is_recomputed=recompute,
        adapter=adapter,
        allow_code=allow_code,
    )
    answer = _ask(run, question)
    place = _spec_place(spec)
    try:
        _append(answer, summary, output)
        _write(answer, run, junit, sarif)
        if comment or check:
            _tell_pull_request(answer, str(run), place, summary, comment=comment, check=check)
    except OSError as error:
        raise _as_infrastructure(error) from None
    _tell(answer, place, as_json=as_json)
    if answer.exit_code or answer.result is None or command is None:
        raise typer.Exit(answer.exit_code)
    if not command:
        raise typer.BadParameter("nothing stands behind `--`", ctx=context)
    raise typer.Exit(run_verified(command, shown, answer.result.record))


def _ask(run: Path, question: "GateQuestion") -> "GateAnswer":
    from ladder.gate import check_gate
    from ladder.gate.outputs import answer_of, answer_of_error

    try:
        with alive("judging"):
            return answer_of(check_gate(run, question))
    except LadderError as error:
        return answer_of_error(error)
    except (OSError, ImportError) as error:
        return answer_of_error(_as_infrastructure(error))


def _as_infrastructure(error: OSError | ImportError) -> InfrastructureError:
    if isinstance(error, ImportError):
        return InfrastructureError(
            f"What this question needs is not installed: {error}.",
            next_step=f"{install_line('local')}, or name a folder instead of a hub id.",
        )
    return InfrastructureError(
        f"{error.filename}: {error.strerror}.", next_step="Check path, permissions and disk space."
    )


def _append(answer: "GateAnswer", summary: Path | None, output: Path | None) -> None:
    from ladder.gate.outputs import to_summary

    facts = f"state={answer.state}\nrule={answer.rule}\nexit-code={answer.exit_code}\n"
    for path, text in ((summary, to_summary(answer)), (output, facts)):
        if path is not None:
            with path.open("a", encoding="utf-8") as file:
                file.write(text)


def _write(answer: "GateAnswer", run: Path, junit: Path | None, sarif: Path | None) -> None:
    from ladder.gate.outputs import to_junit, to_sarif

    if junit is not None:
        junit.write_text(to_junit(answer), encoding="utf-8")
    if sarif is not None:
        document = json.dumps(to_sarif(answer, str(run)), indent=2)
        sarif.write_text(document + "\n", encoding="utf-8")


def _spec_place(spec: Path | None) -> "SpecPlace | None":
    from ladder.gate.outputs import SpecPlace

    root = Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    return SpecPlace.of(spec, root) if spec is not None else None


def _tell_pull_request(
    answer: "GateAnswer",
    record: str,
    place: "SpecPlace | None",
    summary: Path | None,
    *,
    comment: bool,
    check: bool,
) -> None:
    """Write comment and check; what cannot be written is said in the summary, and stops nothing."""
    from ladder.formats.markdown import plain
    from ladder.gate.github_place import github_place
    from ladder.gate.pull_request import tell_pull_request

    where = github_place(os.environ)
    with alive("telling the pull request"):
        untold = tell_pull_request(
            answer, where, record=record, spec=place, comment=comment, check=check
        )
    for line in untold:
        tell(f"Note: {line}")
        if summary is not None:
            with summary.open("a", encoding="utf-8") as file:
                file.write(f"\n{plain(line, 600)}\n")


def _tell(answer: "GateAnswer", place: "SpecPlace | None", *, as_json: bool) -> None:
    from ladder.gate.outputs import to_annotations, to_json

    if as_json:
        say_json(to_json(answer))
    elif os.environ.get("GITHUB_ACTIONS") == "true":
        say(to_annotations(answer, place))
    elif answer.state == "refused":
        tell(answer.message)
    else:
        say(answer.message)
