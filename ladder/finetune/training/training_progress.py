"""`TrainingProgress`: what a person sees while a training runs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """One moment of `train`.

    Attributes:
        stage: What runs: "preparing", "baseline", "replay", "training", "adapter", "measuring".
        step, steps: Steps taken, of how many; 0 of 0 outside the training itself.
        loss, validation_loss: The newest, or None.
        seconds_left: Estimate for the training itself, or None.
        note: What a person should know now: a checkpoint passed over, a smaller batch.
    """

    stage: str
    step: int = 0
    steps: int = 0
    loss: float | None = None
    validation_loss: float | None = None
    seconds_left: float | None = None
    note: str = ""

    def __str__(self) -> str:
        """Return it as one line for a terminal.

        >>> str(TrainingProgress("training", 10, 300, 1.25, None, 290.0))
        'training  step 10 of 300  loss 1.250  290 s left'
        """
        parts = [self.stage]
        if self.steps:
            parts.append(f"step {self.step} of {self.steps}")
        if self.loss is not None:
            parts.append(f"loss {self.loss:.3f}")
        if self.validation_loss is not None:
            parts.append(f"validation {self.validation_loss:.3f}")
        if self.seconds_left is not None:
            parts.append(f"{self.seconds_left:.0f} s left")
        return "  ".join([*parts, self.note] if self.note else parts)


TrainingObserver = Callable[[TrainingProgress], None]


def ignore(progress: TrainingProgress) -> None:
    """Observe nothing: the default."""
