"""The examples for GitLab, Jenkins and pre-commit: their own lines, run in a repository."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.gate.conftest import Case
from tests.gate.test_action import git
from tests.gate.workflow import ROOT, load

pytestmark = pytest.mark.slow

EXAMPLES = ROOT / "examples" / "ci"
LADDER = f'#!/bin/sh\nexec "{sys.executable}" -P -m ladder "$@"\n'
# A virtual environment without a network: the program of this checkout, and a pip that does nothing.
PYTHON = """#!/bin/sh
if [ "$2" != -m ]; then exec {python} "$@"; fi
mkdir -p "$5/bin"
cp {bin}/ladder "$5/bin/ladder"
cp {bin}/pip "$5/bin/pip"
"""
CODES = {"fine_tune": 0, "use_lever": 1, "inconclusive": 3}


@pytest.fixture(params=CODES)
def pushed(
    request: pytest.FixtureRequest,
    make_case: Callable[[str], Case],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Case, int]:
    """Return a repository whose protected branch holds the policy, and the code to expect."""
    case = make_case(request.param)
    Path("train.py").write_text("open('trained', 'w').close()\n")
    config = ("--train-config", "train.yaml", "--train-config", "train.py")
    case.write_record("--train-data", "train.jsonl", *config, "--output", "record.json")
    git("init", "-q", "-b", "main", folder=case.folder)
    git("add", "ladder-policy.yaml", folder=case.folder)
    git("commit", "-qm", "Add the policy", folder=case.folder)
    git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"), folder=case.folder)
    git("remote", "add", "origin", str(tmp_path / "origin.git"), folder=case.folder)
    Path("ladder-policy.yaml").write_text("unsigned: allow\n")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    for name, text in (
        ("ladder", LADDER),
        ("pip", "#!/bin/sh\n"),
        ("python3", PYTHON.format(python=sys.executable, bin=bin_folder)),
        ("python", f'#!/bin/sh\nexec {sys.executable} "$@"\n'),
    ):
        (bin_folder / name).write_text(text)
        (bin_folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_folder}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CI_DEFAULT_BRANCH", "main")
    monkeypatch.setenv("WORKSPACE_TMP", str(tmp_path / "workspace@tmp"))
    (tmp_path / "workspace@tmp").mkdir()
    return case, CODES[request.param]


def run(lines: Sequence[str], tmp_path: Path) -> int:
    """Return the exit code of a job's lines; the first that fails ends it."""
    script = "\n".join(lines).replace("/tmp/ladder-policy.yaml", f"{tmp_path}/policy.yaml")  # noqa: S108
    return subprocess.run(["bash", "-eo", "pipefail", "-c", script], check=False).returncode


def test_gitlab_runs_both_jobs_as_written(pushed: tuple[Case, int], tmp_path: Path) -> None:
    jobs, code = load(EXAMPLES / "gitlab.yml"), pushed[1]

    for name in ("gate", "train"):
        lines = [*jobs[name].get("before_script", ()), *jobs[name]["script"]]
        assert run(lines, tmp_path) == code

    assert Path("gate.xml").exists()
    assert Path("trained").exists() is (code == 0)


def test_jenkins_runs_both_stages_as_written(pushed: tuple[Case, int], tmp_path: Path) -> None:
    code = pushed[1]
    text = (EXAMPLES / "Jenkinsfile").read_text()
    gate, train = re.findall(r"sh '''(.*?)'''", text, re.DOTALL)

    # Groovy joins lines that end in a backslash before the shell sees them.
    assert run([gate.replace("\\\n", "")], tmp_path) == code
    assert run([train.replace("\\\n", "")], tmp_path) == code

    assert Path("gate.xml").exists()
    assert Path("trained").exists() is (code == 0)
    assert text.count("{") == text.count("}")


def test_pre_commit_calls_its_hooks_as_written(pushed: tuple[Case, int], tmp_path: Path) -> None:
    hooks = {each["id"]: each for each in load(ROOT / ".pre-commit-hooks.yaml")}
    git("checkout", "-q", "ladder-policy.yaml", folder=pushed[0].folder)
    (repository,) = load(EXAMPLES / "pre-commit-config.yaml")["repos"]

    codes = {
        each["id"]: run([" ".join([hooks[each["id"]]["entry"], *each["args"]])], tmp_path)
        for each in repository["hooks"]
    }

    assert codes == {"ladder-check": 0, "ladder-gate": pushed[1]}


@pytest.mark.parametrize("name", ["gitlab.yml", "github.yml", "Jenkinsfile"])
def test_every_example_reads_the_policy_from_the_protected_branch(name: str) -> None:
    text = (EXAMPLES / name).read_text()

    if name == "github.yml":
        assert load(ROOT / "action.yml")["inputs"]["policy-ref"]["default"] == "main"
        assert "policy" not in load(EXAMPLES / name)["jobs"]["train"]["steps"][1]["with"]
    else:
        assert "refs/heads/" in text
        assert "FETCH_HEAD:ladder-policy.yaml" in text
