"""What a model or a stranger wrote stays text: in a log, a summary, JUnit and SARIF."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.formats.lines import harmless
from ladder.formats.markdown import plain
from tests.gate.conftest import Case

HOSTILE = (
    "\x1b[31m::error::owned\n::set-output name=x::y\r##[add-mask]z ##vso[task.setvariable]a "
    "</script><img src=x onerror=alert(1)> ![b](http://evil/x.png) |cell| `code` \u202e\u0000\ud800"
)
COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE | re.IGNORECASE)


@pytest.fixture
def hostile(make_case: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch) -> Case:
    """Return a case whose record holds hostile text in every place that is printed."""
    case = make_case("use_lever")
    case.write_record()

    def edit(statement: dict[str, object]) -> None:
        said = statement["predicate"]
        assert isinstance(said, dict)
        text = HOSTILE.replace("\ud800", "")
        said["sentence"] = text
        said["best"]["label"] = text
        said["best"]["changes"] = {text: text}
        for lever in said["levers"]:
            lever["reason"] = text

    case.resign(edit)
    (case.run / "decision.json").unlink()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return case


def test_hostile_text_gives_the_runner_no_command(hostile: Case) -> None:
    assert hostile.gate("--summary", "summary.md", "--junit", "g.xml", "--sarif", "g.sarif") == 1

    lines = hostile.out.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    fenced = lines[1 : lines.index(f"::{token}::")]
    behind = lines[lines.index(f"::{token}::") + 1 :]
    assert not COMMAND.search("\n".join(fenced))
    assert all(line.startswith("::error title=ladder gate (use_lever)::") for line in behind)
    assert not any(COMMAND.search(line.partition("::")[2].partition("::")[2]) for line in behind)
    assert "\x1b" not in hostile.out


def test_hostile_text_stays_text_in_the_summary(hostile: Case) -> None:
    hostile.gate("--summary", "summary.md")

    text = Path("summary.md").read_text()
    assert "<img" not in text.replace("\\<img", "")
    assert "![b]" not in text
    assert "\u202e" not in text


def test_hostile_text_stays_text_in_junit_and_sarif(hostile: Case) -> None:
    hostile.gate("--junit", "g.xml", "--sarif", "g.sarif")

    root = ET.parse("g.xml").getroot()  # noqa: S314 - our own file
    case = root.find("testsuite/testcase")
    assert case is not None
    assert case.get("name") == "the training may start"
    sarif = json.loads(Path("g.sarif").read_text())
    assert sarif["version"] == "2.1.0"
    assert "\x1b" not in sarif["runs"][0]["results"][0]["message"]["text"]


@given(text=st.text() | st.text(alphabet=":#[]\n vso\x1b\u202ea!<`|"))
def test_plain_text_is_one_line_without_controls_and_commands(text: str) -> None:
    line = harmless(text)

    assert "\n" not in line
    assert not COMMAND.search(line)
    assert "\x1b" not in line
    assert harmless(line) == line


@given(text=st.text(alphabet="!<>[]()`*_|\\a:/"))
def test_markdown_leaves_no_character_of_markup_bare(text: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*[<>`|!*\[\]]", plain(text))


def test_json_says_everything_once(case: Case) -> None:
    assert case.gate("--json") == 0

    document = json.loads(case.out)
    assert document["state"] == "allowed"
    assert document["signers"] == ["ci"]
    assert document["record"]["predicate"]["verdict"] == "fine_tune"


def test_json_of_a_refusal_names_code_and_next_step(case: Case) -> None:
    case.record.write_bytes(b"garbage")

    assert case.gate("--json") == 5

    error = json.loads(case.out)["error"]
    assert (error["code"], error["kind"]) == (5, "MALFORMED")
    assert error["next_step"]
