"""From a Permit and a task to the lesson: encoded, checked, mixed with replay, and digested."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ladder.data.sample import Sample
from ladder.finetune.encode import Encoded, Encoder
from ladder.finetune.permit import Permit
from ladder.finetune.preflight import Limits, check_rows, refuse, show_row
from ladder.finetune.progress import TrainingObserver, TrainingProgress
from ladder.finetune.qlora import Lesson
from ladder.finetune.replay import replay_rows
from ladder.finetune.rows import Rows, training_of
from ladder.finetune.schedule import plan_batches
from ladder.measure import Workbench
from ladder.models import converted_folder, describe_situation, load_tokenizer
from ladder.models.stopping import stop_ids
from ladder.spec.base import digest_of
from ladder.spec.task import TaskSpec

_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes")


def prepare(
    permit: Permit, task: TaskSpec, rows: Rows, folder: Path, observer: TrainingObserver
) -> tuple[Lesson, dict[str, Any]]:
    """Return the lesson of a task, and facts about it for the adapter's manifest.

    Raises:
        DataError: A row would teach nothing, or not what serving needs.
    """
    training = training_of(task)
    encoder, limits = _encoder(permit, task)
    encoded = {
        part: _encode(permit, task, samples, encoder)
        for part, samples in (("train", rows.train), ("validation", rows.validation))
    }
    observer(TrainingProgress("replay"))
    replay = replay_rows(permit.start, training, encoder, folder / "replay.json")
    every = [*encoded["train"], *encoded["validation"], *replay]
    findings = check_rows(every, limits)
    refuse(findings)
    batches = plan_batches(
        encoded["train"],
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
        "batches": digest_of([[row.ids, row.labels] for row in batches]),
        "software": ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
    }
    base = converted_folder(permit.start.model)
    lesson = Lesson(base, batches, encoded["validation"], training, task.seed, digests)
    counts = {"train": len(rows.train), "validation": len(rows.validation), "test": len(rows.test)}
    return lesson, {
        "rows": {**counts, "replay": len(replay)},
        "shown": show_row(encoded["train"][0], encoder.tokenizer.decode),
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }


def _encoder(permit: Permit, task: TaskSpec) -> tuple[Encoder, Limits]:
    tokenizer = load_tokenizer(permit.start.model)
    situation = describe_situation(task, permit.start, ())
    declared = () if situation is None else situation.stop_token_ids
    encoder = Encoder(tokenizer, stop_ids(permit.start.effective_chat, tokenizer, declared))
    return encoder, Limits(
        context_tokens=None if situation is None else situation.context_tokens,
        embedding_rows=None if situation is None else situation.embedding_rows,
        end_tokens=encoder.end_tokens,
    )


def _encode(
    permit: Permit, task: TaskSpec, samples: Sequence[Sample], encoder: Encoder
) -> list[Encoded]:
    with Workbench(task, samples) as bench:
        requests = bench.requests(permit.start, range(len(samples)))
    return [
        encoder.encode(sample.id, request, sample.targets[0])
        for sample, request in zip(samples, requests, strict=True)
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
