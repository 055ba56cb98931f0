"""`ladder check`: spec, data and template; with `--measure` the baseline's answers too."""

from pathlib import Path
from typing import Annotated

import typer

from ladder.cli.options import AllowCode, AsJson, Overrides, RunsFolder, SpecPath
from ladder.cli.output import say, say_json

FINDINGS = 1


def check(
    spec: SpecPath,
    overrides: Overrides = None,
    measure: Annotated[
        bool,
        typer.Option("--measure", help="Also ask the model: noise, cut answers, answers not read."),
    ] = False,
    runs: RunsFolder = Path("runs"),
    allow_code: AllowCode = False,
    as_json: AsJson = False,
) -> None:
    """Check spec, data, leakage and chat template in seconds, without a model call."""
    from ladder.api import check_task, measure_baseline
    from ladder.spec import load_task

    task = load_task(spec, overrides=overrides or ())
    findings = check_task(task, allow_code=allow_code)
    if measure:
        findings += measure_baseline(task, runs_folder=runs, allow_code=allow_code)
    if as_json:
        say_json([finding.model_dump(mode="json") for finding in findings])
    else:
        for finding in findings:
            say(f"{finding.severity:<8}{finding.code}: {finding.problem}")
            if finding.evidence:
                say(f"        {finding.evidence}")
            if finding.next_step:
                say(f"        Next: {finding.next_step}")
        many = "" if len(findings) == 1 else "s"
        say("Clean." if not findings else f"{len(findings)} finding{many}.")
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(FINDINGS)
