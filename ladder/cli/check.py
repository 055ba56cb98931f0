"""`ladder check`: spec, data and template, without a model call."""

import typer

from ladder.cli.options import AllowCode, AsJson, Overrides, SpecPath
from ladder.cli.output import say, say_json

FINDINGS = 1


def check(
    spec: SpecPath,
    overrides: Overrides = None,
    allow_code: AllowCode = False,
    as_json: AsJson = False,
) -> None:
    """Check spec, data, leakage and chat template in seconds, without a model call."""
    from ladder.api import check_task
    from ladder.spec import load_task

    findings = check_task(load_task(spec, overrides=overrides or ()), allow_code=allow_code)
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
