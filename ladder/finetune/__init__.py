"""Lever 8: QLoRA, all of it behind a Permit that only a matching `fine_tune` decision gives."""

from ladder.finetune.adapter import verify_adapter
from ladder.finetune.permit import Permit
from ladder.finetune.progress import TrainingObserver, TrainingProgress
from ladder.finetune.report import TrainingReport
from ladder.finetune.shelf import Shelf
from ladder.finetune.train import train
from ladder.finetune.trials import learning_curve, search_settings

__all__ = [
    "Permit",
    "Shelf",
    "TrainingObserver",
    "TrainingProgress",
    "TrainingReport",
    "learning_curve",
    "search_settings",
    "train",
    "verify_adapter",
]
