"""A training that is killed at ten random moments ends with the very same weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.finetune.conftest import MakeDecision, MakeTask

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_ten_kills_at_random_moments_change_no_bit(
    make_task: MakeTask, make_decision: MakeDecision, tmp_path: Path
) -> None:
    task = make_task()
    (tmp_path / "task.json").write_text(task.model_dump_json(), "utf-8")
    make_decision(task).save(tmp_path / "decision.json")
    files = [str(tmp_path / name) for name in ("task.json", "decision.json", "trainings")]
    (tmp_path / "trainings").mkdir()
    command = [sys.executable, "-m", "tests.finetune.killed_training", *files, "7"]

    # The children are forks, and a GPU that the parent has seen cannot be used in a fork.
    on_processor = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}

    ended = subprocess.run(
        command, cwd=ROOT, env=on_processor, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["kills"] >= 5
    assert len(found["whole"]) == 64, found
    assert found["killed"] == found["whole"]
