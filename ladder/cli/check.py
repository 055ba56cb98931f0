"""`ladder check`: spec, data and template; with `--measure` the baseline's answers too."""

import re
from collections.abc import Iterable, Sequence
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
    form = wanted_form(format, as_json=as_json)
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


def wanted_form(asked: str, *, as_json: bool) -> str:
    """Return the form in which findings are printed.

    Raises:
        SpecError: There is no such form.
    """
    if asked not in FORMATS:
        raise SpecError(
            f"--format: {asked!r} is not a format.", next_step=f"Use one of {', '.join(FORMATS)}."
        )
    return "json" if as_json else asked


def say_lines(findings: "Iterable[Finding]") -> None:
    """Print findings for people."""
    from ladder.formats import to_lines

    for finding in findings:
        say("\n".join(to_lines(finding)))


def counted(findings: "Sequence[Finding]") -> str:
    """Return how many findings there are: `1 finding`, `2 findings`."""
    return f"{len(findings)} finding{'' if len(findings) == 1 else 's'}"


def _as_typed(finding: "Finding", tail: str) -> "Finding":
    """Return a finding whose commands name this spec, with what overrides it."""
    texts = {name: getattr(finding, name) for name in ("evidence", "next_step")}
    named = {
        name: _COMMAND.sub(lambda found: f"{found[1]} {tail}", text) for name, text in texts.items()
    }
    return finding.replace(**named) if named != texts else finding


def _print(findings: "Sequence[Finding]", spec: Path, form: str) -> None:
    from ladder.formats import to_github, to_sarif
    from ladder.spec.named_lines import lines_in

    if form == "json":
        say_json(findings)
    elif form == "sarif":
        say(to_sarif({str(spec): findings}, line_at=lines_in(spec)))
    elif form == "github":
        see = f"ladder check {spec}"
        say(to_github({str(spec): findings}, see=see, line_at=lines_in(spec)) or "Clean.")
    else:
        say_lines(findings)
        say(f"{counted(findings)}." if findings else "Clean.")
