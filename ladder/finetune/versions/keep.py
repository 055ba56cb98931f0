"""A trained model becomes the next version, with how it came about in its manifest."""

import platform
import resource
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ladder.finetune.permit import Permit
from ladder.finetune.training.training_set import Lesson, Trained
from ladder.finetune.versions.version import save_adapter
from ladder.models.local.weights import best_device


def keep_version(
    permit: Permit, lesson: Lesson, trained: Trained, versions: Path, facts: Mapping[str, Any]
) -> Path:
    """Save what was trained as the next version, and return its folder."""
    history = {
        "steps": trained.steps,
        "best_step": trained.best_step,
        "losses": trained.losses,
        "validation_losses": trained.validation_losses,
        "validation_whole": trained.validation_whole,
        "rows_at_once": trained.rows_at_once,
        "passed_over": list(trained.passed_over),
        "cost": {
            "minutes": trained.seconds / 60,
            "peak_memory_gib": _peak_memory_gib(),
            "device": best_device(),
            "method": lesson.training.method,
        },
    }
    return save_adapter(
        permit,
        trained.model,
        versions,
        base=permit.start.model.id,
        facts={
            "made_from": dict(lesson.digests),
            "training": lesson.training.model_dump(mode="json"),
            "start": permit.start.model_dump(mode="json"),
            **facts,
            **history,
        },
    )


def _peak_memory_gib() -> float:
    """Return the most memory that this process, or its GPU, has held."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / 2**30
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
