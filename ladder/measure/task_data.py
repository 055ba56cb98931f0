"""`TaskData`: a task with its samples, their split and its metric, each read once for a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ladder.data import Passage, load_passages, load_samples
from ladder.data.given_passages import given_passages
from ladder.data.guess_columns import label_counts
from ladder.data.leakage import Leaks, find_leaks, find_prompt_leaks, is_waived
from ladder.data.passage_ids import PassageIds
from ladder.data.sample import Sample
from ladder.data.split import Split, split_samples
from ladder.frozen import digest_of
from ladder.retrieval import (
    OutsideRetriever,
    Retriever,
    RetrieverWithout,
    load_encoder,
    load_retriever,
)
from ladder.retrieval.corpus import Corpus, load_corpus
from ladder.scoring import Metric, load_metric
from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.json_values import NOT_JSON, json_value
from ladder.scoring.labels.label_forms import label_key
from ladder.scoring.labels.prompt_options import options_of
from ladder.scoring.metric import BuiltIn
from ladder.scoring.target_in_text import Searchable
from ladder.spec.candidate import Candidate, Retrieval
from ladder.spec.data_source import DataSource, OnLeak
from ladder.spec.retriever_spec import RetrieverSpec
from ladder.spec.task import TaskSpec

_FEW = 5
"""Labels up to which a set is closed although no prompt names it: yes, no, maybe."""

_LOOKED_AT = 10


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
        labelled: The eval data whose labels answers are held to, where the samples are other rows.
    """

    task: TaskSpec
    samples: Sequence[Sample]
    allow_code: bool = False
    closed: frozenset[int] = frozenset()
    labelled: Sequence[Sample] = ()
    _given: dict[str, tuple[Sample, tuple[Passage, ...]]] = field(default_factory=dict, init=False)
    _corpora: dict[str, Corpus] = field(default_factory=dict, init=False)
    _ids: PassageIds = field(default_factory=PassageIds, init=False)
    _outside: dict[tuple[RetrieverSpec, tuple[str, ...]], OutsideRetriever] = field(
        default_factory=dict, init=False
    )
    _rows: dict[str, list[Sample]] = field(default_factory=dict, init=False)
    _pools: dict[str, list[Sample]] = field(default_factory=dict, init=False)
    _leaks: dict[str, Leaks] = field(default_factory=dict, init=False)

    @cached_property
    def metric(self) -> Metric:
        """Return what scores an answer.

        Raises:
            MetricError: There is no such metric, or it is code and no code is allowed.
        """
        metric = load_metric(
            self.task.metric, allow_code=self.allow_code, load_encoder=load_encoder
        )
        if not isinstance(metric, BuiltIn):
            return metric
        labels = closed_labels(self.task, self.labelled or self.samples)
        return metric.knowing(labels, options_of(AskedSample(self.task.prompt.text)))

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

    def rows_of(self, path: str) -> list[Sample]:
        """Return the worked examples or training rows of a file, read once."""
        if path not in self._rows:
            self._rows[path] = load_pool(self.task, path)
        return self._rows[path]

    def pool(self, path: str) -> list[Sample]:
        """Return the worked examples of a file without those that the spec excludes."""
        if path not in self._pools:
            rows = self.rows_of(path)
            left_out = self._excluded(self.pool_leaks(path)) if self._excludes else frozenset()
            self._pools[path] = [row for row in rows if row.id not in left_out]
        return self._pools[path]

    def left_out(self, retrieval: Retrieval) -> frozenset[str]:
        """Return the ids of the passages that the spec excludes: those that hold an eval row."""
        if not self._excludes:
            return frozenset()
        return self._excluded(self.passage_leaks(retrieval))

    def fetched(
        self, retrieval: Retrieval, samples: Sequence[Sample], queries: Sequence[str], k: int
    ) -> list[list[Passage]]:
        """Return at most `k` passages for each sample, best first, as a retrieval finds them.

        Only a ceiling may look at the targets; no other method is even given them.
        """
        if retrieval.method == "given":
            out = self.left_out(retrieval)
            some = (self._given_with(retrieval, sample) for sample in samples)
            return [[each for each in found if each.id not in out][:k] for found in some]
        targets = [sample.targets for sample in samples]
        is_gold = retrieval.method == "gold"
        return self.retriever(retrieval).search(queries, k, targets=targets if is_gold else None)

    def retriever(self, retrieval: Retrieval) -> Retriever:
        """Return what searches: ladder over a corpus, or the user's own service or function."""
        if retrieval.retriever is None:
            return load_retriever(retrieval, self.left_out(retrieval))
        outside, out = self.outside(retrieval), self.left_out(retrieval)
        return RetrieverWithout(outside, out) if out else outside

    def digest_of_passages(self, retrieval: Retrieval) -> str:
        """Return a digest of all that decides which passages a retrieval brings."""
        if retrieval.method != "given":
            return self.retriever(retrieval).digest
        source = self.task.data.passages
        read = None if source is None else source.model_dump(mode="json")
        return digest_of(["passages of the eval data", read, sorted(self.left_out(retrieval))])

    def outside(self, retrieval: Retrieval) -> OutsideRetriever:
        """Return the user's own service or function; one a run, which remembers what it found.

        Raises:
            UnsafeError: It is a function, and no code is allowed.
        """
        spec, columns = retrieval.retriever, retrieval.columns
        if spec is None:
            raise ValueError(f"{retrieval.source} is no retriever")
        key = (spec, columns)
        if key not in self._outside:
            name = self.source_name(retrieval)
            self._outside[key] = OutsideRetriever(
                spec, columns, name=name, allow_code=self.allow_code
            )
        return self._outside[key]

    def source_name(self, retrieval: Retrieval) -> str:
        """Return what messages call that which a retrieval searches: an address, a function, a path.

        Two searches at one address, such as of two versions or indexes, are told apart by their
        places in the spec.
        """
        spec, own = retrieval.retriever, self.task.retrieval
        if spec is None:
            return retrieval.source
        places = {"levers.rag.retriever": self.task.levers.rag.retriever}
        places |= {} if own is None else {"retrieval.retriever": own.retriever}
        alike = {
            place: other for place, other in places.items() if other and other.name == spec.name
        }
        if len(set(alike.values())) < 2 or spec not in alike.values():
            return spec.name
        return f"{spec.name} ({next(place for place, other in alike.items() if other == spec)})"

    def given(self, sample: Sample) -> tuple[Passage, ...]:
        """Return the passages that a sample's row holds, as `data.passages` says; none without it."""
        source = self.task.data.passages
        if source is None:
            return ()
        if sample.id not in self._given or self._given[sample.id][0] is not sample:
            found = tuple(map(self._ids.named, given_passages(sample, source)))
            self._given[sample.id] = (sample, found)
        return self._given[sample.id][1]

    def _given_with(self, retrieval: Retrieval, sample: Sample) -> tuple[Passage, ...]:
        return tuple(each.with_header(retrieval.columns) for each in self.given(sample))

    def passages_of(self, retrieval: Retrieval) -> Corpus:
        """Return the passages that are known of a retrieval, without those that are left out.

        Of a corpus these are all. Of a retriever they are those that it finds for the questions of the
        eval data, as many for each as the task fetches at most; of `data.passages` those of all rows.
        """
        if retrieval.corpus is not None:
            return load_corpus(retrieval, self.left_out(retrieval))
        key = f"{retrieval.source_key}\n{retrieval.reading.digest}"
        if key not in self._corpora:
            out, known = self.left_out(retrieval), self._known_of(retrieval)
            self._corpora[key] = Corpus([each for each in known if each.id not in out])
        return self._corpora[key]

    def passages_rated(self, candidate: Candidate) -> int:
        """Return of how many passages a candidate's own model is asked for one sample: a call each."""
        reranking, retrieval = candidate.reranking, candidate.effective.retrieval
        if reranking is None or retrieval is None or not candidate.is_ranked_by_its_model:
            return 0
        deep = max(reranking.fetch_k, retrieval.top_k)
        return (
            deep
            if retrieval.corpus is None
            else min(deep, len(self.passages_of(retrieval).passages))
        )

    def _known_of(self, retrieval: Retrieval) -> list[Passage]:
        """Return all passages that are known of a retriever, or of the eval data."""
        if retrieval.retriever is None:
            found = [self._given_with(retrieval, sample) for sample in self.samples]
        else:
            questions = [sample.input for sample in self.samples]
            found = list(map(tuple, self.outside(retrieval).search(questions, deepest(self.task))))
        return list({each.id: each for row in found for each in row}.values())

    def pool_leaks(self, path: str) -> Leaks:
        """Return the eval rows among worked examples or training rows."""
        if path not in self._leaks:
            self._leaks[path] = find_leaks(self.samples, self.rows_of(path))
        return self._leaks[path]

    @cached_property
    def sources(self) -> tuple[Retrieval, ...]:
        """Return a retrieval for each place from which the task's passages may come."""
        task, rag = self.task, self.task.levers.rag
        found = [] if task.retrieval is None else [task.retrieval]
        if rag.corpus is not None:
            found.append(Retrieval(**dict(rag.reading), corpus=rag.corpus))
        if rag.not_applicable is None and rag.retriever is not None:
            found.append(Retrieval(**dict(rag.reading), retriever=rag.retriever))
        if rag.not_applicable is None and task.data.passages is not None:
            found.append(Retrieval(method="given", columns=rag.columns))
        distinct = {(each.source_key, each.reading): each for each in reversed(found)}
        return tuple(distinct.values())[::-1]

    def passage_leaks(self, retrieval: Retrieval) -> Leaks:
        """Return the eval rows that stand in the passages of a retrieval, as far as they are known."""
        key = f"{retrieval.source_key}\n{retrieval.reading.digest}"
        if key not in self._leaks:
            self._leaks[key] = find_leaks(self.samples, self.all_passages(retrieval))
        return self._leaks[key]

    def all_passages(self, retrieval: Retrieval) -> list[Passage]:
        """Return the passages that are known of a retrieval, as they are read: before they are cut."""
        if retrieval.corpus is None:
            return self._known_of(retrieval)
        return load_passages(retrieval.corpus, retrieval.reading)

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


