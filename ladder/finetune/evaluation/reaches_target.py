"""Whether the adapter reaches the target: one test on the confirmation part, on its own budget."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from ladder.data.sample import Sample
from ladder.data.split import split_samples, unit_of
from ladder.disk import write_json
from ladder.errors import EvidenceError
from ladder.measure import Workbench
from ladder.search.answer_worth import least_differences
from ladder.search.climb import class_targets
from ladder.search.select.units import Units, largest_cluster, units_of, units_within
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec
from ladder.statistics import ConfirmationTest, Guess, test
from ladder.statistics.sizes import next_level
from ladder.text import hundredths

PAIRED = "paired"
"""Kind of scores that are differences of pass and fail to a reference."""


def confirmation_positions(evals: Sequence[Sample], closed: Collection[int] = ()) -> list[int]:
    """Return the positions of the confirmation part, in the split's own order.

    Samples that a verdict before the run showed (`closed`) are no part of it: people have seen them.
    """
    return [int(at) for at in split_samples(evals, closed=closed).confirmation]


def spend_alpha(memory: Path, *, eval_data: str, adapter: str) -> float:
    """Return the level at which `adapter` may be tested, and write it down before the test.

    The first adapter gets 70 % of the budget, each further one 70 % of what is left: training
    until the test passes would otherwise always pass at last. The same adapter is tested at the
    same level however often it is asked for.
    """
    spent = _read(memory)
    levels = spent.setdefault(eval_data, {})
    if adapter not in levels:
        levels[adapter] = next_level(sum(levels.values()))
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_json(memory, spent)
    return levels[adapter]


def reaches_target(
    scores: Mapping[int, float], evals: Sequence[Sample], task: TaskSpec, *, kind: str, alpha: float
) -> bool:
    """Return whether the confirmation scores show, at level `alpha`, a score at each target.

    `scores` is by position. Samples of one cluster count together, as in the search. A class with a
    target of its own is tested at the same level: all tests must pass, so one false pass is as
    improbable as with a single test. With a reference they are differences: `against_reference`.
    """
    positions = np.asarray(sorted(scores), dtype=np.int64)
    clusters = [unit_of(sample) for sample in evals]
    every = np.arange(len(evals))
    largest = largest_cluster(every, clusters)
    units = units_of(positions, clusters, seed=task.seed, largest=largest)
    parts = [(units, task.edge)]
    for each in class_targets(task.metric, evals):
        members = units_within(units, each.members)
        at_most = largest_cluster(np.asarray(sorted(each.members), dtype=np.int64), clusters)
        parts.append((members.with_largest(at_most), each.target))
    return all(
        _reaches(part, scores, reach=target - task.margin, kind=kind, alpha=alpha)
        for part, target in parts
    )


def against_reference(
    bench: Workbench, candidate: Candidate, task: TaskSpec, positions: Sequence[int]
) -> dict[int, float]:
    """Return the difference of a candidate to the task's reference, by position, as (d + 1) / 2.

    Unknown answers are taken against the candidate; see `ladder/search/select/claim_scores.py`.
    """
    if task.reference is None:
        raise EvidenceError(
            f"The target of {task.name} names no reference.",
            next_step="Give the task that the decision was made for.",
        )
    own, other = (bench.measure(each, positions).rows for each in (candidate, task.reference))
    least = least_differences(own, other, task, bench.metric)
    return dict(zip(positions, least.tolist(), strict=True))


def class_words(
    scores: Mapping[int, float], evals: Sequence[Sample], task: TaskSpec
) -> tuple[str, ...]:
    """Return what each class with a target of its own scores, in words."""
    found = []
    for each in class_targets(task.metric, evals):
        own = [scores[at] for at in sorted(each.members) if at in scores]
        score = hundredths(float(np.mean(own))) if own else "nothing"
        found.append(f"{each.label} {score} of {hundredths(each.target)} asked")
    return tuple(found)


def _reaches(
    units: Units, scores: Mapping[int, float], *, reach: float, kind: str, alpha: float
) -> bool:
    if not len(units):
        return False
    values = np.array([scores[int(at)] for at in units.positions])
    deviations = units.deviations(values, reach)
    question = ConfirmationTest(
        target=reach,
        direction=1,
        alpha=alpha,
        total=len(units),
        is_binary=kind == "binary" and units.largest == 1,
        guess=Guess(0.5, 0.05) if kind == PAIRED else Guess(min(reach + 0.1, 0.99), 0.09),
        is_paired=kind == PAIRED and units.largest == 1,
    )
    return test(lambda start, stop: deviations[start:stop], question).passed


def _read(memory: Path) -> dict[str, dict[str, float]]:
    try:
        return {
            str(name): {str(key): float(value) for key, value in levels.items()}
            for name, levels in json.loads(memory.read_text("utf-8")).items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, TypeError) as error:
        raise EvidenceError(
            f"{memory} is not readable, so what was tested before is not known.",
            next_step="Put it back from a copy, or take fresh eval examples.",
        ) from error
