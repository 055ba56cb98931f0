"""The verdict and the checks as findings about the spec: for code scanning and annotations."""

from collections.abc import Mapping, Sequence

from ladder import formats
from ladder.finding import Finding
from ladder.report.run_command import spec_file
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView
from ladder.spec.named_lines import lines_in
from ladder.text import escaped, visible


def findings_of(evidence: Evidence) -> Mapping[str, Sequence[Finding]]:
    """Return the verdict, then what the checks found, under the path of the spec.

    A verdict that sends somebody to work, to train or to find examples, is a warning.
    """
    decision = evidence.decision
    view = RunView(evidence)
    claim, step = view.claim, view.step
    verdict = Finding(
        code=f"verdict {decision.verdict}",
        severity="info" if decision.names_a_winner else "warning",
        problem=f"{decision.sentence} {claim.number} {claim.where}, {claim.error}.",
        next_step=f"{step.words} {step.command}".strip(),
    )
    return {spec_file(decision): (verdict, *decision.checks)}


def to_sarif(evidence: Evidence) -> str:
    """Return SARIF 2.1.0 for code scanning."""
    found = formats.to_sarif(findings_of(evidence), line_at=lines_in(spec_file(evidence.decision)))
    return escaped(found) + "\n"


def to_github(evidence: Evidence) -> str:
    """Return workflow commands, which GitHub shows as annotations, the worst first."""
    see = f"ladder report {evidence.folder} --format md"
    found = formats.to_github(
        findings_of(evidence), see=see, line_at=lines_in(spec_file(evidence.decision))
    )
    return visible(found) + "\n"
