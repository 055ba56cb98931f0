"""The training loop: transformers' own Trainer, with our batches, our loss mask and our stops."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ladder.activity import activity
from ladder.errors import DivergedError, SpecError
from ladder.finetune.permit import Permit
from ladder.finetune.training.checkpoint import find_checkpoint, seal_checkpoint
from ladder.finetune.training.lora_model import add_lora, load_base, packed_layers
from ladder.finetune.training.loss import answer_loss, collate, whole_rows
from ladder.finetune.training.processes import is_first, n_processes, wait_for_all
from ladder.finetune.training.training_progress import TrainingObserver, TrainingProgress
from ladder.finetune.training.training_set import TrainedModel, TrainingSet
from ladder.models.local.memory import ended_for_lack_of_memory
from ladder.models.quiet import quiet_transformers
from ladder.spec.training import Training


def fit(
    permit: Permit, training_set: TrainingSet, folder: Path, observer: TrainingObserver
) -> TrainedModel:
    """Train LoRA weights on a training set; continue where `folder` holds a whole checkpoint.

    Where memory runs out, half as many rows are taken at once and twice as many passes make a
    step, so that a step still sees the same batch.

    Raises:
        DivergedError: A loss or gradient is not a number; nothing of that step is kept.
        EvidenceError: The checkpoints in `folder` belong to another training.
        InfrastructureError: Memory does not suffice for a single row.
    """
    permit.check_given()
    share = _share_of_batch(training_set.training)
    at_once = share
    while True:
        try:
            return _fit(permit, training_set, folder, observer, rows_at_once=at_once)
        except RuntimeError as error:
            # Several processes would have to run out together.
            if n_processes() > 1 or not ended_for_lack_of_memory(error, rows=at_once):
                raise
        at_once = fewer_rows(share, at_once)
        observer(TrainingProgress("memory", note=f"ran out; {at_once} rows at once from here"))


def _share_of_batch(training: Training) -> int:
    """Return how many rows of a batch each process takes."""
    share, rest = divmod(training.batch_size, n_processes())
    if rest:
        raise SpecError(
            f"training.batch_size: {training.batch_size} rows are not shared evenly by "
            f"{n_processes()} processes.",
            next_step=f"Write a multiple of {n_processes()}.",
        )
    return share


def fewer_rows(batch_size: int, at_once: int) -> int:
    """Return at most half as many rows, so that whole passes still make a batch.

    >>> fewer_rows(8, 8), fewer_rows(8, 4), fewer_rows(6, 6), fewer_rows(7, 7)
    (4, 2, 3, 1)
    """
    return max(n for n in range(1, at_once // 2 + 1) if batch_size % n == 0)


def _fit(
    permit: Permit,
    training_set: TrainingSet,
    folder: Path,
    observer: TrainingObserver,
    *,
    rows_at_once: int,
) -> TrainedModel:
    from transformers import set_seed

    resume = find_checkpoint(folder, training_set.digests)
    for reason in resume.passed_over:
        observer(TrainingProgress("resuming", note=f"passed over: {reason}"))
    started = time.monotonic()
    set_seed(training_set.seed)
    with activity("loading the base model"):
        base = load_base(training_set.base, training_set.training.method)
        model = add_lora(permit, base, training_set.training)
    beside = watch(training_set.training, training_set.digests, observer, seconds=resume.seconds)
    trainer = _trainer(permit, model, training_set, folder, beside, rows_at_once=rows_at_once)
    with quiet_transformers(), _without_cudnn_attention():
        trainer.train(resume_from_checkpoint=None if resume.folder is None else str(resume.folder))
    if packed_layers(model):
        raise DivergedError(
            "bitsandbytes repacked the base model during training, so the weights are not right.",
            next_step="Report this with your bitsandbytes version; `method: lora` avoids it.",
        )
    history = trainer.state.log_history
    return TrainedModel(
        model=model,
        losses=_curve(history, "loss"),
        validation_losses=_curve(history, "eval_loss"),
        validation_whole=_curve(history, "eval_whole"),
        steps=int(trainer.state.global_step),
        best_step=int(trainer.state.best_global_step or trainer.state.global_step),
        rows_at_once=rows_at_once,
        resumed_from=resume.step,
        passed_over=resume.passed_over,
        seconds=resume.seconds + time.monotonic() - started,
    )


@contextmanager
def _without_cudnn_attention() -> Iterator[None]:
    """Leave out cuDNN's attention, whose gradients can be NaN from finite inputs on Hopper GPUs.

    Seen on an H100 with torch 2.11, at the second step of the demo's training; reported in
    pytorch/pytorch#196678. Torch's other kernels take its place.
    """
    import torch

    kernels: Any = torch.backends.cuda
    was_enabled = kernels.cudnn_sdp_enabled()
    kernels.enable_cudnn_sdp(enabled=False)
    try:
        yield
    finally:
        kernels.enable_cudnn_sdp(enabled=was_enabled)


def _trainer(
    permit: Permit,
    model: Any,  # noqa: ANN401
    training_set: TrainingSet,
    folder: Path,
    beside: Any,  # noqa: ANN401
    *,
    rows_at_once: int,
) -> Any:  # noqa: ANN401
    import torch
    from transformers import PrinterCallback, Trainer

    permit.check_given()

    class AnswerTrainer(Trainer):  # type: ignore[misc]
        """Trainer with our loss, reading the batches in the order they were planned."""

        whole: list[bool]

        def compute_loss(
            self,
            model: Any,  # noqa: ANN401
            inputs: dict[str, Any],
            return_outputs: bool = False,  # noqa: FBT001, FBT002
            num_items_in_batch: Any = None,  # noqa: ANN401, ARG002
        ) -> Any:  # noqa: ANN401
            loss, outputs = answer_loss(model, inputs)
            if not model.training:
                self.whole += whole_rows(outputs, inputs)
            return (loss, outputs) if return_outputs else loss

        def evaluation_loop(self, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401
            self.whole = []
            output = super().evaluation_loop(*arguments, **more)
            counts = torch.tensor([sum(self.whole), len(self.whole)], device=self.args.device)
            right, n = self.accelerator.reduce(counts, "sum").tolist()
            output.metrics["eval_whole"] = right / max(n, 1)
            return output

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:  # noqa: ANN401, ARG002
            return torch.utils.data.SequentialSampler(self.train_dataset)

    trainer = AnswerTrainer(
        model=model,
        args=_arguments(training_set, folder, rows_at_once),
        train_dataset=list(training_set.batches),
        eval_dataset=list(training_set.validation),
        data_collator=collate,
        callbacks=[beside],
    )
    trainer.remove_callback(PrinterCallback)
    # Else the passes of one step are summed and not averaged: the loss is a mean already.
    trainer.model_accepts_loss_kwargs = False
    return trainer


def _arguments(training_set: TrainingSet, folder: Path, rows_at_once: int) -> Any:  # noqa: ANN401
    import torch
    from transformers import TrainingArguments

    training = training_set.training
    share = _share_of_batch(training)
    every = training.evaluation_steps
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=training.steps,
        per_device_train_batch_size=rows_at_once,
        gradient_accumulation_steps=share // rows_at_once,
        # No gradients: twice as many rows fit, unless memory has run out before.
        per_device_eval_batch_size=rows_at_once * (1 + (rows_at_once == share)),
        learning_rate=training.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=training.warmup_steps,
        weight_decay=0.0,
        seed=training_set.seed,
        data_seed=training_set.seed,
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


def _curve(history: Sequence[Mapping[str, Any]], name: str) -> tuple[tuple[int, float], ...]:
    return tuple((int(row["step"]), float(row[name])) for row in history if name in row)


def watch(
    training: Training, digests: Mapping[str, str], observer: TrainingObserver, *, seconds: float
) -> Any:  # noqa: ANN401
    """Return the callback of one training, whose checkpoints are sealed with `digests`.

    `seconds` are what it had taken before it was continued.
    """
    from transformers import TrainerCallback

    class Watch(TrainerCallback):  # type: ignore[misc]
        """Stops at the first number that is none, seals checkpoints, tells the observer."""

        def __init__(self) -> None:
            self.started = time.monotonic()
            self.first_step: int | None = None
            self.validation_loss: float | None = None

        def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            logs = more.get("logs") or {}
            stop_unless_finite(logs, state.global_step)
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
                steps=training.steps,
                loss=loss,
                validation_loss=self.validation_loss,
                seconds_left=pace * (training.steps - step),
            )

        def on_evaluate(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            patience = training.patience
            if patience is not None and has_stalled(state.log_history, patience):
                control.should_training_stop = True

        def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:  # noqa: ANN401, ARG002
            # Every process saves its own state of chance: sealed once all have.
            wait_for_all()
            if not is_first():
                return
            step = state.global_step
            taken = seconds + time.monotonic() - self.started
            checkpoint = Path(args.output_dir) / f"checkpoint-{step}"
            seal_checkpoint(checkpoint, step, digests, seconds=taken)

    return Watch()


def has_stalled(history: Sequence[Mapping[str, Any]], patience: int) -> bool:
    """Return whether neither loss nor whole answers of the validation rows got better lately.

    >>> looks = [{"eval_loss": loss, "eval_whole": 0.5} for loss in (1.0, 0.9, 0.95, 0.91)]
    >>> has_stalled(looks, 2), has_stalled(looks, 3)
    (True, False)
    """
    looks = [row for row in history if "eval_loss" in row]
    if len(looks) <= patience:
        return False
    before, lately = looks[:-patience], looks[-patience:]
    is_lower = min(row["eval_loss"] for row in lately) < min(row["eval_loss"] for row in before)
    is_higher = max(row["eval_whole"] for row in lately) > max(row["eval_whole"] for row in before)
    return not (is_lower or is_higher)


def stop_unless_finite(logs: Mapping[str, Any], step: int) -> None:
    """Raise DivergedError at the first loss or gradient that is not a number."""
    for name in ("loss", "grad_norm", "eval_loss"):
        value = logs.get(name)
        if value is not None and not math.isfinite(value):
            raise DivergedError(
                f"The training diverged at step {step}: {name} is {value}.",
                next_step="Lower training.learning_rate (a third is a good next try) and train again.",
            )
