"""The fixture fails a test readably, without a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gate.conftest import Case

TEST = "def test_training(ladder_gate):\n    ladder_gate({run!r}, train_data=['train.jsonl'])\n"


def run_pytest(case: Case, run: str) -> subprocess.CompletedProcess[str]:
    Path("test_it.py").write_text(TEST.format(run=run))
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p",
        "ladder.hooks.pytest_plugin", "test_it.py",
    ]  # fmt: skip
    root = str(Path(__file__).resolve().parents[2])
    return subprocess.run(
        command,
        cwd=case.folder,
        # Installed or not, the plugin is loaded once: by name.
        env={**os.environ, "PYTHONPATH": root, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_justified_training_passes(case: Case) -> None:
    done = run_pytest(case, str(case.run))

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.slow
def test_a_blocked_training_fails_and_says_what_to_do_instead(make_case: object) -> None:
    case: Case = make_case("use_lever")  # type: ignore[operator]
    case.write_record("--train-data", "train.jsonl")

    done = run_pytest(case, str(case.run))

    assert done.returncode == 1
    assert "Use instead: few_shot" in done.stdout
    assert "ladder record waive" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_forged_evidence_fails_with_its_reason(case: Case) -> None:
    case.edit_payload(lambda it: it["predicate"].update(target=0.9))

    done = run_pytest(case, str(case.run))

    assert done.returncode == 1
    assert "BAD_SIGNATURE" in done.stdout
