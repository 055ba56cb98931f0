"""Makes the `TrainingSet`: clean rows mixed with replay, in batches, with digests of all they are made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ladder.finetune.permit import Permit, training_of
from ladder.finetune.rows.clean import counts_of
from ladder.finetune.rows.row_parts import RowParts
from ladder.finetune.training.check_rows import check_rows, refuse, show_row
from ladder.finetune.training.encode_rows import EncodedRow
from ladder.finetune.training.processes import n_processes
from ladder.finetune.training.replayed_answers import replay_rows
from ladder.finetune.training.tokenised_rows import TokenisedRows
from ladder.finetune.training.training_progress import TrainingObserver, TrainingProgress
from ladder.frozen import digest_of
from ladder.models import converted_folder
from ladder.spec.task import TaskSpec
from ladder.spec.training import Training


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """What is trained on, and how.

    Attributes:
        base: Folder of the base model's plain weights.
        batches: All batches in a row, in the order of the training.
        validation: Rows that choose the checkpoint.
        digests: What a checkpoint must have been made from to be continued.
    """

    base: Path
    batches: Sequence[EncodedRow]
    validation: Sequence[EncodedRow]
    training: Training
    seed: int
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model, with its best weights loaded, and how it came about.

    Attributes:
        validation_whole: `(step, share)` of validation rows whose every token is the likeliest:
            what greedy decoding would answer whole.
        rows_at_once: Rows in one pass of one process: its share of the batch, or less where memory ran out.
        passed_over: Checkpoints that were damaged.
    """

    model: Any
    losses: tuple[tuple[int, float], ...]
    validation_losses: tuple[tuple[int, float], ...]
    validation_whole: tuple[tuple[int, float], ...]
    steps: int
    best_step: int
    rows_at_once: int
    resumed_from: int
    passed_over: tuple[str, ...]
    seconds: float


_LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes")


def prepare(
    permit: Permit,
    task: TaskSpec,
    rows: RowParts,
    tokenised: TokenisedRows,
    *,
    folder: Path,
    observer: TrainingObserver,
) -> tuple[TrainingSet, dict[str, Any]]:
    """Return the training set of a task, and facts about it for the adapter's manifest.

    Raises:
        DataError: A replayed row would teach nothing.
    """
    training = training_of(task)
    train = [tokenised.encoded[sample.id] for sample in rows.train]
    validation = [tokenised.encoded[sample.id] for sample in rows.validation]
    observer(TrainingProgress("replay"))
    replay = replay_rows(permit.start, training, tokenised.encoder, folder / "replay.json")
    refuse(check_rows(replay, tokenised.limits))
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
    training_set = TrainingSet(base, batches, validation, training, task.seed, digests)
    counts = {name: len(part) for name, part in rows.by_name.items()}
    return training_set, {
        "rows": {**counts, "replay": len(replay)},
        "removed": counts_of(tokenised.removed),
        "template": digest_of(permit.start.effective_chat.model_dump(mode="json")),
        "shown": show_row(train[0], tokenised.encoder.tokenizer.decode),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


Row = TypeVar("Row")


def plan_batches(
    rows: Sequence[Row],
    replay: Sequence[Row],
    *,
    steps: int,
    batch_size: int,
    share: float,
    seed: int,
) -> list[Row]:
    """Return `steps` batches as one list; of each, `share` is replay, to the nearest row.

    Every batch has the same mix, so that no stretch of the training forgets. A training that is
    continued reads on in the same list.

    >>> plan_batches(["a"], ["r"], steps=2, batch_size=4, share=0.25, seed=0)
    ['a', 'a', 'a', 'r', 'a', 'a', 'a', 'r']
    """
    n_replay = min(round(batch_size * share), batch_size - 1) if replay else 0
    own = _forever(rows, np.random.default_rng([seed, 0]))
    general = _forever(replay, np.random.default_rng([seed, 1]))
    plan: list[Row] = []
    for _ in range(steps):
        plan.extend(next(own) for _ in range(batch_size - n_replay))
        plan.extend(next(general) for _ in range(n_replay))
    return plan


def _forever(rows: Sequence[Row], generator: np.random.Generator) -> Iterator[Row]:
    while True:
        for place in generator.permutation(len(rows)):
            yield rows[int(place)]
