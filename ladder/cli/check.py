"""`ladder check`: spec, data and template; with `--measure` the baseline's answers too."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ladder.cli.options import (
    AllowCode,
    AsJson,
    Overrides,
    Quiet,
    RunsFolder,
    SpecPath,
    command_tail,
)
from ladder.cli.output import alive, say, say_json
from ladder.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ladder.finding import Finding

FINDINGS = 1
_COMMAND = re.compile(r"\b(ladder (?:check|plan|run)) SPEC")
FORMATS = ("text", "json", "sarif", "github")


def check(  # noqa: PLR0913, PLR0917 - options of a command line
    spec: SpecPath,
    overrides: Overrides = None,
    measure: Annotated[
        bool,
        typer.Option("--measure", help="Also ask the model: noise, cut answers, answers not read."),
    ] = False,
    runs: RunsFolder = Path("runs"),
    allow_code: AllowCode = False,
    format: Annotated[  # noqa: A002 - the flag's own name
        str, typer.Option("--format", help="text, json, sarif or github.")
    ] = "text",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Check spec, data, leakage and chat template in seconds, without a model call."""
    if format not in FORMATS:
        raise SpecError(
            f"--format: {format!r} is not a format.", next_step=f"Use one of {', '.join(FORMATS)}."
        )
    form = "json" if as_json else format
    with alive("checking", is_quiet=quiet):
        from ladder.api import check_task, measure_baseline
        from ladder.cli.status import what_is_left
        from ladder.spec import load_task

        task = load_task(spec, overrides=overrides or ())
        findings = check_task(task, allow_code=allow_code)
        if measure:
            findings += measure_baseline(task, runs_folder=runs, allow_code=allow_code)
        left = what_is_left(task, runs) if form == "text" else ""
    findings = [_as_typed(each, command_tail(spec, overrides)) for each in findings]
    _print(findings, spec, form)
    if left:
        say(left)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(FINDINGS)


def _as_typed(finding: "Finding", tail: str) -> "Finding":
    """Return a finding whose commands name this spec, with what overrides it."""
    texts = {name: getattr(finding, name) for name in ("evidence", "next_step")}
    named = {
        name: _COMMAND.sub(lambda found: f"{found[1]} {tail}", text) for name, text in texts.items()
    }
    return finding.replace(**named) if named != texts else finding


def _print(findings: "Sequence[Finding]", spec: Path, form: str) -> None:
    from ladder.formats import to_github, to_lines, to_sarif

    if form == "json":
        say_json([finding.model_dump(mode="json") for finding in findings])
    elif form == "sarif":
        say(to_sarif({str(spec): findings}, line_at=_line_in(spec)))
    elif form == "github":
        see = f"ladder check {spec}"
        say(to_github({str(spec): findings}, see=see, line_at=_line_in(spec)) or "Clean.")
    else:
        for finding in findings:
            say("\n".join(to_lines(finding)))
        many = "" if len(findings) == 1 else "s"
        say("Clean." if not findings else f"{len(findings)} finding{many}.")


def _line_in(spec: Path) -> "Callable[[Finding], int]":
    """Return what says on which line of a spec a finding stands: that of the key that it names."""
    from ladder.spec.named_lines import document_at, line_named_in

    document = document_at(spec)
    return lambda finding: line_named_in(document, f"{finding.problem} {finding.next_step}")
