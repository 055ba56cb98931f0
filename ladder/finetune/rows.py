"""Training rows: loaded, refused where they leak into the eval data, and split by content."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ladder.data.fingerprint import digest_samples
from ladder.data.leakage import check_leakage
from ladder.data.load import load_samples
from ladder.data.sample import Sample
from ladder.data.split import unit_fraction, unit_of
from ladder.errors import DataError, SpecError
from ladder.spec.task import TaskSpec, Training

Part = Literal["train", "validation", "test"]
_VALIDATION_FROM, _TEST_FROM = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class Rows:
    """The training file in three parts that share no content.

    Attributes:
        train: What the weights see.
        validation: What chooses the checkpoint.
        test: What neither saw; with `train` it shows overfitting.
        digest: Digest of all of them.
    """

    train: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    digest: str


def training_of(task: TaskSpec) -> Training:
    """Return the task's training section, or say that it has none."""
    if task.training is None:
        raise SpecError(
            f"The task {task.name} has no training data.",
            next_step="Add a section `training:` with `path:` to the task.",
        )
    return task.training


def load_rows(task: TaskSpec, evals: Sequence[Sample]) -> Rows:
    """Return the training rows of a task in their three parts.

    Raises:
        DataError: A row of the eval data is among them, or a part has too few rows.
    """
    training = training_of(task)
    source = task.data.replace(path=training.path, split="train", revision=_revision(task))
    samples = load_samples(source)
    _refuse_leaks(samples, evals, training.path)
    parts: dict[Part, list[Sample]] = {"train": [], "validation": [], "test": []}
    for sample in samples:
        parts[part_of(sample)].append(sample)
    _refuse_small(parts, training)
    return Rows(
        train=tuple(parts["train"]),
        validation=tuple(parts["validation"]),
        test=tuple(parts["test"]),
        digest=digest_samples(samples),
    )


def part_of(sample: Sample) -> Part:
    """Return the part that a row belongs to: by its content, so that more rows move none.

    >>> from ladder.data.sample import Sample
    >>> part_of(Sample("1", "a", ("x",))) == part_of(Sample("2", "A ", ("y",)))
    True
    """
    fraction = unit_fraction(unit_of(sample), "training")
    if fraction < _VALIDATION_FROM:
        return "train"
    return "validation" if fraction < _TEST_FROM else "test"


def _revision(task: TaskSpec) -> str | None:
    training = training_of(task)
    return task.data.revision if training.path == task.data.path else None


def _refuse_leaks(samples: Sequence[Sample], evals: Sequence[Sample], path: str) -> None:
    for finding in check_leakage(evals, samples, f"the training data ({path})"):
        if finding.severity == "error":
            raise DataError(
                f"{finding.code}: {finding.problem}",
                next_step="Remove these rows from the training data; a score on rows that were "
                "trained on says nothing.",
            )


def _refuse_small(parts: dict[Part, list[Sample]], training: Training) -> None:
    need: dict[Part, int] = {"train": training.batch_size, "validation": 1, "test": 1}
    for part, least in need.items():
        if len(parts[part]) < least:
            raise DataError(
                f"{training.path}: only {len(parts[part])} rows fall into the {part} part, "
                f"which needs at least {least}.",
                next_step="Add rows: about 50 make a training possible, some hundreds useful.",
            )
