"""Two processes that train one adapter: started for real by accelerate's launcher, on the CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ladder.errors import SpecError
from ladder.finetune import train
from ladder.finetune.training.loop import _share_of_batch
from ladder.finetune.training.processes import own_device, refuse_several
from ladder.spec import load_task
from ladder.spec.task import TaskSpec
from ladder.spec.training import Training
from tests.finetune.conftest import MakeDecision, MakePermit, MakeTask, save_with_its_look

pytestmark = pytest.mark.slow

LAUNCH = (
    "accelerate.commands.launch --multi_gpu --num_processes 2 --num_machines 1 --mixed_precision no "
    "--dynamo_backend no --main_process_port 0 -m ladder train"
)


@pytest.fixture
def launch(tmp_path: Path, make_decision: MakeDecision) -> Any:
    """Return a function that trains a task in two processes, and what they said."""

    def run(task: TaskSpec) -> tuple[subprocess.CompletedProcess[str], Path]:
        folder = tmp_path / "runs" / "tiny"
        folder.mkdir(parents=True)
        spec = tmp_path / "task.json"
        spec.write_text(task.model_dump_json(exclude_defaults=True), "utf-8")
        save_with_its_look(make_decision(load_task(spec)), spec, folder)
        command = [sys.executable, "-m", *LAUNCH.split(), str(spec), "--run", str(folder), "--json"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        return done, folder

    return run


def test_two_processes_train_what_one_does(
    launch: Any, make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task()

    done, folder = launch(task)

    report = json.loads(done.stdout)
    assert report["verdict"] == "not_reached"
    assert report["steps"] == 6
    assert len(list((folder.parent / "adapters" / "tiny").glob("v*"))) == 1
    assert done.stderr.count("step 6 of 6") == 1
    alone = train(make_permit(task), task, run_folder=tmp_path / "alone" / "run")
    losses = [loss for _, loss in report["losses"]]
    assert losses == pytest.approx([loss for _, loss in alone.losses], abs=1e-3)


def test_what_stops_the_first_process_ends_the_other(launch: Any, make_task: MakeTask) -> None:
    task = make_task(review={"licences": {"base": "MIT", "data": "own"}})

    done, folder = launch(task)

    assert done.returncode != 0
    assert done.stderr.count("T01 behaviour-not-named") >= 1
    assert not (folder.parent / "adapters").exists()


def test_a_batch_is_shared_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "3")
    monkeypatch.setenv("LOCAL_RANK", "2")

    assert _share_of_batch(Training(path="x", batch_size=6)) == 2
    assert own_device("cuda") == "cuda:2"
    assert own_device("cpu") == "cpu"
    with pytest.raises(SpecError, match="8 rows are not shared evenly by 3"):
        _share_of_batch(Training(path="x", batch_size=8))
    with pytest.raises(SpecError, match="runs in one process"):
        refuse_several("The search")
