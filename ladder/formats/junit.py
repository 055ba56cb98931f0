"""JUnit XML, which CI servers read: suites of cases that passed, failed, erred or were skipped."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

_ILLEGAL = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold in any spelling: control characters and lone surrogates."""

State = Literal["passed", "failure", "error", "skipped"]
_COUNTED: dict[State, str] = {"failure": "failures", "error": "errors", "skipped": "skipped"}


@dataclass(frozen=True, slots=True)
class JunitCase:
    """One case.

    Attributes:
        group: What stands before the name, with a dot between them.
        message: Why it did not pass, in one line.
        text: All there is to say.
        kind: A short name for why it did not pass.
    """

    group: str
    name: str
    state: State = "passed"
    message: str = ""
    text: str = ""
    kind: str = ""


def junit_xml(
    name: str, suites: Sequence[tuple[str, Sequence[JunitCase]]], *, is_counted: bool = False
) -> str:
    """Return a document of suites, each with its name; with `is_counted` its root counts the cases, too.

    >>> print(junit_xml("all", [("one", [JunitCase("ladder", "a", text="fine")])]))
    <?xml version='1.0' encoding='utf-8'?>
    <testsuites name="all">
      <testsuite name="one" tests="1" failures="0" errors="0" skipped="0">
        <testcase classname="ladder" name="a">
          <system-out>fine</system-out>
        </testcase>
      </testsuite>
    </testsuites>
    <BLANKLINE>
    """
    cases = [each for _, suite in suites for each in suite]
    root = ET.Element(
        "testsuites", {"name": _legal(name), **(_counts(cases) if is_counted else {})}
    )
    for title, suite in suites:
        element = ET.SubElement(root, "testsuite", {"name": _legal(title), **_counts(suite)})
        element.extend(_element(each) for each in suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _element(case: JunitCase) -> ET.Element:
    element = ET.Element("testcase", classname=_legal(case.group), name=_legal(case.name))
    if case.state == "passed":
        ET.SubElement(element, "system-out").text = _legal(case.text)
        return element
    why = {"message": _legal(case.message), **({"type": case.kind} if case.kind else {})}
    ET.SubElement(element, case.state, why).text = _legal(case.text)
    return element


def _counts(cases: Sequence[JunitCase]) -> dict[str, str]:
    states = [each.state for each in cases]
    return {
        "tests": str(len(cases)),
        **{plural: str(states.count(state)) for state, plural in _COUNTED.items()},
    }


def _legal(text: str) -> str:
    return _ILLEGAL.sub("", text)
