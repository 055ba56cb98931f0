"""`training_obstacles`: everything that a task lacks for `ladder train`, known before a run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ladder.errors import SpecError
from ladder.finding import Finding
from ladder.models.licence_sources import card_licence
from ladder.spec.task import TaskSpec


@dataclass(frozen=True, slots=True)
class TrainingObstacle:
    """One thing at which a training would stop, and what ends it.

    `is_answerable` says that a person may answer for it by a waiver, so the plan judges it.
    """

    problem: str
    next_step: str
    is_answerable: bool = False


def training_obstacles(task: TaskSpec) -> list[TrainingObstacle]:
    """Return what a task lacks for `ladder train`: weights, a training section, what it is for."""
    return [*_of_model(task), *_of_section(task)]


def check_training(task: TaskSpec) -> list[Finding]:
    """Return all at which `ladder train` would stop after the verdict fine_tune, as W06."""
    found = training_obstacles(task)
    if not found:
        return []
    return [
        Finding(
            code="W06 training-incomplete",
            severity="info",
            problem="After the verdict fine_tune `ladder train` would stop: "
            f"{'; '.join(each.problem for each in found)}.",
            next_step=" ".join(each.next_step for each in found),
        )
    ]


def refuse_obstacles(task: TaskSpec) -> None:
    """Raise SpecError with everything without which no training can start at all."""
    found = training_obstacles(task)
    if any(not each.is_answerable for each in found):
        problems = "; ".join(each.problem for each in found)
        raise SpecError(
            f"The task {task.name} cannot be trained yet: {problems}.",
            next_step=" ".join(each.next_step for each in found),
        )


def _of_model(task: TaskSpec) -> Iterator[TrainingObstacle]:
    if task.model.is_endpoint:
        yield TrainingObstacle(
            f"the model {task.model.id} answers at an endpoint, and a training needs its weights",
            "Measure the weights that you would train: in model.id their folder or hub id, and no "
            "model.base_url.",
        )


def _of_section(task: TaskSpec) -> Iterator[TrainingObstacle]:
    training = task.training
    if training is None:
        yield TrainingObstacle(
            "the task names no training data",
            "Write training: {path: train.jsonl, review: {behaviour: "
            "classification_or_extraction, licences: {data: own}}}; docs/fine-tuning.md has the "
            "other kinds of behaviour. That changes no answer: the verdict stays.",
        )
        return
    if not training.review.behaviour:
        yield TrainingObstacle(
            "training.review.behaviour says nothing of what the training is to change",
            "Write one in training.review.behaviour, such as classification_or_extraction.",
            is_answerable=True,
        )
    if (
        training.review.licences.data is None
        and card_licence(Path(training.path).parent / "README.md") is None
    ):
        yield TrainingObstacle(
            "the licence of the training data is not known",
            "Write it in training.review.licences.data: own, if they are yours.",
            is_answerable=True,
        )
