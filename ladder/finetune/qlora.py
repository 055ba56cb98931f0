"""The training loop: transformers' own Trainer, with our batches, our loss mask and our stops."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.errors import DivergedError
from ladder.finetune.base import add_lora, load_base, packed_layers
from ladder.finetune.checkpoint import find_checkpoint, seal_checkpoint
from ladder.finetune.encode import MASKED, Encoded
from ladder.finetune.permit import Permit
from ladder.finetune.progress import TrainingObserver, TrainingProgress
from ladder.models.quiet import quiet_transformers
from ladder.spec.task import Training

_EVALUATIONS = 6


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
    """A trained model, with its best weights loaded, and how it came about."""

    model: Any
    losses: tuple[tuple[int, float], ...]
    validation_losses: tuple[tuple[int, float], ...]
    best_step: int
    resumed_from: int
    passed_over: tuple[str, ...]
    seconds: float


def fit(permit: Permit, lesson: Lesson, folder: Path, observer: TrainingObserver) -> Trained:
    """Train LoRA weights on the lesson; continue where `folder` holds a whole checkpoint.

    Raises:
        DivergedError: A loss or gradient is not a number; nothing of that step is kept.
        EvidenceError: The checkpoints in `folder` belong to another training.
    """
    from transformers import set_seed

    permit.check_given()
    resume = find_checkpoint(folder, lesson.digests)
    started = time.monotonic()
    set_seed(lesson.seed)
    model = add_lora(permit, load_base(lesson.base, lesson.training.method), lesson.training)
    trainer = _trainer(permit, model, lesson, folder, _callback(lesson, observer, resume.seconds))
    with quiet_transformers():
        trainer.train(resume_from_checkpoint=None if resume.folder is None else str(resume.folder))
    if packed_layers(model):
        raise DivergedError(
            "bitsandbytes repacked the base model during training, so the weights are not right.",
            next_step="Report this with your bitsandbytes version; `method: lora` avoids it.",
        )
    history = trainer.state.log_history
    return Trained(
        model=model,
        losses=_curve(history, "loss"),
        validation_losses=_curve(history, "eval_loss"),
        best_step=int(trainer.state.best_global_step or lesson.training.steps),
        resumed_from=resume.step,
        passed_over=resume.passed_over,
        seconds=resume.seconds + time.monotonic() - started,
    )


def answer_loss(model: Any, batch: Mapping[str, Any]) -> tuple[Any, Any]:  # noqa: ANN401
    """Return the loss of a left-padded batch and the model's outputs.

    Each row counts the same, however long its answer: the mean over rows of the mean over the
    row's answer tokens. So long replayed answers do not outweigh short labels.
    """
    import torch

    inputs = {name: value for name, value in batch.items() if name != "labels"}
    labels = batch["labels"][:, 1:]
    supervised = labels != MASKED
    with _only_before(model, supervised):
        outputs = model(**inputs, use_cache=False)
    token_losses = torch.nn.functional.cross_entropy(
        outputs.logits[0].float(), labels[supervised], reduction="none"
    )
    per_row = supervised.sum(1).clamp(min=1)
    weights = (1 / per_row)[:, None].expand_as(labels)[supervised]
    return (token_losses * weights).sum() / len(labels), outputs


@contextmanager
def _only_before(model: Any, supervised: Any) -> Iterator[None]:  # noqa: ANN401
    """Let the head see only the positions before a supervised token.

    Of some 600 positions in a batch about 80 carry loss, and the head of a small model is a
    fifth of its work.
    """

    def choose(_: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:  # noqa: ANN401
        return (arguments[0][:, :-1][supervised][None], *arguments[1:])

    handle = model.get_output_embeddings().register_forward_pre_hook(choose)
    try:
        yield
    finally:
        handle.remove()


def collate(rows: Sequence[Encoded]) -> dict[str, Any]:
    """Return rows as one left-padded batch; padding is known by the mask, never by its id."""
    import torch

    width = max(len(row.ids) for row in rows)
    pads = [width - len(row.ids) for row in rows]
    mask = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads])
    return {
        "input_ids": torch.tensor([[0] * p + [*r.ids] for p, r in zip(pads, rows, strict=True)]),
        "attention_mask": mask,
        "position_ids": (mask.cumsum(1) - 1).clamp(min=0),
        "labels": torch.tensor(
            [[MASKED] * p + [*r.labels] for p, r in zip(pads, rows, strict=True)]
        ),
    }


def _trainer(
    permit: Permit,
    model: Any,  # noqa: ANN401
    lesson: Lesson,
    folder: Path,
    watch: Any,  # noqa: ANN401
) -> Any:  # noqa: ANN401
    import torch
    from transformers import PrinterCallback, Trainer

    permit.check_given()

    class AnswerTrainer(Trainer):  # type: ignore[misc]
        """Trainer with our loss, reading the batches in the order they were planned."""

        model_accepts_loss_kwargs = False

        def compute_loss(
            self,
            model: Any,  # noqa: ANN401
            inputs: dict[str, Any],
            return_outputs: bool = False,  # noqa: FBT001, FBT002
            num_items_in_batch: Any = None,  # noqa: ANN401, ARG002
        ) -> Any:  # noqa: ANN401
            loss, outputs = answer_loss(model, inputs)
            return (loss, outputs) if return_outputs else loss

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:  # noqa: ANN401, ARG002
            return torch.utils.data.SequentialSampler(self.train_dataset)

    trainer = AnswerTrainer(
        model=model,
        args=_arguments(lesson, folder),
        train_dataset=list(lesson.batches),
        eval_dataset=list(lesson.validation),
        data_collator=collate,
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(lesson: Lesson, folder: Path) -> Any:  # noqa: ANN401
    import torch
    from transformers import TrainingArguments

    training = lesson.training
    every = max(1, training.steps // _EVALUATIONS)
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=training.steps,
        per_device_train_batch_size=training.batch_size,
        per_device_eval_batch_size=2 * training.batch_size,
        learning_rate=training.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=training.warmup_steps,
        weight_decay=0.0,
        seed=lesson.seed,
        data_seed=lesson.seed,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        prediction_loss_only=True,
        logging_steps=1,
        # The default turns a loss that is not a number into 0 in the log.
        logging_nan_inf_filter=False,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=False,
        use_cpu=not torch.cuda.is_available(),
    )


def _callback(lesson: Lesson, observer: TrainingObserver, seconds_before: float) -> Any:  # noqa: ANN401
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Stops at the first number that is none, seals checkpoints, tells the observer."""

        def __init__(self) -> None:
            self.started = time.monotonic()
            self.first_step: int | None = None
            self.validation_loss: float | None = None

        def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            logs = more.get("logs") or {}
            _stop_unless_finite(logs, state.global_step)
            self.validation_loss = logs.get("eval_loss", self.validation_loss)
            if "loss" not in logs:
                return
            if self.first_step is None:
                self.first_step = state.global_step - 1
            observer(self.progress(state.global_step, logs["loss"]))

        def progress(self, step: int, loss: float) -> TrainingProgress:
            done = step - (self.first_step or 0)
            pace = (time.monotonic() - self.started) / max(done, 1)
            return TrainingProgress(
                stage="training",
                step=step,
                steps=lesson.training.steps,
                loss=loss,
                validation_loss=self.validation_loss,
                seconds_left=pace * (lesson.training.steps - step),
            )

        def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            step = state.global_step
            seconds = seconds_before + time.monotonic() - self.started
            checkpoint = Path(args.output_dir) / f"checkpoint-{step}"
            seal_checkpoint(checkpoint, step, lesson.digests, seconds=seconds)

    return Watch()


def _stop_unless_finite(logs: Mapping[str, Any], step: int) -> None:
    for name in ("loss", "grad_norm", "eval_loss"):
        value = logs.get(name)
        if value is not None and not math.isfinite(value):
            raise DivergedError(
                f"The training diverged at step {step}: {name} is {value}.",
                next_step="Lower training.learning_rate (a third is a good next try) and train again.",
            )


def _curve(history: Sequence[Mapping[str, Any]], name: str) -> tuple[tuple[int, float], ...]:
    return tuple((int(row["step"]), float(row[name])) for row in history if name in row)
