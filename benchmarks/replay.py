"""Show that the regression check stops a training that forgets, and that replay repairs it.

The demo's task "queue code" is trained twice by real QLoRA: on its own rows alone, and with one row
in four replaced by the base model's own answers to general questions. Fails where the first is not
stopped, or the second is.

    python -m benchmarks.replay
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.justified import justified
from benchmarks.table import write_table
from examples import tasks
from ladder import load_task
from ladder.finetune import Permit, TrainingProgress, TrainingReport, train
from ladder.finetune.checklist import first_blocked
from ladder.models import load_generator
from ladder.models.base import Message, Request
from ladder.spec.candidate import Decoding
from ladder.spec.task import TaskSpec

QUESTION = "What is the capital of France?"
WAYS = {"without replay": (0.0, 120), "one row in four replayed": (0.25, 200)}
"""Share of replay, and steps: replayed rows take places, so more steps are needed."""

EVERY = 20


def main() -> None:
    """Train twice and print what became of the task and of everything else."""
    with tempfile.TemporaryDirectory() as folder:
        spec = tasks.queue_code(Path(folder), 0, n_train=600)
        reports = {
            name: _train(load_task(spec, overrides=_overrides(share, steps)), Path(folder) / name)
            for name, (share, steps) in WAYS.items()
        }
        rows = [_row(name, report) for name, report in reports.items()]
    note = (
        "Real QLoRA of SmolLM2-135M on the task of `make train-demo`, on a made-up decision. The "
        "regression check compares capitals, opposites and sums, question by question."
    )
    print(write_table("Forgetting and replay", rows, "python -m benchmarks.replay", note=note))
    forgot, kept = (_stopped_by(report) for report in reports.values())
    if forgot != "regression_check" or kept is not None:
        sys.exit(f"Stopped by: {forgot} without replay, {kept} with it.")


def _overrides(share: float, steps: int) -> list[str]:
    return [f"training.replay_share={share}", f"training.steps={steps}"]


def _train(task: TaskSpec, folder: Path) -> TrainingReport:
    permit = Permit.from_decision(justified(task), task)
    return train(permit, task, run_folder=folder / "run", observer=_say)


def _row(name: str, report: TrainingReport) -> dict[str, object]:
    lost = {each.name: f"{each.before:.2f} → {each.after:.2f}" for each in report.abilities}
    stopped = _stopped_by(report)
    return {
        "training": f"{name}, {report.steps} steps",
        "target of .80, confirmation": f"{report.before.score:.2f} → {report.after.score:.2f}, "
        f"{report.verdict.replace('_', ' ')}",
        **lost,
        QUESTION: f"`{_answer(report)}`",
        "outcome": "may be promoted" if stopped is None else f"stopped by {stopped}",
        "minutes": report.cost.minutes,
    }


def _stopped_by(report: TrainingReport) -> str | None:
    blocked = first_blocked(report.plan)
    if blocked is not None:
        return blocked.name
    return None if report.is_promotable else report.verdict


def _answer(report: TrainingReport) -> str:
    candidate = report.candidate
    request = Request(
        (Message("user", QUESTION),), candidate.effective_chat, Decoding(max_new_tokens=12)
    )
    generator = load_generator(candidate.model, adapter=candidate.adapter)
    try:
        return dict(generator.generate([request]))[0].text
    finally:
        generator.close()


def _say(progress: TrainingProgress) -> None:
    if progress.stage != "training" or progress.step % EVERY == 0:
        print(f"  {progress}", file=sys.stderr)


if __name__ == "__main__":
    main()
