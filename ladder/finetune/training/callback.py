"""The callback beside the training loop: stops at bad numbers, seals checkpoints, reports progress."""

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.errors import DivergedError
from ladder.finetune.training.checkpoint import seal_checkpoint
from ladder.finetune.training.processes import is_first, wait_for_all
from ladder.finetune.training.training_progress import TrainingObserver, TrainingProgress
from ladder.spec.training import Training


def watch(
    training: Training, digests: Mapping[str, str], observer: TrainingObserver, *, seconds: float
) -> Any:  # noqa: ANN401
    """Return the callback of one training, whose checkpoints are sealed with `digests`.

    `seconds` are what it had taken before it was continued.
    """
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Stops at the first number that is none, seals checkpoints, tells the observer."""

        def __init__(self) -> None:
            self.started = time.monotonic()
            self.first_step: int | None = None
            self.validation_loss: float | None = None

        def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            logs = more.get("logs") or {}
            stop_unless_finite(logs, state.global_step)
            self.validation_loss = logs.get("eval_loss", self.validation_loss)
            if "loss" not in logs:
                return
            if self.first_step is None:
                self.first_step = state.global_step - 1
            observer(self.progress(state.global_step, logs["loss"]))

        def progress(self, step: int, loss: float) -> TrainingProgress:
            done = step - (self.first_step or 0)
            pace = (time.monotonic() - self.started) / max(done, 1)
            return TrainingProgress(
                stage="training",
                step=step,
                steps=training.steps,
                loss=loss,
                validation_loss=self.validation_loss,
                seconds_left=pace * (training.steps - step),
            )

        def on_evaluate(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            patience = training.patience
            if patience is not None and has_stalled(state.log_history, patience):
                control.should_training_stop = True

        def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            # Every process saves its own state of chance: sealed once all have.
            wait_for_all()
            if not is_first():
                return
            step = state.global_step
            taken = seconds + time.monotonic() - self.started
            checkpoint = Path(args.output_dir) / f"checkpoint-{step}"
            seal_checkpoint(checkpoint, step, digests, seconds=taken)

    return Watch()


def has_stalled(history: Sequence[Mapping[str, Any]], patience: int) -> bool:
    """Return whether neither loss nor whole answers of the validation rows got better lately.

    >>> looks = [{"eval_loss": loss, "eval_whole": 0.5} for loss in (1.0, 0.9, 0.95, 0.91)]
    >>> has_stalled(looks, 2), has_stalled(looks, 3)
    (True, False)
    """
    looks = [row for row in history if "eval_loss" in row]
    if len(looks) <= patience:
        return False
    before, lately = looks[:-patience], looks[-patience:]
    is_lower = min(row["eval_loss"] for row in lately) < min(row["eval_loss"] for row in before)
    is_higher = max(row["eval_whole"] for row in lately) > max(row["eval_whole"] for row in before)
    return not (is_lower or is_higher)


def stop_unless_finite(logs: Mapping[str, Any], step: int) -> None:
    """Raise DivergedError at the first loss or gradient that is not a number."""
    for name in ("loss", "grad_norm", "eval_loss"):
        value = logs.get(name)
        if value is not None and not math.isfinite(value):
            raise DivergedError(
                f"The training diverged at step {step}: {name} is {value}.",
                next_step="Lower training.learning_rate (a third is a good next try) and train again.",
            )