def deepest(task: TaskSpec) -> int:
    """Return the most passages that the task fetches for one question."""
    rag, own, rerank = task.levers.rag, task.retrieval, task.levers.rerank
    sizes = [*rag.top_k, 1, *([own.top_k] if own else [])]
    sizes += [task.reranking.fetch_k] if task.reranking else []
    if rerank.not_applicable is None and (rerank.rerankers or rag.encoder is not None):
        sizes += [*rerank.fetch_k, *(each.fetch_k for each in rerank.rerankers)]
    return max(sizes)


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


def closed_labels(task: TaskSpec, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Return the labels that are all a model may answer; nothing where answers are free text.

    Answers that recur, as the names of countries in questions, are labels only where they are few, or
    where the prompt or the inputs name every one of them.
    """
    targets = [sample.targets[0] for sample in samples if len(sample.targets) == 1]
    by_key = {label_key(each): each for each in label_counts(targets)}
    labels = tuple(by_key.values())
    if "" in by_key or len(targets) < len(samples) / 2:
        return ()
    return labels if len(labels) <= _FEW or _are_named(labels, task, samples) else ()


def _are_named(labels: Sequence[str], task: TaskSpec, samples: Sequence[Sample]) -> bool:
    """Return whether the prompt names every label, or each of the first inputs does."""
    prompt = task.prompt.text
    asked = (f"{prompt}\n{_asked(sample)}" for sample in samples[:_LOOKED_AT])
    texts = map(Searchable, asked if samples else [prompt])
    return all(text.holds(label) for text in texts for label in labels)


def _asked(sample: Sample) -> str:
    system = "" if sample.conversation is None else sample.conversation.system
    return f"{system}\n{sample.asked}"
