"""JUnit, SARIF and the job summary, state by state, in the form that their readers ask for."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from tests.gate.conftest import Case

SCHEMA = json.loads(Path(__file__).with_name("sarif.schema.json").read_text())
GOLDEN = Path(__file__).with_name("golden")
WAIVE = ("--name", "Ada Lovelace", "--reason", "a customer is waiting", "--key", "ada.key")
STATES = ("allowed", "waived", "blocked", "nothing_shown", "stale", "refused", "no_policy")


@dataclass
class Written:
    """What the gate wrote in one state."""

    code: int
    summary: str
    junit: ET.Element
    sarif: dict[str, object]


@pytest.fixture
def write(make_case: Callable[[str], Case]) -> Callable[[str], Written]:
    """Return a function that brings the gate into a state, and returns what it wrote there."""

    def ask(state: str) -> Written:
        verdict = {"waived": "use_lever", "blocked": "use_lever", "nothing_shown": "inconclusive"}
        case = make_case(verdict.get(state, "fine_tune"))
        case.write_record("--train-data", "train.jsonl")
        Path("a folder").mkdir()
        record = Path("a folder/100%.json")
        record.write_bytes(b"garbage" if state == "refused" else case.record.read_bytes())
        more: list[str] = []
        if state == "waived":
            case.write_policy(waivers={"signers": {"ada": case.public("ada")}})
            assert case.call("record", "waive", record, *WAIVE) == 0
            more = ["--waiver", "waiver.json"]
        if state == "stale":
            with Path("train.jsonl").open("a") as rows:
                rows.write("{}\n")
            more = ["--train-data", "train.jsonl"]
        if state == "no_policy":
            Path("ladder-policy.yaml").unlink()
        outputs = ("--summary", "s.md", "--junit", "j.xml", "--sarif", "s.sarif")
        code = case.call("gate", record, *more, *outputs)
        junit = ET.parse("j.xml").getroot()  # noqa: S314 - our own file
        sarif = json.loads(Path("s.sarif").read_text())
        return Written(code, Path("s.md").read_text(), junit, sarif)

    return ask


def without_what_changes(text: str) -> str:
    """Return a summary with digests, dates, counts, scores and the version struck out."""
    text = re.sub(
        r"[\d,]+ more examples would decide with .*\.", "N more examples would decide.", text
    )
    text = re.sub(r"\b\d+ (samples|configurations|more examples)", r"N \1", text)
    text = re.sub(r"\b[01]\.\d{3}\b", "SCORE", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "DIGEST", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:\\]+Z", "DATE", text)
    return re.sub(r"ladder \d+\.\d+\.\d+\S*", "ladder VERSION", text)


@pytest.mark.parametrize("state", STATES)
def test_the_summary_of_each_state_is_as_written(
    write: Callable[[str], Written], state: str
) -> None:
    found = without_what_changes(write(state).summary)

    assert found == (GOLDEN / f"{state}.md").read_text()


@pytest.mark.parametrize("state", STATES)
def test_sarif_has_the_form_that_code_scanning_reads(
    write: Callable[[str], Written], state: str
) -> None:
    written = write(state)

    jsonschema.Draft202012Validator(SCHEMA).validate(written.sarif)
    text = json.dumps(written.sarif)
    assert ("suppressions" in text) is (state == "waived")
    assert ('"level": "error"' in text) is (state not in ("allowed", "waived"))
    if state != "allowed":
        assert "a%20folder/100%25.json" in text


@pytest.mark.parametrize("state", STATES)
def test_junit_counts_what_it_holds(write: Callable[[str], Written], state: str) -> None:
    written = write(state)

    kind = {"allowed": "", "waived": "", "blocked": "failure", "nothing_shown": "failure"}
    expected = kind.get(state, "error")
    (case,) = written.junit.iter("testcase")
    assert [each.tag for each in case] == [expected or "system-out"]
    for suite in (written.junit, *written.junit.iter("testsuite")):
        assert suite.get("tests") == "1"
        assert suite.get("failures") == str(int(expected == "failure"))
        assert suite.get("errors") == str(int(expected == "error"))
    assert (written.code == 0) is (not expected)
