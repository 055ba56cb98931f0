from xml.etree import ElementTree as ET

import pytest

from ladder.report import Evidence, to_junit

EXPECTED = {
    "already_good": [],
    "template": [],
    "together": [],
    "fine_tune": ["failure"],
    "inconclusive": ["error"],
}


def test_the_suite_is_green_where_the_target_is_reached_without_training(
    case: tuple[str, Evidence],
) -> None:
    root = ET.fromstring(to_junit(case[1]))  # noqa: S314 - our own text

    problems = [one.tag for one in root.iter() if one.tag in ("failure", "error")]

    assert problems == EXPECTED[case[0]]


@pytest.mark.parametrize("text", ["\x1b[31m", "\x00", "\x0b", "\ufffe", "]]>", '<&>"'])
def test_control_characters_leave_the_file_readable(cases: dict[str, Evidence], text: str) -> None:
    decision = cases["together"].decision.replace(sentence=f"a{text}b")

    ET.fromstring(to_junit(Evidence(decision)))  # noqa: S314 - our own text


def test_counts_agree_with_the_cases(case: tuple[str, Evidence]) -> None:
    root = ET.fromstring(to_junit(case[1]))  # noqa: S314 - our own text

    for suite in root:
        assert int(suite.attrib["tests"]) == len(suite)
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
