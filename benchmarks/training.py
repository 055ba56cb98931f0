"""Measure ladder's training loop beside a plain transformers Trainer with the same settings.

Both train the same NF4 base with the same LoRA weights on the same batches. They take turns, so
that a busy machine slows both alike; the median step counts, without evaluations and checkpoints.

    python -m benchmarks.training [turns]
"""

import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from transformers import Trainer, TrainerCallback, TrainingArguments

from benchmarks.table import write_table
from examples import tasks
from ladder import load_task
from ladder.data import digest_samples, load_samples
from ladder.decision import Decision, Provenance
from ladder.finetune.base import add_lora, load_base
from ladder.finetune.encode import MASKED, Encoded, Encoder
from ladder.finetune.permit import Permit
from ladder.finetune.progress import TrainingProgress
from ladder.finetune.qlora import Lesson, fit
from ladder.models import converted_folder, load_tokenizer, model_digest
from ladder.models.base import Message, Request
from ladder.models.quiet import quiet_transformers
from ladder.search.ledger import Attempt, Ledger, Trial
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.task import LEVER_NAMES, TaskSpec

STEPS = 24
LOOKS = 6
"""How often ladder looks at the validation rows and saves: not part of a step."""

END = 2


def main() -> None:
    """Print seconds a step of both, and the ratio."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        task = load_task(tasks.queue_code(Path(folder), 0, n_train=120))
        permit, lesson = _lesson(task)
        ours: list[float] = []
        plain: list[float] = []
        for turn in range(turns):
            ours += _ours(permit, lesson, Path(folder) / f"ours-{turn}")
            plain += _plain(permit, lesson, Path(folder) / f"plain-{turn}")
    medians = {"ladder": statistics.median(ours), "plain Trainer": statistics.median(plain)}
    rows = [
        {"loop": name, "seconds a step": seconds, "× plain": medians["plain Trainer"] / seconds}
        for name, seconds in medians.items()
    ]
    note = (
        "QLoRA on SmolLM2-135M: NF4, rank 16 on every linear layer, batches of 8. Both loops on "
        "the same batches; ladder's also checks every number and seals its checkpoints."
    )
    print(write_table("Training", rows, "python -m benchmarks.training", note=note))


def _ours(permit: Permit, lesson: Lesson, folder: Path) -> list[float]:
    moments: list[tuple[int, float]] = []

    def observe(progress: TrainingProgress) -> None:
        if progress.stage == "training":
            moments.append((progress.step, time.perf_counter()))

    fit(permit, lesson, folder, observe)
    return [
        after - before
        for (step, before), (_, after) in pairwise(moments)
        if step % (STEPS // LOOKS) != 0
    ]


class Clock(TrainerCallback):  # type: ignore[misc]
    """Notes the moment after every step, as the observer does."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Note one."""
        self.moments.append(time.perf_counter())


def _plain(permit: Permit, lesson: Lesson, folder: Path) -> list[float]:
    """Train as a short script would: the model's own loss, padding on the right."""
    training = lesson.training
    model = add_lora(permit, load_base(lesson.base, training.method), training)
    clock = Clock()
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(folder),
            max_steps=training.steps,
            per_device_train_batch_size=training.batch_size,
            learning_rate=training.learning_rate,
            lr_scheduler_type="linear",
            warmup_steps=training.warmup_steps,
            logging_steps=1,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
            use_cpu=not torch.cuda.is_available(),
        ),
        train_dataset=list(lesson.batches),
        data_collator=_pad_right,
        callbacks=[clock],
    )
    with quiet_transformers():
        trainer.train()
    return [after - before for before, after in pairwise(clock.moments)]


def _pad_right(rows: list[Encoded]) -> dict[str, Any]:
    width = max(len(row.ids) for row in rows)
    pads = [width - len(row.ids) for row in rows]
    pairs = list(zip(rows, pads, strict=True))
    return {
        "input_ids": torch.tensor([[*row.ids] + [END] * pad for row, pad in pairs]),
        "attention_mask": torch.tensor([[1] * len(row.ids) + [0] * pad for row, pad in pairs]),
        "labels": torch.tensor([[*row.labels] + [MASKED] * pad for row, pad in pairs]),
    }


def _lesson(task: TaskSpec) -> tuple[Permit, Lesson]:
    assert task.training is not None  # noqa: S101 - the task above has one
    samples = load_samples(task.data.replace(path=task.training.path))
    encoder = Encoder(load_tokenizer(task.model), [END])
    rows = [
        encoder.encode(sample.id, _request(sample.input), sample.targets[0]) for sample in samples
    ]
    training = task.training.replace(steps=STEPS, warmup_steps=2)
    batches = (rows * 9)[: STEPS * training.batch_size]
    base = converted_folder(task.model)
    permit = Permit.from_decision(_decision(task), task)
    return permit, Lesson(base, batches, rows[:8], training, 0, {"benchmark": "training"})


def _request(ticket: str) -> Request:
    text = f"Route this ticket.\n\nTicket: {ticket}"
    return Request((Message("user", text),), ChatSetup(), Decoding())


def _decision(task: TaskSpec) -> Decision:
    """Return a made-up decision for the task: this measures the loop, not the verdict."""
    baseline = (0,) * len(LEVER_NAMES)
    ledger = Ledger(
        n=200,
        n_selection=80,
        n_confirmation=120,
        baseline=Trial(configuration=baseline, n_seen=80, score=0.0, low=0.0, high=0.05),
        attempts=tuple(
            Attempt(lever=name, status="no_gain", parent=baseline, chosen=baseline)
            for name in LEVER_NAMES
        ),
        best=baseline,
        ending="justified",
    )
    return Decision(
        verdict="fine_tune",
        sentence="Made up for a benchmark.",
        task=task.name,
        model=task.model.id,
        metric=task.metric.name,
        target=task.target,
        configuration=baseline,
        ledger=ledger,
        provenance=Provenance(
            spec=task.digest,
            eval_data=digest_samples(load_samples(task.data)),
            model=model_digest(task.model),
            versions={},
            seed=0,
            started="",
            seconds=0.0,
        ),
    )


if __name__ == "__main__":
    main()
