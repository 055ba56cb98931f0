"""The verdict and the checks for other tools: findings about the spec (SARIF, GitHub), and JUnit."""

from collections.abc import Mapping, Sequence

from ladder import formats
from ladder.decision import Decision
from ladder.finding import Finding
from ladder.formats.junit import JunitCase, junit_xml
from ladder.report import numbers
from ladder.report.ladder_rows import Dot, LadderRow
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


def to_junit(evidence: Evidence) -> str:
    """Return JUnit XML: it fails where fine-tuning is justified, errs where nothing is decided.

    A green suite means: the target is reached without fine-tuning.
    """
    view, decision = RunView(evidence), evidence.decision
    suites = [("verdict", [_verdict(view)])]
    suites += [(row.name, _cases(row, decision)) for row in view.rows if row.kind != "confirmed"]
    return junit_xml(f"ladder {decision.task}", suites)


def _verdict(view: RunView) -> JunitCase:
    decision, claim = view.decision, view.claim
    group, name = "ladder.verdict", "the target is reached without fine-tuning"
    text = f"{claim.number} {claim.where}. {claim.bound}. {claim.error}."
    if decision.verdict == "fine_tune":
        return JunitCase(group, name, "failure", decision.sentence, text)
    if decision.verdict == "inconclusive":
        return JunitCase(group, name, "error", decision.sentence, text)
    return JunitCase(group, name, text=f"{decision.sentence} {text}")


def _cases(row: LadderRow, decision: Decision) -> list[JunitCase]:
    group = f"ladder.{row.name}"
    if not row.dots:
        return [JunitCase(group, row.name, "skipped", row.note)]
    return [JunitCase(group, each.label, text=_candidate(row, each, decision)) for each in row.dots]


def _candidate(row: LadderRow, dot: Dot, decision: Decision) -> str:
    score = numbers.score(dot.score, beside=decision.mark)
    interval = f"{numbers.score(dot.low)} to {numbers.score(dot.high)}"
    text = f"{score} ({interval}) on {numbers.count(dot.n)} selection samples. {row.note}."
    return f"{text} {dot.stopped}".strip()
