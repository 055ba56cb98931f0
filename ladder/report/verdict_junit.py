"""The decision as JUnit XML: a suite for the verdict, a suite a lever, a case a candidate."""

from ladder.decision import Decision
from ladder.formats.junit import JunitCase, junit_xml
from ladder.report import numbers
from ladder.report.ladder_rows import Dot, LadderRow
from ladder.report.run_evidence import Evidence
from ladder.report.view import RunView


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
