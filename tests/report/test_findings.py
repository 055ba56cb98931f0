"""The report for code scanning and annotations."""

import json

from ladder.finding import Finding
from ladder.report import Evidence, to_github, to_sarif


def test_code_scanning_gets_the_verdict_and_the_checks(case: tuple[str, Evidence]) -> None:
    name, evidence = case

    (run,) = json.loads(to_sarif(evidence))["runs"]

    levels = {result["ruleId"]: result["level"] for result in run["results"]}
    is_settled = evidence.decision.verdict in ("already_good", "use_lever")
    assert levels["verdict"] == ("note" if is_settled else "warning"), name
    assert len(run["results"]) == 1 + len(evidence.decision.checks)
    uris = {
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]
    }
    assert uris == {"facts.yaml"}
    assert evidence.decision.sentence in run["results"][0]["message"]["text"]


def test_annotations_are_one_line_each_and_the_worst_come_first(cases: dict[str, Evidence]) -> None:
    lines = to_github(cases["template"]).splitlines()

    assert [line.split(" ")[0] for line in lines] == ["::error", "::notice", "::notice"]
    assert all("file=facts.yaml,line=1" in line for line in lines)


def test_text_of_a_model_starts_no_command_of_its_own(cases: dict[str, Evidence]) -> None:
    decision = cases["template"].decision
    hostile = Finding(
        code="Q09 x", severity="error", problem="Said:", evidence="a\n::error::b\x1b[31m\n##[c]d"
    )

    text = to_github(Evidence(decision.replace(checks=(hostile,)), folder="runs/x"))

    assert len(text.splitlines()) == 2
    assert "\x1b" not in text
