"""The demo task that justifies fine-tuning, taken on through real QLoRA: `make train-demo`."""

import argparse
import time
from pathlib import Path

from rich.console import Console

import ladder
from examples import tasks
from ladder.finetune import Permit, train
from ladder.progress.training_screen import training_shown

STEPS = 200


def main() -> None:
    """Reach the verdict, train behind it, and print what was gained and what it cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="decides every row of the data")
    parser.add_argument(
        "--folder", type=Path, default=Path("runs/train-demo"), help="where to write"
    )
    parser.add_argument(
        "--replay-share",
        type=float,
        default=0.25,
        help="of each batch, the base model's own answers; 0 shows what a training forgets",
    )
    arguments = parser.parse_args()
    folder = arguments.folder / f"seed-{arguments.seed}"
    started = time.monotonic()

    spec = tasks.queue_code(folder / "task", arguments.seed, n_train=600)
    task = ladder.load_task(
        spec,
        overrides=[
            f"training.steps={STEPS}",
            f"training.replay_share={arguments.replay_share}",
        ],
    )
    decision = ladder.run(task, runs_folder=folder / "runs", progress=True)
    print(f"{decision.verdict}: {decision.sentence}")

    permit = Permit.from_decision(decision, task)
    with training_shown(Console(stderr=True, highlight=False)) as observer:
        report = train(
            permit, task, run_folder=ladder.run_folder_of(task, folder / "runs"), observer=observer
        )
    print(f"\n{report}\n\n{(time.monotonic() - started) / 60:.1f} minutes in all")


if __name__ == "__main__":
    main()
