"""`climb`: searches a ladder on both parts of its samples, and returns the ledger of all that was measured."""

from collections.abc import Sequence

import numpy as np

from ladder.data.sample import Sample
from ladder.data.split import unit_of
from ladder.errors import DataError
from ladder.measure import TaskData
from ladder.scoring.labels.named_labels import classes_of
from ladder.scoring.metric import Kind
from ladder.search.climber import Climber
from ladder.search.confirm.confirmation_part import ConfirmationPart
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.questions import Questions
from ladder.search.confirm.requirement import (
    ClassTarget,
    Requirement,
    TargetClaim,
    requirements_of,
)
from ladder.search.ledger import Ledger
from ladder.search.problem import Observer, Problem, ignore
from ladder.search.select.race import Effort, Track
from ladder.search.select.scores import Scores
from ladder.search.select.selection import Selection
from ladder.search.select.units import Units, first_of_each, largest_cluster, units_of
from ladder.search.select.within_limits import LimitCheck
from ladder.spec.metric_spec import MetricSpec
from ladder.statistics.arrays import FloatArray, IntArray

CONFIRMATION_SEED = 0
"""Orders the confirmation part of every task, whatever its own seed: the order is fixed for good."""


def climb(  # noqa: PLR0913 - all by name but the first two, most have a default
    problem: Problem,
    claim: TargetClaim,
    *,
    selection: IntArray,
    confirmation: IntArray,
    kind: Kind,
    clusters: Sequence[object] | None = None,
    classes: Sequence[ClassTarget] = (),
    effort: Effort = "thrifty",
    seed: int = 0,
    confirmation_seed: int | None = None,
    looks: Looks | None = None,
    explore: bool = False,
    is_advised: bool = False,
    observer: Observer = ignore,
) -> Ledger:
    """Climb the ladder of a problem and return all that was measured.

    Args:
        problem: Levers, their variants, and the scores.
        claim: What is to be shown, and how often it may be wrong.
        selection: Positions on which anything may be tried.
        confirmation: Positions that answer yes or no, under a budget.
        kind: `binary` for scores that are only 0 and 1: they decide with fewer samples.
        clusters: A label for each of all positions; samples of one are not independent.
        classes: Classes with a target of their own, to be reached beside that over all samples.
        effort: `full` keeps every variant in the race that is not clearly behind.
        seed: Orders the units within each part.
        confirmation_seed: Orders those of the confirmation part, where that must not change.
        looks: What was asked of this confirmation part before; a fresh one if None.
        explore: Whether the confirmation part is never asked, so that there is no verdict.
        is_advised: Whether an open end says how likely more examples would decide: a second's work.
        observer: Called with progress.

    Raises:
        DataError: If one of the parts is empty.
    """
    if not len(selection) or not len(confirmation):
        raise DataError(
            f"The samples give {len(selection)} to select on and {len(confirmation)} to confirm on.",
            next_step="Add examples: below about 40 hardly anything can be decided.",
        )
    largest = max(largest_cluster(part, clusters) for part in (selection, confirmation))
    is_binary = kind == "binary"
    order = seed if confirmation_seed is None else confirmation_seed
    is_single = is_binary and largest == 1
    whole = Requirement(
        label="",
        target=claim.target,
        reach=claim.reach,
        is_binary=is_single and not claim.is_relative,
        is_paired=is_single and claim.is_relative,
        selection=units_of(selection, clusters, seed=seed, largest=largest),
        confirmation=units_of(confirmation, clusters, seed=order, largest=largest),
    )
    open_part = Selection(
        problem,
        whole.selection,
        Scores(problem, is_binary=is_binary),
        is_raced_whole=effort == "full",
        weights=_balanced_weights(problem.size, selection, classes),
        is_relative=claim.is_relative,
    )
    part = ConfirmationPart(
        problem,
        requirements_of(whole, classes, margin=claim.margin, is_binary=is_binary),
        Scores(problem, is_binary=is_binary),
        claim,
        looks or Looks(),
    )
    track = Track(open_part, effort, observer, LimitCheck(problem, open_part))
    questions = Questions(problem, track, part, claim, explore)
    return Climber(problem, questions, is_advised).run()


def climb_task(  # noqa: PLR0913 - all by name but the first two
    problem: Problem,
    data: TaskData,
    *,
    looks: Looks,
    kind: Kind | None = None,
    explore: bool = False,
    is_advised: bool = False,
    observer: Observer = ignore,
) -> Ledger:
    """Climb a task's ladder and return all that was measured.

    Samples of one cluster count together; without clusters, repeats of one input count once.
    Units go by the name of their content, so the order of the file changes nothing. That of the
    confirmation part is fixed for good: what one verdict did not show is as fresh for the next.
    `kind` is that of the task's metric unless given.
    """
    task = data.task
    selection, confirmation, names = _parts_of(data)
    return climb(
        problem,
        TargetClaim(task.edge, task.margin, is_relative=task.relative is not None),
        selection=selection,
        confirmation=confirmation,
        kind=kind or data.metric.kind,
        clusters=names,
        classes=class_targets(task.metric, data.samples),
        effort=task.effort,
        seed=task.seed,
        confirmation_seed=CONFIRMATION_SEED,
        looks=looks,
        explore=explore,
        is_advised=is_advised,
        observer=observer,
    )


def class_targets(spec: MetricSpec, samples: Sequence[Sample]) -> tuple[ClassTarget, ...]:
    """Return the classes that have a target of their own, with their samples."""
    if not spec.at_least:
        return ()
    found = classes_of(spec, (sample.targets for sample in samples))
    return tuple(
        ClassTarget(label, target, frozenset(at for at, one in enumerate(found) if one == label))
        for label, target in spec.at_least.items()
    )


def confirmation_units(data: TaskData) -> Units:
    """Return the confirmation part of a task in the order in which its tests read it."""
    *parts, names = _parts_of(data)
    largest = max(largest_cluster(part, names) for part in parts)
    return units_of(parts[1], names, seed=CONFIRMATION_SEED, largest=largest)


def first_of_races(data: TaskData, n: int) -> list[int]:
    """Return about `n` of the positions on which all candidates of a task are scored first."""
    selection, _, names = _parts_of(data)
    units = units_of(
        selection, names, seed=data.task.seed, largest=largest_cluster(selection, names)
    )
    return [int(at) for at in units.positions[:n]]


def _parts_of(data: TaskData) -> tuple[IntArray, IntArray, list[str]]:
    """Return the positions of both parts, without repeats unless there are clusters; and the units."""
    names = [unit_of(sample) for sample in data.samples]
    is_clustered = any(sample.cluster is not None for sample in data.samples)
    selection, confirmation = (
        part if is_clustered else first_of_each(part, names)
        for part in (data.split.selection, data.split.confirmation)
    )
    return selection, confirmation, names


def _balanced_weights(
    size: int, selection: IntArray, classes: Sequence[ClassTarget]
) -> FloatArray | None:
    """Return a weight for each sample by which the search compares candidates; None without classes.

    The mean of weighted scores is that of the mean over all and of the mean of each class with a
    target of its own. By the mean over all alone a candidate that never names a rare class looks
    as good as one that does, and would be carried in its place. No test rests on it.

    >>> _balanced_weights(4, np.arange(4), [ClassTarget("rare", 0.9, frozenset({3}))]).tolist()
    [0.5, 0.5, 0.5, 2.5]
    """
    if not classes:
        return None
    weights = np.ones(size)
    for each in classes:
        here = [at for at in selection.tolist() if at in each.members]
        weights[sorted(each.members)] += len(selection) / len(here) if here else 0.0
    return weights / (1 + len(classes))
