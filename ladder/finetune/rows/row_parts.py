"""Loads the training rows and splits them by content into train, validation and test."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ladder.data.fingerprint import digest_samples
from ladder.data.labels import is_label_like
from ladder.data.leakage import find_leaks
from ladder.data.load_samples import load_samples
from ladder.data.sample import Sample
from ladder.data.split import unit_fraction, unit_of
from ladder.errors import DataError
from ladder.finding import Finding
from ladder.finetune.checklist import CheckOutcome
from ladder.finetune.permit import training_of
from ladder.spec.data_source import OnLeak
from ladder.spec.task import TaskSpec
from ladder.spec.training import Training

Part = Literal["train", "validation", "test"]
_VALIDATION_FROM, _TEST_FROM = 0.8, 0.9


@dataclass(frozen=True, slots=True)
class RowParts:
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

    @property
    def by_name(self) -> dict[str, tuple[Sample, ...]]:
        """Return the three parts by their names."""
        return {"train": self.train, "validation": self.validation, "test": self.test}


def load_training_rows(task: TaskSpec) -> list[Sample]:
    """Return the rows of the training file, with the columns of the eval data."""
    training = training_of(task)
    return load_samples(
        task.data.replace(
            path=training.path, split="train", revision=_revision(task), slices=(), on_leak=OnLeak()
        ),
        is_other=True,
    )


def split_rows(samples: Sequence[Sample], training: Training) -> RowParts:
    """Return training rows in their three parts, by content and group.

    Raises:
        DataError: A part has too few rows.
    """
    parts: dict[Part, list[Sample]] = {"train": [], "validation": [], "test": []}
    for sample in samples:
        parts[part_of(sample)].append(sample)
    _refuse_small(parts, training)
    return RowParts(
        train=tuple(parts["train"]),
        validation=tuple(parts["validation"]),
        test=tuple(parts["test"]),
        digest=digest_samples(samples),
    )


def check_splits(samples: Sequence[Sample], training: Training) -> CheckOutcome[RowParts]:
    """Return the three parts, and what makes the scores on them say less.

    V02 nearly the same row in two parts, V03 labels of the other parts that training never sees.
    """
    rows = split_rows(samples, training)
    others = [*rows.validation, *rows.test]
    near = {leak.sample.id for leak in find_leaks(others, rows.train).pairs}
    findings = []
    if near:
        findings.append(
            Finding(
                code="V02 parts-overlap",
                severity="warning",
                problem=f"{len(near)} of {len(others)} validation and test rows are nearly a "
                "training row, so these two parts flatter; the eval data decide.",
                next_step="Leave all but one of such rows out of the file.",
            )
        )
    unseen = {row.targets[0] for row in others} - {row.targets[0] for row in rows.train}
    if is_label_like(samples) and unseen:
        findings.append(
            Finding(
                code="V03 labels-unseen",
                severity="warning",
                problem=f"{len(unseen)} label{' stands' if len(unseen) == 1 else 's stand'} in validation or "
                "test rows alone.",
                evidence=", ".join(sorted(unseen)[:8]),
                next_step="Add rows of these labels.",
            )
        )
    sizes = ", ".join(f"{name} {len(part)}" for name, part in rows.by_name.items())
    return CheckOutcome(rows, f"{sizes} rows, by content and group", findings)


def part_of(sample: Sample) -> Part:
    """Return the part that a row belongs to, by its content: added rows move no other row.

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


def _refuse_small(parts: dict[Part, list[Sample]], training: Training) -> None:
    need: dict[Part, int] = {"train": training.batch_size, "validation": 1, "test": 1}
    for part, least in need.items():
        if len(parts[part]) < least:
            raise DataError(
                f"{training.path}: only {len(parts[part])} rows fall into the {part} part, "
                f"which needs at least {least}.",
                next_step="Add rows: about 50 make a training possible, some hundreds useful.",
            )
