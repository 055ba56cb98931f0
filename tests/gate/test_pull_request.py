"""The pull request has one comment, which each run updates, and a check whose title is the verdict."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ladder.gate.pull_request import marker_of
from tests.gate.conftest import Case
from tests.gate.github_server import BOT, TOKEN, GithubServer, serving, variables_of

pytestmark = pytest.mark.slow

MakeCase = Callable[[str], Case]


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GithubServer]:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "head-commit"}}}))
    with serving() as server:
        for name, value in variables_of(server, str(event)).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        yield server


def test_the_comment_is_written_once_and_updated_after(
    make_case: MakeCase, github: GithubServer
) -> None:
    case = make_case("use_lever")
    case.write_record()
    for number in range(120):  # they come in pages
        github.add(f"remark {number}", {"login": "ada", "type": "User"})

    codes = [case.gate("--comment") for _ in range(3)]

    assert codes == [1, 1, 1]
    (body,) = [each for each in github.bodies() if "remark" not in each]
    assert body.startswith(f"{marker_of(str(case.run))}\n### ⛔ ladder gate: blocked")
    assert "Use instead" in body
    assert "For head-commit · [the job](https://github.com/a/b/actions/runs/12)" in body


def test_a_strangers_marker_is_left_alone_and_our_own_doubles_are_taken_away(
    make_case: MakeCase, github: GithubServer
) -> None:
    case = make_case("use_lever")
    case.write_record()
    marker = marker_of(str(case.run))
    github.add(f"{marker}\nallowed!", {"login": "mallory", "type": "User"})
    github.add(f"{marker}\nold", BOT)
    github.add(f"{marker_of('other.json')}\nother", BOT)
    github.add(f"{marker}\nolder", BOT)

    case.gate("--comment")

    stranger, own, other = github.bodies()
    assert stranger.endswith("allowed!")
    assert "ladder gate: blocked" in own
    assert other.endswith("other")


def test_a_persons_token_updates_that_persons_comment(
    make_case: MakeCase, github: GithubServer
) -> None:
    case = make_case("inconclusive")
    case.write_record()
    github.login = "ada"
    github.add(f"{marker_of(str(case.run))}\nold", {"login": "ada", "type": "User"})

    assert case.gate("--comment") == 3

    (body,) = github.bodies()
    assert "blocked" in body


@pytest.mark.parametrize(
    ("verdict", "title", "conclusion"),
    [
        ("use_lever", "use_lever: Blocked. Do not fine-tune.", "failure"),
        ("inconclusive", "inconclusive: Blocked: nothing is shown.", "failure"),
        ("fine_tune", "fine_tune: Allowed. Fine-tuning is justified", "success"),
    ],
)
def test_the_title_of_the_check_is_the_verdict(
    verdict: str, title: str, conclusion: str, make_case: MakeCase, github: GithubServer
) -> None:
    case = make_case(verdict)
    case.write_record()
    text = json.dumps(json.loads(Path("task.json").read_text()), indent=1)
    Path("task.json").write_text(text)

    case.gate("--check", "--spec", "task.json")

    (check,) = github.checks
    assert check["output"]["title"].startswith(title)
    assert (check["conclusion"], check["head_sha"]) == (conclusion, "head-commit")
    (annotation,) = check["output"]["annotations"]
    assert annotation["path"] == "task.json"
    assert '"target"' in text.splitlines()[annotation["start_line"] - 1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"may_write": False}, "403 Resource not accessible by integration"),
        ({"is_broken": True}, "JSONDecodeError"),
        ({"url": "http://127.0.0.1:9"}, "ConnectError"),
        ({"token": "wrong"}, "401 Bad credentials"),
        ({"token": ""}, "no GITHUB_TOKEN"),
        ({"event": "push"}, "does not run for a pull request"),
    ],
)
def test_where_nothing_can_be_written_the_job_summary_says_it_and_the_code_stays(
    change: dict[str, object],
    why: str,
    make_case: MakeCase,
    github: GithubServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = make_case("use_lever")
    case.write_record()
    for name, value in change.items():
        match name:
            case "url":
                monkeypatch.setenv("GITHUB_API_URL", str(value))
            case "token":
                monkeypatch.setenv("GITHUB_TOKEN", str(value))
            case "event":
                monkeypatch.delenv("GITHUB_EVENT_PATH")
                monkeypatch.setenv("GITHUB_REF", "refs/heads/main")
            case _:
                setattr(github, name, value)

    assert case.gate("--comment", "--check", "--summary", "summary.md") == 1

    text = Path("summary.md").read_text().replace("\\", "")
    assert text.startswith("### ⛔ ladder gate: blocked")
    assert f"{why}" in text
    assert TOKEN not in text
    assert not github.comments


def test_what_a_record_says_mentions_nobody_and_formats_nothing(
    make_case: MakeCase, github: GithubServer
) -> None:
    case = make_case("use_lever")
    case.write_record()
    text = "@everyone <!-- ladder gate: x --> ![a](http://evil/x.png)"
    case.resign(lambda statement: statement["predicate"].update(sentence=text))
    (case.run / "decision.json").unlink()

    case.gate("--comment", "--check")

    (body,) = github.bodies()
    assert "\\@everyone" in body
    assert body.count("<!--") == 1  # our own
    assert "![a]" not in body


def test_annotations_of_the_log_stand_on_a_line_of_the_spec(
    make_case: MakeCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case("use_lever")
    case.write_record()
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    text = json.dumps(json.loads(Path("task.json").read_text()), indent=1)
    Path("task.json").write_text(text)
    line = next(n for n, each in enumerate(text.splitlines(), 1) if '"target"' in each)

    case.gate("--spec", "task.json")

    assert f"::error file=task.json,line={line},title=ladder gate (use_lever)::Blocked." in case.out
