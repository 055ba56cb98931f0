"""Where the looks at a task's confirmation part are kept."""

from collections.abc import Sequence
from pathlib import Path

from ladder.data import Sample, split_samples
from ladder.search import LooksFile, looks_path
from ladder.spec.task import TaskSpec


def looks_of(
    task: TaskSpec, samples: Sequence[Sample], runs_folder: str | Path, *, scorer_version: str
) -> LooksFile:
    """Return what this confirmation part was asked before: kept beside the eval data."""
    data = task.data
    is_file = Path(data.path).is_file()
    apart = Path(runs_folder) / data.path.replace("/", "--")
    return LooksFile(
        data.looks or looks_path(data.path if is_file else apart),
        confirmation_ids=[samples[at].id for at in split_samples(samples).confirmation],
        metric=task.metric.model_dump_json(),
        target=task.target,
        scorer_version=scorer_version,
    )
