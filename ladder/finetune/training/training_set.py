"""`Lesson` and `Trained`: what goes into a training, and what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.finetune.training.encode_rows import Encoded
from ladder.spec.training import Training


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is trained on, and how.

    Attributes:
        base: Folder of the base model's plain weights.
        batches: All batches in a row, in the order of the training.
        validation: Rows that choose the checkpoint.
        digests: What a checkpoint must have been made from to be continued.
    """

    base: Path
    batches: Sequence[Encoded]
    validation: Sequence[Encoded]
    training: Training
    seed: int
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model, with its best weights loaded, and how it came about.

    Attributes:
        validation_whole: `(step, share)` of validation rows whose every token is the likeliest:
            what greedy decoding would answer whole.
        rows_at_once: Rows in one pass of one process: its share of the batch, or less where memory ran out.
        passed_over: Checkpoints that were damaged.
    """

    model: Any
    losses: tuple[tuple[int, float], ...]
    validation_losses: tuple[tuple[int, float], ...]
    validation_whole: tuple[tuple[int, float], ...]
    steps: int
    best_step: int
    rows_at_once: int
    resumed_from: int
    passed_over: tuple[str, ...]
    seconds: float
