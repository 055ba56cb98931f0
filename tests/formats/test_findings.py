"""Findings in SARIF and as GitHub annotations."""

import json

from ladder.finding import Finding
from ladder.formats import to_github, to_sarif
from ladder.formats.lines import line_of


def finding(code: str = "R02 x", **more: str) -> Finding:
    return Finding.model_validate(
        {"code": code, "severity": "error", "problem": "No header."} | more
    )


def test_sarif_lists_each_rule_once_and_each_result_with_its_place() -> None:
    files = {"a.jinja": [finding(evidence="line 3: bad")], "b.jinja": [finding()]}

    [run] = json.loads(to_sarif(files))["runs"]

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["R02"]
    places = [each["locations"][0]["physicalLocation"] for each in run["results"]]
    assert [place["region"]["startLine"] for place in places] == [3, 1]
    assert [place["artifactLocation"]["uri"] for place in places] == ["a.jinja", "b.jinja"]


def test_levels_are_those_of_the_formats() -> None:
    for severity, sarif, github in (
        ("error", "error", "error"),
        ("warning", "warning", "warning"),
        ("info", "note", "notice"),
    ):
        files = {"a": [finding(severity=severity)]}

        [run] = json.loads(to_sarif(files))["runs"]

        assert run["results"][0]["level"] == sarif
        assert to_github(files).startswith(f"::{github} ")


def test_a_template_cannot_write_workflow_commands_of_its_own() -> None:
    hostile = finding(evidence="x\n::error::owned\r\n::set-output name=a::b")

    lines = to_github({"a\n::error::b": [hostile]}).splitlines()

    assert len(lines) == 1
    assert lines[0].startswith("::error file=a%0A%3A%3Aerror")


def test_the_worst_ten_are_annotated_and_the_rest_counted() -> None:
    mild = [finding(f"R{n:02} x", severity="info") for n in range(12)]

    lines = to_github({"a": [*mild, finding("L05 y")]}).splitlines()

    assert "L05" in lines[0]
    assert len(lines) == 11
    assert "3 more findings" in lines[-1]


def test_the_line_is_read_from_the_evidence() -> None:
    assert line_of(finding(evidence="names that nobody gives: null (line 12)")) == 12
    assert line_of(finding(evidence="Line 4 of the chat template fails")) == 4
    assert line_of(finding()) == 1
