"""Makes the `TrainingSet`: clean rows mixed with replay, in batches, with digests of all they are made of."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from ladder.data.load_samples import load_samples
from ladder.disk import write_json
from ladder.errors import DataError, EndpointError
from ladder.finetune.permit import Permit, training_of
from ladder.finetune.rows.clean import counts_of
from ladder.finetune.rows.row_parts import RowParts
from ladder.finetune.training.check_rows import check_rows, refuse, show_row
from ladder.finetune.training.encode_rows import EncodedRow, RowEncoder
from ladder.finetune.training.processes import n_processes
from ladder.finetune.training.tokenised_rows import TokenisedRows
from ladder.finetune.training.training_progress import TrainingObserver, TrainingProgress
from ladder.frozen import digest_of
from ladder.models import converted_folder, load_generator
from ladder.models.base import Answer, Message, Request
from ladder.spec.candidate import Candidate, Decoding
from ladder.spec.data_source import DataSource
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


_MAX_NEW_TOKENS = 24


def general_questions(training: Training) -> tuple[str, ...]:
    """Return the questions to replay: the user's file, or the list that ladder brings.

    A `.txt` file holds one question a line; any other is read like eval data, from its column
    `input`, and its targets are not used: the base model answers itself.
    """
    if training.replay is None:
        text = (
            files("ladder.finetune.training").joinpath("general_questions.txt").read_text("utf-8")
        )
        return _lines(text)
    path = Path(training.replay)
    if path.suffix == ".txt":
        try:
            return _lines(path.read_text("utf-8"))
        except OSError as error:
            raise DataError(
                f"training.replay: {path} cannot be read ({error.strerror}).",
                next_step="Name a text file with one question a line.",
            ) from error
    return tuple(sample.input for sample in load_samples(DataSource(path=training.replay)))


def replay_rows(
    candidate: Candidate, training: Training, encoder: RowEncoder, memory: Path
) -> list[EncodedRow]:
    """Return the base model's greedy answers to the general questions, as training rows.

    `memory` keeps the answers, so that a training that is continued replays the same ones.
    """
    if training.replay_share == 0:
        return []
    decoding = Decoding(max_new_tokens=_MAX_NEW_TOKENS)
    requests = [
        Request((Message("user", question),), candidate.effective_chat, decoding)
        for question in general_questions(training)
    ]
    answers = _answers(candidate, requests, memory)
    return [
        encoder.encode_replay(
            f"replay-{place}", request, answer.text, is_cut=answer.finish_reason == "length"
        )
        for place, (request, answer) in enumerate(zip(requests, answers, strict=True))
        if answer.text.strip()
    ]


def _answers(candidate: Candidate, requests: Sequence[Request], memory: Path) -> list[Answer]:
    key = digest_of([candidate.digest, [request.messages[0].content for request in requests]])
    known = _remembered(memory, key)
    if known is not None and len(known) == len(requests):
        return known
    with closing(load_generator(candidate.model)) as generator:
        found = dict(generator.generate(requests))
    answers = [found[place] for place in range(len(requests))]
    failed = [answer.error for answer in answers if answer.error]
    if failed:
        raise EndpointError(
            f"The base model gave no answer to {len(failed)} general questions: {failed[0]}",
            next_step="Shorten them, or set training.replay_share: 0 and accept forgetting.",
        )
    stored = [[answer.text, answer.finish_reason] for answer in answers]
    write_json(memory, {"key": key, "answers": stored})
    return answers


def _remembered(memory: Path, key: str) -> list[Answer] | None:
    try:
        stored = json.loads(memory.read_text("utf-8"))
        if stored["key"] != key:
            return None
        return [Answer(text, finish_reason=reason) for text, reason in stored["answers"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
