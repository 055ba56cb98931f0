"""Lever 8: QLoRA, all of it behind a Permit that only a matching `fine_tune` decision gives."""

from ladder.finetune.permit import Permit
from ladder.finetune.report import TrainingReport
from ladder.finetune.train import train
from ladder.finetune.training.training_progress import TrainingProgress
from ladder.finetune.trials import learning_curve, search_settings
from ladder.finetune.versions.adapters_on_base import Shelf

__all__ = [
    "Permit",
    "Shelf",
    "TrainingProgress",
    "TrainingReport",
    "learning_curve",
    "search_settings",
    "train",
]
