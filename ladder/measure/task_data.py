"""`TaskData`: a task with its samples, their split and its metric, each read once for a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ladder.data import load_samples
from ladder.data.sample import Sample
from ladder.data.split import Split, split_samples
from ladder.scoring import Metric, load_metric
from ladder.spec.task import TaskSpec


@dataclass(frozen=True, eq=False)
class TaskData:
    """What a task is measured on and by: made once, and handed to everything that measures.

    Split and metric are made when they are first asked for, so a plan need not run the user's
    own metric, and a run loads it once.

    Attributes:
        task: What is wanted.
        samples: The eval data; what positions refer to.
        allow_code: Whether the metric may be the user's own code.
        closed: Positions of the samples whose scores an earlier verdict showed.
    """

    task: TaskSpec
    samples: Sequence[Sample]
    allow_code: bool = False
    closed: frozenset[int] = frozenset()

    @cached_property
    def metric(self) -> Metric:
        """Return what scores an answer.

        Raises:
            MetricError: There is no such metric, or it is code and no code is allowed.
        """
        return load_metric(self.task.metric, allow_code=self.allow_code)

    @cached_property
    def split(self) -> Split:
        """Return which samples are the selection part and which the confirmation part."""
        return split_samples(self.samples, closed=self.closed)

    @cached_property
    def selected(self) -> list[Sample]:
        """Return the selection part: nothing of the other part may shape a candidate."""
        return [self.samples[at] for at in self.split.selection]

    def pool(self, path: str) -> list[Sample]:
        """Return the worked examples of a file, read once."""
        if path not in self._pools:
            self._pools[path] = load_pool(self.task, path)
        return self._pools[path]

    @cached_property
    def _pools(self) -> dict[str, list[Sample]]:
        return {}


def load_task_data(task: TaskSpec, *, allow_code: bool = False) -> TaskData:
    """Return a task with its samples.

    Raises:
        DataError: The samples cannot be read.
    """
    return TaskData(task, load_samples(task.data), allow_code)


def load_pool(task: TaskSpec, path: str) -> list[Sample]:
    """Return worked examples or train data: rows with the columns of the eval data."""
    return load_samples(task.data.replace(path=path, id=None, cluster=None, slices=()))
