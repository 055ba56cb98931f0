"""`train`: from a Permit to an adapter that is measured like any other Candidate."""

import platform
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ladder.data.load import load_samples
from ladder.errors import InfrastructureError
from ladder.finetune.adapter import find_adapter, save_adapter
from ladder.finetune.manifest import write_json
from ladder.finetune.measure import measure_adapter
from ladder.finetune.permit import Permit
from ladder.finetune.prepare import prepare
from ladder.finetune.progress import TrainingObserver, TrainingProgress, ignore
from ladder.finetune.qlora import Lesson, Trained, fit
from ladder.finetune.report import TrainingReport
from ladder.finetune.rows import load_rows
from ladder.models.weights import best_device
from ladder.spec.task import TaskSpec


def train(
    permit: Permit, task: TaskSpec, *, run_folder: str | Path, observer: TrainingObserver = ignore
) -> TrainingReport:
    """Train an adapter, keep it as a version, and measure what it gained and what it cost.

    The same call on the same task continues: from the newest whole checkpoint, or, where the
    adapter is already trained, with its measurement. Checkpoints and `training.json` lie in
    `run_folder`, adapters beside it in `adapters/<task>/<version>`.

    Raises:
        EvidenceError: The Permit is for another task, or something it rests on has changed.
        DataError: The training rows leak into the eval data, or would teach nothing.
        DivergedError: A loss or a gradient stopped being a number.
    """
    folder = Path(run_folder) / "training"
    versions = Path(run_folder).parent / "adapters" / task.name
    journal = Path(run_folder) / "journal.sqlite"
    evals = load_samples(task.data)
    permit.check(task, evals)
    with _alone_in(folder):
        observer(TrainingProgress("preparing"))
        rows = load_rows(task, evals)
        lesson, facts = prepare(permit, task, rows, folder, observer)
        adapter = find_adapter(versions, lesson.digests)
        if adapter is None:
            trained = fit(permit, lesson, folder, observer)
            observer(TrainingProgress("adapter"))
            adapter = _keep(permit, lesson, trained, versions, facts)
        observer(TrainingProgress("measuring"))
        report = measure_adapter(permit, task, evals, rows, adapter=adapter, journal=journal)
        write_json(Path(run_folder) / "training.json", report.model_dump(mode="json"))
    return report


def _keep(
    permit: Permit, lesson: Lesson, trained: Trained, versions: Path, facts: Mapping[str, Any]
) -> Path:
    history = {
        "steps": lesson.training.steps,
        "best_step": trained.best_step,
        "losses": trained.losses,
        "validation_losses": trained.validation_losses,
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


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "training.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InfrastructureError(
            f"Another process trains in {folder}.",
            next_step="Wait for it, or end it; then the same command continues.",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _peak_memory_gib() -> float:
    """Return the most memory that this process, or its GPU, has held."""
    import torch

    if torch.cuda.is_available():
        return float(torch.cuda.max_memory_allocated()) / 2**30
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30
