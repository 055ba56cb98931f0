"""The composite action in a repository with a training job: blocked, allowed, waived, stale."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.gate.conftest import Case
from tests.gate.github_server import TOKEN, serving, variables_of
from tests.gate.workflow import ROOT, Job, load

pytestmark = pytest.mark.slow

WORKFLOW = ROOT / "examples" / "ci" / "github.yml"
Start = Callable[..., Job]


def git(*words: str, folder: Path) -> None:
    identity = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return a function that pushes a case to a repository and runs its training job."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, words in (
        ("ladder", "-P -m ladder "),
        ("python", ""),
    ):  # some machines have only python3
        (bin_folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        (bin_folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def run(case: Case, install: str = "", **variables: str) -> Job:
        Path("train.py").write_text("open('trained', 'w').write('yes')\n")
        training = ("train.yaml", "train.py")
        config = [word for name in training for word in ("--train-config", name)]
        case.write_record("--train-data", "train.jsonl", *config, "--output", "record.json")
        origin = tmp_path / "origin.git"
        git("init", "-q", "--bare", "-b", "main", str(origin), folder=tmp_path)
        git("init", "-q", "-b", "main", folder=case.folder)
        git("add", "ladder-policy.yaml", folder=case.folder)
        git("commit", "-qm", "Add the policy", folder=case.folder)
        git("remote", "add", "origin", str(origin), folder=case.folder)
        git("push", "-q", "origin", "main", folder=case.folder)
        Path("ladder-policy.yaml").write_text("unsigned: allow\n")  # what a pull request may try
        temporary = tmp_path / "runner"
        temporary.mkdir()
        job = Job(case.folder, temporary, variables, overrides={"install": install})
        job.run_workflow(WORKFLOW, "train")
        return job

    return run


def test_allowed_the_training_runs(case: Case, start: Start) -> None:
    job = start(case)

    assert job.code == 0, job.log
    assert Path("trained").exists()
    assert job.outputs["state"] == "allowed"
    assert job.summary.startswith("### ✅ ladder gate: allowed")
    assert "| few\\_shot | no_gain" in job.summary
    assert "::notice file=task.json,line=1,title=ladder gate (fine_tune)::Allowed." in job.log


def test_blocked_the_training_does_not_start_and_the_summary_says_what_to_do(
    make_case: Callable[[str], Case], start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving() as github:
        for name, value in variables_of(github, event="").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TEST_GITHUB_TOKEN", TOKEN)
        job = start(make_case("use_lever"))

    assert job.code == 1
    assert not Path("trained").exists()
    assert job.outputs == {"state": "blocked", "rule": "use_lever", "exit-code": "1"}
    assert job.summary.startswith("### ⛔ ladder gate: blocked")
    assert "- Use instead" in job.summary
    assert "See it: `ladder record show record.json`" in job.summary
    assert "::error file=task.json,line=1,title=ladder gate (use_lever)::Blocked." in job.log
    suite = ET.parse("gate.xml").getroot()  # noqa: S314 - our own file
    assert suite.get("failures") == "1"
    sarif = json.loads(Path("gate.sarif").read_text())
    assert sarif["runs"][0]["results"][0]["ruleId"] == "use_lever"
    (body,) = github.bodies()
    assert "ladder gate: blocked" in body
    (check,) = github.checks
    assert check["output"]["title"].startswith("use_lever: Blocked.")
    assert check["output"]["annotations"][0]["path"] == "task.json"
    assert TOKEN not in job.log + job.summary + body


def test_a_tag_named_like_the_branch_brings_no_policy(
    make_case: Callable[[str], Case], start: Start
) -> None:
    case = make_case("use_lever")
    start(case)
    Path("ladder-policy.yaml").write_text(
        f"signers: {{ci: {case.public('ci')}}}\nwaivers: {{signers: {{m: {case.public('mallory')}}}}}\n"
    )
    git("add", "ladder-policy.yaml", folder=case.folder)
    git("commit", "-qm", "Let mallory waive", folder=case.folder)
    git("tag", "main", folder=case.folder)
    git("push", "-q", "origin", "refs/tags/main", folder=case.folder)
    case.call(
        "record", "waive", "record.json", "--name", "Mallory M", "--reason", "because I want it",
        "--key", "mallory.key",
    )  # fmt: skip
    again = Job(
        case.folder,
        case.folder.parent / "runner",
        {"LADDER_WAIVER": "waiver.json"},
        overrides={"install": ""},
    )

    again.run_workflow(WORKFLOW, "train")

    assert again.code == 5
    assert again.outputs["rule"] == "AGAINST_POLICY"
    assert not Path("trained").exists()


def test_waived_the_training_runs_and_everything_shows_the_waiver(
    make_case: Callable[[str], Case], start: Start
) -> None:
    case = make_case("use_lever")
    case.write_policy(waivers={"signers": {"ada": case.public("ada")}})
    Path("train.py").write_text("open('trained', 'w').write('yes')\n")
    config = ("--train-config", "train.yaml", "--train-config", "train.py")
    case.write_record("--train-data", "train.jsonl", *config)
    waive = ("--name", "Ada Lovelace", "--reason", "a customer is waiting", "--key", "ada.key")
    assert case.call("record", "waive", case.run, *waive) == 0
    case.record.unlink()

    job = start(case, LADDER_WAIVER="waiver.json")

    assert job.code == 0, job.log
    assert Path("trained").exists()
    assert job.outputs["state"] == "waived"
    assert "WAIVED by Ada Lovelace" in job.summary
    assert "title=ladder gate (use_lever)::WAIVED by Ada Lovelace" in job.log
    assert "a customer is waiting" in Path("gate.xml").read_text()
    (result,) = json.loads(Path("gate.sarif").read_text())["runs"][0]["results"]
    assert result["suppressions"][0]["justification"].startswith("Ada Lovelace")


def test_stale_the_training_does_not_start(case: Case, start: Start) -> None:
    with Path("train.jsonl").open("a") as rows:
        rows.write('{"input": "1", "target": "3"}\n')
    stale = case.record.read_text()
    job = start(case)
    assert job.code == 0
    shutil.rmtree(job.temporary)
    job.temporary.mkdir()
    Path("trained").unlink()
    Path("record.json").write_text(stale)

    again = Job(case.folder, job.temporary, overrides={"install": ""})
    again.run_workflow(WORKFLOW, "train")

    assert again.code == 5
    assert not Path("trained").exists()
    assert again.outputs["rule"] == "SUBJECT_MISMATCH"
    assert again.summary.startswith("### 🛑 ladder gate: refused")
    assert "train data" in again.summary


def test_an_expired_record_does_not_start_the_training(case: Case, start: Start) -> None:
    job = start(case)
    assert job.code == 0
    old = {"issued": "2026-01-01T00:00:00Z", "expires": "2026-02-01T00:00:00Z"}
    case.resign(lambda it: it["predicate"].update(old))
    shutil.copy(case.record, "record.json")

    again = Job(case.folder, job.temporary, overrides={"install": ""})
    again.run_workflow(WORKFLOW, "train")

    assert again.code == 5
    assert again.outputs["rule"] == "EXPIRED"
    assert "was good until 2026" in again.log


def test_code_in_the_checkout_is_not_run_by_the_installation(case: Case, start: Start) -> None:
    for name in ("pip", "venv", "ensurepip", "sitecustomize", "ladder"):
        Path(f"{name}.py").write_text(f"open('owned-{name}', 'w').close()\n")

    job = start(case, install="--help")  # pip helps, and asks no network

    assert job.code == 0, job.log
    assert (job.temporary / "ladder-gate" / "bin" / "pip").exists()
    assert not list(Path().glob("owned-*"))


def test_the_pre_commit_hooks_name_commands_that_exist() -> None:
    from ladder.cli.app import app

    verbs = {each.name for each in app.registered_commands}
    verbs |= {each.name for each in app.registered_groups}
    for hook in load(ROOT / ".pre-commit-hooks.yaml"):
        assert hook["entry"].split()[1] in verbs
