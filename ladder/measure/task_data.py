"""`TaskData`: a task with its samples, their split and its metric, each read once for a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ladder.data import Passage, load_passages, load_samples
from ladder.data.leakage import Leaks, find_leaks, find_prompt_leaks, is_waived
from ladder.data.sample import Sample
from ladder.data.split import Split, split_samples
from ladder.retrieval import load_encoder
from ladder.scoring import Metric, load_metric
from ladder.scoring.json_values import NOT_JSON, json_value
from ladder.spec.candidate import Retrieval
from ladder.spec.corpus_reading import CorpusReading
from ladder.spec.data_source import DataSource, OnLeak
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
        return load_metric(self.task.metric, allow_code=self.allow_code, load_encoder=load_encoder)

    @cached_property
    def split(self) -> Split:
        """Return which samples are the selection part and which the confirmation part."""
        return split_samples(self.samples, closed=self.closed)

    @cached_property
    def selected(self) -> list[Sample]:
        """Return the selection part: nothing of the other part may shape a candidate."""
        return [self.samples[at] for at in self.split.selection]

    @cached_property
    def json_targets(self) -> list[Any]:
        """Return the JSON that the selection part wants; nothing where some of it is no JSON."""
        found = [json_value(target) for sample in self.selected for target in sample.targets]
        return [] if any(each is NOT_JSON for each in found) else found

    def pool(self, path: str) -> list[Sample]:
        """Return the worked examples of a file, read once, without those that the spec excludes."""
        if path not in self._pools:
            rows = load_pool(self.task, path)
            left_out = self._excluded(self.pool_leaks(path)) if self._excludes else frozenset()
            self._pools[path] = [row for row in rows if row.id not in left_out]
        return self._pools[path]

    def left_out(self, retrieval: Retrieval) -> frozenset[str]:
        """Return the ids of the passages that the spec excludes: those that hold an eval row."""
        if not self._excludes:
            return frozenset()
        return self._excluded(self.corpus_leaks(retrieval.corpus, retrieval.reading))

    def pool_leaks(self, path: str) -> Leaks:
        """Return the eval rows among worked examples or training rows."""
        if path not in self._leaks:
            self._leaks[path] = find_leaks(self.samples, load_pool(self.task, path))
        return self._leaks[path]

    def corpus_leaks(self, corpus: str, reading: CorpusReading) -> Leaks:
        """Return the eval rows that stand in passages of a corpus."""
        key = f"{corpus}\n{reading.digest}"
        if key not in self._leaks:
            self._leaks[key] = find_leaks(self.samples, load_passages(corpus, reading))
        return self._leaks[key]

    @cached_property
    def prompt_leaks(self) -> dict[str, Leaks]:
        """Return the eval rows that stand in the texts of the spec's prompts, by place."""
        return {
            place: find_prompt_leaks(self.samples, [Passage(place, text, place)])
            for place, text in _prompt_texts(self.task).items()
        }

    @property
    def _excludes(self) -> bool:
        return self.task.data.on_leak.rest == "exclude"

    def _excluded(self, leaks: Leaks) -> frozenset[str]:
        waived = self.task.data.on_leak.waive
        return frozenset(leak.item.id for leak in leaks.pairs if not is_waived(leak, waived))

    @cached_property
    def _pools(self) -> dict[str, list[Sample]]:
        return {}

    @cached_property
    def _leaks(self) -> dict[str, Leaks]:
        return {}


def load_task_data(task: TaskSpec, *, allow_code: bool = False) -> TaskData:
    """Return a task with its samples.

    Raises:
        DataError: The samples cannot be read.
    """
    return TaskData(task, load_samples(task.data), allow_code)


def load_pool(task: TaskSpec, path: str) -> list[Sample]:
    """Return worked examples or train data: rows with the columns of the eval data."""
    return load_rows_like(task.data, path)


def load_rows_like(data: DataSource, path: str) -> list[Sample]:
    """Return rows of another file that has the columns of the eval data."""
    return load_samples(
        data.replace(path=path, id=None, cluster=None, gold=None, slices=(), on_leak=OnLeak()),
        is_other=True,
    )


def _prompt_texts(task: TaskSpec) -> dict[str, str]:
    """Return the texts that stand in every prompt, by their place in the spec."""
    prompts = {"prompt": task.prompt}
    prompts |= {
        f"levers.prompt.prompts.{at}": each for at, each in enumerate(task.levers.prompt.prompts)
    }
    texts = {f"{place}.user": prompt.user for place, prompt in prompts.items()}
    texts |= {f"{place}.system": prompt.system or "" for place, prompt in prompts.items()}
    return {place: text for place, text in texts.items() if text.strip()}
