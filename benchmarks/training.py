"""Measure ladder's training loop beside a plain transformers Trainer with the same settings.

Both train the same NF4 base with the same LoRA weights on the same batches in the same order. They
take turns, so that a busy machine slows both alike: a turn's ratio is of its two median steps, the
first steps, evaluations and checkpoints left out, and the median turn counts.

    python -m benchmarks.training [turns]

Fails where ladder's loop takes more than a twentieth longer.
"""

import statistics
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from benchmarks.justified import justified
from benchmarks.table import write_table
from examples import tasks
from ladder import load_task
from ladder.data import load_samples
from ladder.finetune.permit import Permit
from ladder.finetune.training.encode_rows import MASKED, EncodedRow, RowEncoder
from ladder.finetune.training.loop import fit
from ladder.finetune.training.lora_model import add_lora, load_base
from ladder.finetune.training.training_progress import TrainingProgress
from ladder.finetune.training.training_set import TrainingSet
from ladder.models import converted_folder, load_tokenizer
from ladder.models.base import Message, Request
from ladder.models.quiet import quiet_transformers
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.task import TaskSpec

STEPS = 16
LOOKS = 6
"""How often ladder looks at the validation rows and saves: not part of a step."""

WARM_UP = 3
"""Steps from the start of a turn that do not count: memory is taken, caches are cold."""

LEAST = 0.95
"""Of the plain loop's steps a second, what ladder's must reach."""

END = 2


def main() -> None:
    """Print seconds a step of both, and the ratio; exit 1 where it is too low."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        task = load_task(tasks.queue_code(Path(folder), 0, n_train=120))
        permit, training_set = _lesson(task)
        pairs = [_turn(permit, training_set, Path(folder), turn) for turn in range(turns)]
    ours, plain = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(theirs / mine for mine, theirs in pairs)
    rows = [
        {"loop": "ladder", "seconds a step": ours, "× plain": ratio},
        {"loop": "plain Trainer", "seconds a step": plain, "× plain": 1.0},
    ]
    spread = ", ".join(f"{theirs / mine:.2f}" for mine, theirs in pairs)
    note = (
        "QLoRA on SmolLM2-135M: NF4, rank 16 on every linear layer, batches of 8. Both loops on "
        "the same batches; ladder's also checks every number. Its head sees only the positions "
        f"that carry loss. Turn by turn: {spread}; asked: {LEAST:.2f}."
    )
    print(write_table("Training", rows, "python -m benchmarks.training", note=note))
    if ratio < LEAST:
        sys.exit(f"ladder's loop reaches {ratio:.2f} of the plain one's pace, not {LEAST:.2f}.")


def _turn(
    permit: Permit, training_set: TrainingSet, folder: Path, turn: int
) -> tuple[float, float]:
    """Return the median step of both; who goes first changes from turn to turn."""
    loops = {"ours": _ours, "plain": _plain}
    order = list(loops) if turn % 2 == 0 else list(loops)[::-1]
    found = {name: loops[name](permit, training_set, folder / f"{name}-{turn}") for name in order}
    return statistics.median(found["ours"]), statistics.median(found["plain"])


def _ours(permit: Permit, training_set: TrainingSet, folder: Path) -> list[float]:
    moments: list[tuple[int, float]] = []

    def observe(progress: TrainingProgress) -> None:
        if progress.stage == "training":
            moments.append((progress.step, time.perf_counter()))

    fit(permit, training_set, folder, observe)
    return [
        after - before
        for (step, before), (_, after) in pairwise(moments)
        if step >= WARM_UP and step % (STEPS // LOOKS) != 0
    ]


class Clock(TrainerCallback):  # type: ignore[misc]
    """Notes the moment after every step, as the observer does."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:  # noqa: ANN401
        """Note one."""
        self.moments.append(time.perf_counter())


def _plain(permit: Permit, training_set: TrainingSet, folder: Path) -> list[float]:
    """Train as a short script would: the model's own loss, padding on the right."""
    training = training_set.training
    model = add_lora(permit, load_base(training_set.base, training.method), training)
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
            train_sampling_strategy="sequential",
            dataloader_pin_memory=False,
            use_cpu=not torch.cuda.is_available(),
        ),
        train_dataset=list(training_set.batches),
        data_collator=_pad_right,
        callbacks=[clock],
    )
    trainer.remove_callback(PrinterCallback)
    with quiet_transformers():
        trainer.train()
    return [after - before for before, after in pairwise(clock.moments)][WARM_UP - 1 :]


def _pad_right(rows: list[EncodedRow]) -> dict[str, Any]:
    width = max(len(row.ids) for row in rows)
    pads = [width - len(row.ids) for row in rows]
    pairs = list(zip(rows, pads, strict=True))
    return {
        "input_ids": torch.tensor([[*row.ids] + [END] * pad for row, pad in pairs]),
        "attention_mask": torch.tensor([[1] * len(row.ids) + [0] * pad for row, pad in pairs]),
        "labels": torch.tensor([[*row.labels] + [MASKED] * pad for row, pad in pairs]),
    }


def _lesson(task: TaskSpec) -> tuple[Permit, TrainingSet]:
    assert task.training is not None  # noqa: S101 - the task above has one
    samples = load_samples(task.data.replace(path=task.training.path))
    encoder = RowEncoder(load_tokenizer(task.model), [END])
    rows = [
        encoder.encode(sample.id, _request(sample.input), sample.targets[0]) for sample in samples
    ]
    training = task.training.replace(steps=STEPS, warmup_steps=2)
    batches = (rows * 9)[: STEPS * training.batch_size]
    base = converted_folder(task.model)
    permit = Permit.from_decision(justified(task), task)
    return permit, TrainingSet(base, batches, rows[:8], training, 0, {"benchmark": "training"})


def _request(ticket: str) -> Request:
    text = f"Route this ticket.\n\nTicket: {ticket}"
    return Request((Message("user", text),), ChatSetup(), Decoding())


if __name__ == "__main__":
    main()
