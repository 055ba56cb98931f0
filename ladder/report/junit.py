"""The decision as JUnit XML: a suite for the verdict, a suite a lever, a case a candidate."""

import re
from xml.etree import ElementTree as ET

from ladder.decision import Decision
from ladder.report import numbers, words
from ladder.report.evidence import Evidence
from ladder.report.ladder_rows import Dot, Row, ladder_rows

ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold in any spelling: control characters and lone surrogates."""


def to_junit(evidence: Evidence) -> str:
    """Return JUnit XML: it fails where fine-tuning is justified, errs where nothing is decided.

    A green suite means: the target is reached without fine-tuning.
    """
    decision = evidence.decision
    suites = [_verdict(decision)]
    suites += [_suite(row, decision) for row in ladder_rows(decision) if row.kind != "confirmed"]
    root = ET.Element("testsuites", name=_legal(f"ladder {decision.task}"))
    root.extend(suites)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _verdict(decision: Decision) -> ET.Element:
    case = _case("verdict", "the target is reached without fine-tuning")
    claim = words.claim_of(decision)
    text = f"{claim.number} {claim.where}. {claim.bound}. {claim.error}."
    kind = {"fine_tune": "failure", "inconclusive": "error"}.get(decision.verdict)
    if kind is not None:
        problem = ET.SubElement(case, kind, message=_legal(decision.sentence))
        problem.text = _legal(text)
    else:
        ET.SubElement(case, "system-out").text = _legal(f"{decision.sentence} {text}")
    return _wrap("verdict", [case])


def _suite(row: Row, decision: Decision) -> ET.Element:
    cases = [_candidate(row, dot, decision) for dot in row.dots]
    if not cases:
        case = _case(row.name, row.name)
        ET.SubElement(case, "skipped", message=_legal(row.note))
        cases = [case]
    return _wrap(row.name, cases)


def _candidate(row: Row, dot: Dot, decision: Decision) -> ET.Element:
    case = _case(row.name, dot.label)
    score = numbers.score(dot.score, beside=decision.target)
    interval = f"{numbers.score(dot.low)} to {numbers.score(dot.high)}"
    text = f"{score} ({interval}) on {numbers.count(dot.n)} samples used for choosing. {row.note}."
    ET.SubElement(case, "system-out").text = _legal(f"{text} {dot.stopped}".strip())
    return case


def _case(suite: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=_legal(f"ladder.{suite}"), name=_legal(name))


def _wrap(name: str, cases: list[ET.Element]) -> ET.Element:
    counts = {
        kind: str(sum(case.find(tag) is not None for case in cases))
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    suite = ET.Element("testsuite", {"name": _legal(name), "tests": str(len(cases)), **counts})
    suite.extend(cases)
    return suite


def _legal(text: str) -> str:
    return ILLEGAL.sub("", text)
