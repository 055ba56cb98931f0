"""The gate's answer for machines that show it to people: summary, annotations, JUnit, SARIF, JSON."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from ladder.errors import LadderError
from ladder.gate.fence import markdown, plain
from ladder.gate.gate import GateResult
from ladder.gate.refusal import RefusedError
from ladder.version import __version__

_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST_ANNOTATIONS = 8
INFORMATION = "https://pypi.org/project/finetune-ladder/"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate said, whether it judged the evidence or refused it.

    Attributes:
        state: `allowed`, `waived`, `blocked` or `refused`.
        rule: A stable name for why: a verdict, `effort`, or a RefusedError's reason.
    """

    state: str
    rule: str
    exit_code: int
    message: str
    problems: tuple[str, ...] = ()
    result: GateResult | None = None


def answer_of(result: GateResult) -> Answer:
    """Return the answer of evidence that counts."""
    state = "blocked"
    if result:
        state = "waived" if result.waiver is not None else "allowed"
    is_effort = result.verdict == "fine_tune" and result.problems
    return Answer(
        state=state,
        rule="effort" if is_effort else result.verdict,
        exit_code=result.exit_code,
        message=result.message,
        problems=result.problems,
        result=result,
    )


def answer_of_error(error: LadderError) -> Answer:
    """Return the answer where the evidence, the policy or the machine is not as it must be."""
    rule = error.reason if isinstance(error, RefusedError) else type(error).__name__
    problem = plain(str(error), 2000)
    message = f"Refused. {problem}\nNext: {plain(error.next_step, 1000)}"
    return Answer("refused", rule, error.exit_code, message, (problem,))


def to_json(answer: Answer) -> dict[str, Any]:
    """Return the answer as one JSON document."""
    document: dict[str, Any] = {
        "state": answer.state,
        "rule": answer.rule,
        "exit_code": answer.exit_code,
        "waived": answer.state == "waived",
        "problems": list(answer.problems),
        "message": answer.message,
    }
    if answer.result is not None:
        document |= answer.result.model_dump(mode="json", exclude={"record", "message", "problems"})
        document["record"] = answer.result.record.model_dump(mode="json", by_alias=True)
    if answer.state == "refused":
        problem, _, next_step = answer.message.removeprefix("Refused. ").partition("\nNext: ")
        document["error"] = {
            "code": answer.exit_code,
            "kind": answer.rule,
            "problem": problem,
            "next_step": next_step,
        }
    return document


def to_summary(answer: Answer) -> str:
    """Return the answer as the Markdown of a job summary."""
    marks = {"allowed": "✅", "waived": "⚠️", "blocked": "⛔", "refused": "🛑"}
    head, *rest = answer.message.splitlines()
    lines = [f"### {marks[answer.state]} ladder gate: {answer.state}", "", markdown(head, 1000), ""]
    lines += [f"- {_line(each)}" for each in rest]
    if answer.result is not None:
        said = answer.result.record.predicate
        lines += ["", "| lever | status | variants | best score |", "|---|---|---|---|"]
        lines += [
            f"| {markdown(each.lever)} | {each.status} {markdown(each.reason, 160)} | "
            f"{len(each.variants)} | {'' if each.best_score is None else f'{each.best_score:.3f}'} |"
            for each in said.levers
        ]
    return "\n".join([*lines, "", f"Exit code {answer.exit_code} · ladder {__version__}", ""])


def to_annotations(answer: Answer) -> str:
    """Return GitHub workflow commands: one annotation a problem, the message fenced.

    Between the two `stop-commands` lines the runner obeys nothing, whatever stands there.
    """
    token = secrets.token_hex(16)
    kind = {"allowed": "notice", "waived": "warning"}.get(answer.state, "error")
    head = answer.message.splitlines()[0]
    told = [head, *(each for each in answer.problems if each not in head)]
    lines = [
        f"::{kind} title=ladder gate ({answer.rule})::{_escaped(plain(each))}"
        for each in told[:_MOST_ANNOTATIONS]
    ]
    return "\n".join([f"::stop-commands::{token}", answer.message, f"::{token}::", *lines])


def to_junit(answer: Answer) -> str:
    """Return JUnit XML with one case: the training may start."""
    counts = {"tests": "1", "failures": "0", "errors": "0", "skipped": "0"}
    kind = {"blocked": "failure", "refused": "error"}.get(answer.state)
    if kind is not None:
        counts[f"{kind}s"] = "1"
    suite = ET.Element("testsuite", {"name": "ladder gate", **counts})
    case = ET.SubElement(suite, "testcase", classname="ladder.gate", name="the training may start")
    text = _legal(answer.message)
    if kind is not None:
        ET.SubElement(case, kind, message=text.splitlines()[0], type=answer.rule).text = text
    else:
        ET.SubElement(case, "system-out").text = text
    root = ET.Element("testsuites", {"name": "ladder gate", **counts})
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def to_sarif(answer: Answer, path: str) -> dict[str, Any]:
    """Return SARIF 2.1.0: one result a problem, at the record; a waived one is suppressed.

    Args:
        answer: What the gate said.
        path: The record, as the command line named it.
    """
    level = {"blocked": "error", "refused": "error", "waived": "warning"}.get(answer.state, "none")
    problems: Sequence[str] = answer.problems if answer.state != "allowed" else ()
    # The record is one line; code scanning shows nothing that has no line.
    place = {"artifactLocation": {"uri": _uri(path)}, "region": {"startLine": 1}}
    location = {"physicalLocation": place}
    results = []
    for problem in problems:
        result: dict[str, Any] = {
            "ruleId": answer.rule,
            "level": level,
            "message": {"text": plain(problem, 2000)},
            "locations": [location],
        }
        if answer.result is not None and answer.result.waiver is not None:
            why = f"{answer.result.waiver.name}: {answer.result.waiver.reason}"
            result["suppressions"] = [{"kind": "external", "justification": plain(why, 2000)}]
        results.append(result)
    title = {"text": f"ladder gate: {answer.rule}"}
    rule = {
        "id": answer.rule,
        "shortDescription": title,
        "fullDescription": title,
        "help": {"text": plain(" ".join(answer.message.splitlines()[1:]) or title["text"], 2000)},
    }
    driver = {
        "name": "ladder",
        "version": __version__,
        "informationUri": INFORMATION,
        "rules": [rule],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _uri(path: str) -> str:
    """Return a path as SARIF names a file.

    >>> _uri("runs/my task/record.json"), _uri("/tmp/a%b.json")
    ('runs/my%20task/record.json', 'file:///tmp/a%25b.json')
    """
    place = PurePath(path)
    return place.as_uri() if place.is_absolute() else quote(place.as_posix())


def _line(text: str) -> str:
    """Return a line of the message; what can be pasted stays code."""
    label, colon, command = text.partition(": ")
    if colon and command.startswith("ladder "):
        return f"{markdown(label)}: `{plain(command).replace('`', chr(39))}`"
    return markdown(text, 2500)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)
