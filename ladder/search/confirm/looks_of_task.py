"""Where the looks at a task's confirmation part are kept, and by what its samples are known."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ladder.data import Sample, digest_samples, unit_of
from ladder.frozen import digest_of
from ladder.measure import TaskData
from ladder.search.confirm.looks_file import LooksFile, looks_path_of
from ladder.spec.task import TaskSpec


def looks_of(data: TaskData, runs_folder: str | Path) -> LooksFile:
    """Return what this confirmation part was asked before: kept beside the eval data."""
    task = data.task
    kept_aside = [data.samples[at] for at in data.split.confirmation]
    return LooksFile(
        looks_path_of(task.data, runs_folder),
        confirmation=_names(data.samples, kept_aside),
        metric=task.metric.model_dump_json(),
        target=task.target,
        scorer_version=data.metric.version,
        content=_content(task, kept_aside),
    )


def _names(samples: Iterable[Sample], kept_aside: Iterable[Sample]) -> list[tuple[str, ...]]:
    """Return the names of each sample kept aside: its unit, and its input if that tells it apart.

    The split goes by the same names. Neither id nor target is among them: with either, an edit
    that leaves the samples where they are would make them new ones. The input of a clustered
    sample is, so that they stay the same when `data.cluster` is left out; not where it stands in
    several clusters, as a question put to every document does.
    """
    homes: defaultdict[str, set[str]] = defaultdict(set)
    for sample in samples:
        homes[_input(sample)].add(unit_of(sample))
    return [
        (unit_of(sample), *([_input(sample)] if len(homes[_input(sample)]) == 1 else []))
        for sample in kept_aside
    ]


def _input(sample: Sample) -> str:
    return unit_of(replace(sample, cluster=None))


def _content(task: TaskSpec, kept_aside: Iterable[Sample]) -> str:
    """Return the digest of what changes an answer and is in no configuration or target.

    A label that was edited makes another question, to be paid for; an id does not.
    """
    held = digest_samples(replace(sample, id="") for sample in kept_aside)
    return digest_of([held, task.margin, task.errors == "inconclusive"])
