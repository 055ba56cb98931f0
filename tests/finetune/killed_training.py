"""Run one training in children that are killed at random moments; print what came of it.

python -m tests.finetune.killed_training TASK DECISION FOLDER SEED

The libraries are loaded once, and every child is a fork: ten kills cost seconds, not minutes.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import peft
import torch
import transformers.models.llama.modeling_llama
import transformers.trainer

from ladder.decision import Decision
from ladder.finetune import Permit
from ladder.finetune.training.encode_rows import MASKED, EncodedRow
from ladder.finetune.training.loop import fit
from ladder.finetune.training.training_progress import TrainingProgress
from ladder.finetune.training.training_set import TrainingSet
from ladder.spec.task import TaskSpec
from ladder.spec.training import Training

LOADED = (peft, transformers.models.llama.modeling_llama, transformers.trainer)
"""What a training would load by itself, in each child again."""
KILLS = 10
ROWS = [
    EncodedRow(str(n), (1, 40 + n, 50, 60 + n, 2), (MASKED, MASKED, MASKED, 60 + n, 2), 3)
    for n in range(12)
]


def main() -> None:
    """Train once undisturbed and once killed ten times; print both digests as JSON."""
    spec, decision, folder, seed = sys.argv[1:]
    task = TaskSpec.model_validate_json(Path(spec).read_text("utf-8"))
    permit = Permit.from_decision(Decision.load(decision), task)
    training = Training(
        path="x", method="lora", steps=14, batch_size=4, rank=4, learning_rate=0.02, warmup_steps=2
    )
    training_set = TrainingSet(Path(task.model.id), ROWS * 20, ROWS[:4], training, 0, {"spec": "s"})
    started = time.monotonic()
    whole = _undisturbed(permit, training_set, Path(folder) / "whole")
    seconds = time.monotonic() - started
    moments = random.Random(int(seed))  # noqa: S311 - when to kill, not a secret
    killed = Path(folder) / "killed"
    kills = sum(
        _killed(permit, training_set, killed, moments.uniform(0, seconds)) for _ in range(KILLS)
    )
    found = {"whole": whole, "killed": _undisturbed(permit, training_set, killed), "kills": kills}
    sys.stdout.write(json.dumps(found) + "\n")


def _undisturbed(permit: Permit, training_set: TrainingSet, folder: Path) -> str:
    out = folder.with_suffix(".digest")
    _wait(_start(permit, training_set, folder, out))
    return out.read_text("utf-8")


def _killed(permit: Permit, training_set: TrainingSet, folder: Path, seconds: float) -> bool:
    child = _start(permit, training_set, folder, folder.with_suffix(".unused"))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return _wait(child) != 0


def _start(permit: Permit, training_set: TrainingSet, folder: Path, out: Path) -> int:
    child = os.fork()
    if child:
        return child
    try:
        trained = fit(permit, training_set, folder, _quiet)
        weights = [w for name, w in trained.model.named_parameters() if "lora_" in name]
        digest = hashlib.sha256(b"".join(w.detach().numpy().tobytes() for w in weights))
        out.write_text(digest.hexdigest(), "utf-8")
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - a forked child must not return
        out.write_text(f"{type(error).__name__}: {error}", "utf-8")
        os._exit(1)


def _wait(child: int) -> int:
    return os.waitpid(child, 0)[1]


def _quiet(progress: TrainingProgress) -> None:
    del progress


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
