"""Findings about files, for people, code scanning (SARIF) and GitHub's own annotations."""

import json
import re
from collections.abc import Mapping, Sequence

from ladder.finding import Finding

_SARIF_LEVEL = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVEL = {"error": "error", "warning": "warning", "info": "notice"}
_ANNOTATIONS_SHOWN = 10  # GitHub drops what a step has beyond ten of a kind

FileFindings = Mapping[str, Sequence[Finding]]


def to_sarif(files: FileFindings, *, version: str) -> str:
    """Return findings by file as one SARIF 2.1.0 document."""
    rules = {finding.code: finding for findings in files.values() for finding in findings}
    described = [
        {
            "id": code.partition(" ")[0],
            "name": code.partition(" ")[2],
            "shortDescription": {"text": finding.problem},
            "help": {"text": finding.next_step or finding.problem},
        }
        for code, finding in sorted(rules.items())
    ]
    results = [_result(path, each) for path, findings in files.items() for each in findings]
    driver = {"name": "ladder", "version": version, "rules": described}
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


def to_github(files: FileFindings, *, see: str = "ladder template check") -> str:
    """Return findings as workflow commands, the worst first; the last line counts the rest.

    `see` is the command that shows all of them.

    >>> finding = Finding(code="R02 x", severity="error", problem="No: header.")
    >>> print(to_github({"a,b.jinja": [finding]}))
    ::error file=a%2Cb.jinja,line=1,title=R02 x::No: header.
    """
    order = list(_GITHUB_LEVEL)
    pairs = [(path, each) for path, findings in files.items() for each in findings]
    pairs.sort(key=lambda pair: order.index(pair[1].severity))
    lines = [_command(path, finding) for path, finding in pairs[:_ANNOTATIONS_SHOWN]]
    if len(pairs) > _ANNOTATIONS_SHOWN:
        more = len(pairs) - _ANNOTATIONS_SHOWN
        lines.append(f"::notice::{more} more findings: see `{see}`.")
    return "\n".join(lines)


def to_lines(finding: Finding) -> list[str]:
    """Return a finding for the terminal.

    >>> to_lines(Finding(code="R02 x", severity="error", problem="No header.", next_step="Add it."))
    ['error   R02 x: No header.', '        Next: Add it.']
    """
    lines = [f"{finding.severity:<8}{finding.code}: {finding.problem}"]
    lines += [f"        {finding.evidence}"] if finding.evidence else []
    lines += [f"        Next: {finding.next_step}"] if finding.next_step else []
    return lines


def line_of(finding: Finding) -> int:
    """Return the line of the template that a finding's evidence names; 1 where it names none.

    >>> line_of(Finding(code="L05 x", severity="error", problem="P.", evidence="line 7: bad tag"))
    7
    """
    named = re.search(r"\bline (\d+)", finding.evidence, re.IGNORECASE)
    return max(1, int(named.group(1))) if named else 1


def _result(path: str, finding: Finding) -> dict[str, object]:
    text = " ".join(filter(None, (finding.problem, finding.evidence, finding.next_step)))
    place = {
        "artifactLocation": {"uri": path.replace("\\", "/")},
        "region": {"startLine": line_of(finding)},
    }
    return {
        "ruleId": finding.code.partition(" ")[0],
        "level": _SARIF_LEVEL[finding.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }


def _command(path: str, finding: Finding) -> str:
    text = " ".join(filter(None, (finding.problem, finding.evidence, finding.next_step)))
    body = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    fields = f"file={_property(path)},line={line_of(finding)},title={_property(finding.code)}"
    return f"::{_GITHUB_LEVEL[finding.severity]} {fields}::{body}"


def _property(text: str) -> str:
    escapes = {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}
    return "".join(escapes.get(character, character) for character in text)
