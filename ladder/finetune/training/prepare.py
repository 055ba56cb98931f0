"""From clean rows to the lesson: mixed with replay, put into batches, and digested."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ladder.finetune.permit import Permit
from ladder.finetune.rows.clean import counts_of
from ladder.finetune.rows.parts import Rows, training_of
from ladder.finetune.training.check_rows import check_rows, refuse, show_row
from ladder.finetune.training.material import Material
from ladder.finetune.training.processes import n_processes
from ladder.finetune.training.progress import TrainingObserver, TrainingProgress
from ladder.finetune.training.replay import replay_rows
from ladder.finetune.training.schedule import plan_batches
from ladder.finetune.training.training_set import Lesson
from ladder.frozen import digest_of
from ladder.models import converted_folder
from ladder.spec.task import TaskSpec

_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes")


def prepare(
    permit: Permit,
    task: TaskSpec,
    rows: Rows,
    material: Material,
    *,
    folder: Path,
    observer: TrainingObserver,
) -> tuple[Lesson, dict[str, Any]]:
    """Return the lesson of a task, and facts about it for the adapter's manifest.

    Raises:
        DataError: A replayed row would teach nothing.
    """
    training = training_of(task)
    train = [material.encoded[sample.id] for sample in rows.train]
    validation = [material.encoded[sample.id] for sample in rows.validation]
    observer(TrainingProgress("replay"))
    replay = replay_rows(permit.start, training, material.encoder, folder / "replay.json")
    refuse(check_rows(replay, material.limits))
    batches = plan_batches(
        train,
        replay,
        steps=training.steps,
        batch_size=training.batch_size,
        share=training.replay_share,
        seed=task.seed,
    )
    digests = {
        "spec": permit.spec,
        "eval_data": permit.eval_data,
        "base_model": permit.base_model,
        "training_rows": rows.digest,
        "settings": digest_of(training.model_dump(mode="json", exclude={"review"})),
        "batches": digest_of([[row.ids, row.labels] for row in batches]),
        "software": ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
    }
    if n_processes() > 1:
        # Sums over several processes are rounded in another order.
        digests["processes"] = str(n_processes())
    base = converted_folder(permit.start.model)
    lesson = Lesson(base, batches, validation, training, task.seed, digests)
    counts = {"train": len(rows.train), "validation": len(rows.validation), "test": len(rows.test)}
    return lesson, {
        "rows": {**counts, "replay": len(replay)},
        "removed": counts_of(material.removed),
        "template": digest_of(permit.start.effective_chat.model_dump(mode="json")),
        "shown": show_row(train[0], material.encoder.tokenizer.decode),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
