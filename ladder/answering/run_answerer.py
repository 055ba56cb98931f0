"""`load_tried`: the candidate that a run's verdict names, ready to answer new rows as it was measured."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Self

from ladder.answering.given_answer import GivenAnswer
from ladder.answering.moved_server import moved_servers
from ladder.answering.recorded_answers import recorded_answers
from ladder.answering.shown_columns import ShownColumns
from ladder.data import Sample, samples_to_answer
from ladder.data.conversation import leading_system
from ladder.data.new_columns import told_how_to_name, under_our_names
from ladder.data.readers.read_rows import read_rows_like
from ladder.data.readers.row import Row
from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.errors import DataError, EvidenceError, MissingColumnError, SpecError
from ladder.measure import Workbench, load_task_data
from ladder.measure.read_answer import asked, said_in
from ladder.measure.source_files import digest_sources
from ladder.measure.task_data import TaskData
from ladder.measure.workbench import Prompted
from ladder.models.base import Answer
from ladder.runs import RunFolder
from ladder.runs.endpoint_probe import use_known_abilities
from ladder.runs.finished import read_sources
from ladder.runs.moved_servers import MovedServer, MovedServers
from ladder.runs.resolved_task import read_task, refuse_elsewhere
from ladder.runs.samples import SampleRow, read_samples
from ladder.scoring.metrics import Choice
from ladder.spec.candidate import Candidate, ModelRef
from ladder.spec.task import Budget, TaskSpec

NewRow = str | Mapping[str, Any]
"""A row's columns by name; a text stands for the input column."""


def load_tried(
    run: str | Path,
    *,
    candidate: str | None = None,
    allow_code: bool = False,
    base_url: str | None = None,
) -> "RunAnswerer":
    """Return a candidate that a run tried, ready to answer new rows.

    Args:
        run: The run's folder, as `ladder run` names it.
        candidate: Its label, as the report shows it; else the one that the verdict names.
        allow_code: Whether the metric may be the user's own code; it reads the answers.
        base_url: Where the model's server is now, where it has moved: see `moved_servers`.

    Raises:
        DecisionFileError: The folder holds no verdict.
        SpecError: The verdict names no candidate that reaches the target, or the label is unknown.
        EvidenceError: A file that the candidate rests on is another one now, or another model
            answers at the new address.
    """
    folder = RunFolder(Path(run))
    chosen = _chosen(Decision.load(folder.decision), candidate, run)
    return answerer_of(folder, chosen, allow_code=allow_code, base_url=base_url)


def answerer_of(
    folder: RunFolder,
    candidate: Candidate,
    *,
    allow_code: bool = False,
    base_url: str | None = None,
) -> "RunAnswerer":
    """Return a candidate of a run, ready to answer new rows: see `load_tried`.

    Raises:
        EvidenceError: A file that the candidate rests on is another one now, or another model
            answers at the new address.
    """
    task = read_task(folder).replace(budget=Budget())
    data = replace(_data(task, allow_code=allow_code), labelled=_eval_rows(folder))
    _refuse_other_files(data, folder, candidate)
    moved = moved_servers(folder, data, candidate, base_url)
    return RunAnswerer(data, candidate, folder, moved)


class RunAnswerer:
    """Answers new rows with one candidate of a run. Close it, or use it in a `with` block.

    It keeps nothing of rows and answers in the run's folder.

    Attributes:
        candidate: Prompt, template, model, decoding, passages and examples, all as measured.
        data: The task, its metric and its pools.
        folder: The run's own.
        servers: Where the run's servers are now, as far as they are not where they were measured.
    """

    def __init__(
        self,
        data: TaskData,
        candidate: Candidate,
        folder: RunFolder,
        servers: MovedServers | None = None,
    ) -> None:
        self.servers = servers or MovedServers()
        self.candidate = candidate
        self.data = data
        self.folder = folder
        self._bench: Workbench | None = None

    def answer(self, row: NewRow) -> GivenAnswer:
        """Return the answer to one row; the model loads with the first."""
        return self.answers([row])[0]

    def answers(self, rows: Iterable[NewRow]) -> list[GivenAnswer]:
        """Return the answers to rows, in their order; a failed call is an answer with an error.

        Raises:
            DataError: A row lacks a column that the task's prompt or input needs.
        """
        return self.answer_rows([self._row(n, row) for n, row in enumerate(rows, start=1)])

    def answer_file(
        self,
        path: str | Path,
        *,
        input_column: str | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> list[tuple[dict[str, Any], GivenAnswer]]:
        """Return the rows of a file in any form that eval data may have, each with its answer.

        Args:
            path: The file.
            input_column: What it calls the column that is asked, where it is not as in the eval data.
            columns: Other columns of the eval data that it calls otherwise, with their names there.

        Raises:
            DataError: The file cannot be read, or a row lacks what is asked.
        """
        data = self.data.task.data
        rows = list(read_rows_like(str(path), data))
        named = {} if input_column is None else {data.input: input_column}
        renamed = under_our_names(rows, {**(columns or {}), **named})
        try:
            answers = self.answer_rows(renamed)
        except MissingColumnError as error:
            raise told_how_to_name(error, rows, data) from error
        return list(zip((row.columns for row in rows), answers, strict=True))

    def answer_rows(self, rows: Sequence[Row]) -> list[GivenAnswer]:
        """Return the answers to rows that know where they stand."""
        samples = samples_to_answer(rows, self.data.task.data)
        shown = ShownColumns.of(self.candidate, self.data.task)
        if any(shown.names - sample.columns.keys() for sample in samples):
            shown.refuse_missing(samples, self._rows_of_run)
        bench = self.workbench()
        return [self._given(*pair) for pair in bench.answers_to(self.candidate, samples)]

    def _row(self, number: int, row: NewRow) -> Row:
        if isinstance(row, str):
            return Row(f"row {number}", self._columns_of(row))
        if isinstance(row, Mapping):
            return Row(f"row {number}", dict(row))
        raise DataError(
            f"Row {number} is {type(row).__name__}, neither a text nor columns by name.",
            next_step=f"Give the text of {self.data.task.data.input}, or a dict of columns.",
        )

    def _columns_of(self, text: str) -> dict[str, Any]:
        """Return the columns of a text alone: with the system text that all rows of the run have."""
        source, (system, tools) = self.data.task.data, self._around_each
        if not system and not tools:
            return {source.input: text}
        columns: dict[str, Any] = {source.tools or "tools": json.loads(tools)} if tools else {}
        if source.system is not None:
            return {**columns, source.input: text, source.system: system}
        turns = [{"role": "system", "content": system}] if system else []
        return {**columns, source.input: [*turns, {"role": "user", "content": text}]}

    @cached_property
    def _rows_of_run(self) -> list[SampleRow]:
        return list(read_samples(self.folder.samples, kept=()))

    @cached_property
    def _around_each(self) -> tuple[str, str]:
        """Return the system text and the tools of all rows of the run; nothing where some had none.

        Raises:
            DataError: Rows differ in them, so that nobody knows which a text alone should have.
        """
        found = {_around(each) for each in self._rows_of_run}
        if ("", "") in found or not found:
            return "", ""
        if len(found) == 1:
            return found.pop()
        raise DataError(
            f"The rows of {self.folder.path} have {len(found)} different system texts or tools, so a "
            "text alone is no question that was measured.",
            next_step="Give a row with its messages: ladder answer RUN FILE, or a dict in Python.",
        )

    def workbench(self) -> Workbench:
        """Return what asks the model, as the run asked it; weights load when they are needed."""
        if self._bench is None:
            bench = Workbench(self.data, moved=self.places)
            bench.recorded = partial(recorded_answers, bench, self.folder)
            use_known_abilities(bench, self.folder)
            self._bench = bench
        return self._bench

    @property
    def moved(self) -> MovedServer | None:
        """Return where the candidate's own server is now; None where it is where it was measured."""
        return self.servers.of(self.candidate.model.base_url)

    @property
    def places(self) -> Mapping[str, str]:
        """Return where servers are now, by the place that the task names."""
        return self.servers.places

    def _given(self, prompt: Prompted, answer: Answer) -> GivenAnswer:
        sample: Sample = prompt.material.sample
        metric = self.data.metric.about(asked(sample))
        split = metric.split(answer.text, opened_in_prompt=answer.opened_in_prompt)
        text = said_in(metric, answer)
        below = self.candidate.model.reviewed_below
        is_sure = answer.sureness is not None and below is not None and answer.sureness >= below
        thoughts = (answer.thoughts, split.thoughts if answer.error is None else "")
        return GivenAnswer(
            text=text,
            read_as=metric.read(text),
            thoughts="\n\n".join(filter(None, thoughts)),
            label=(metric.label_of(text) or "") if isinstance(metric, Choice) else None,
            for_a_person=below is not None and not is_sure,
            passages=prompt.material.passages,
            error=answer.error,
        )

    def close(self) -> None:
        """Free the weights."""
        if self._bench is not None:
            self._bench.close()
            self._bench = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Free the weights."""
        self.close()


def _around(sample: SampleRow) -> tuple[str, str]:
    system = [each.content for each in leading_system(sample.messages)]
    return "\n\n".join(system), json.dumps(list(sample.tools)) if sample.tools else ""


def _chosen(decision: Decision, label: str | None, run: str | Path) -> Candidate:
    """Return the candidate of a label, or the one that the verdict names."""
    labels = {
        label_of(decision, each.configuration): each.candidate for each in decision.candidates
    }
    if label in labels:
        return labels[label]
    known = "; ".join(labels)
    if label is not None:
        raise SpecError(f"{run} has no candidate {label!r}.", next_step=f"It has these: {known}.")
    if not decision.names_a_winner or decision.best is None:
        raise SpecError(
            f"The verdict of {run} is {decision.verdict}: no candidate is shown to reach the target.",
            next_step="Name the one that should answer all the same, by --candidate LABEL (in Python "
            f"candidate=): {known}.",
        )
    return decision.best


def _data(task: TaskSpec, *, allow_code: bool) -> TaskData:
    """Return what a candidate needs: the eval rows only where they are left out of its material."""
    if task.data.on_leak.rest == "exclude":
        return load_task_data(task, allow_code=allow_code)
    return TaskData(task, (), allow_code)


def _eval_rows(folder: RunFolder) -> list[Sample]:
    """Return the eval data of a run, as far as its metric must know which labels there are."""
    if not folder.samples.is_file():
        return []
    rows = read_samples(folder.samples, kept=())
    return [Sample(row.id, f"{_around(row)[0]}\n{row.input}", row.targets) for row in rows]


def _places_of(model: ModelRef, task: TaskSpec) -> Iterator[str]:
    """Yield where the spec names a model that a lever put in the place of the task's own."""
    for place, each in task.levers.other_models.items():
        if (each.id, each.base_url) == (model.id, model.base_url):
            yield place


def _refuse_other_files(data: TaskData, folder: RunFolder, candidate: Candidate) -> None:
    """Raise EvidenceError where weights, corpus, pool or metric are not those that were measured."""
    measured, now = read_sources(folder), digest_sources(data)
    rests_on = {"model", "metric", *_places_of(candidate.model, data.task)}
    if candidate.retrieval is not None:
        names = ("corpus", "retriever")
        rests_on |= {f"{place}.{name}" for place in ("retrieval", "levers.rag") for name in names}
    if candidate.examples is not None:
        rests_on |= {"examples.pool", "levers.few_shot.pool"}
    if candidate.model.classifier is not None:
        rests_on |= {place for place in measured if place.endswith(".pool")}
    changed = [
        place for place in sorted(rests_on & set(measured)) if now.get(place) != measured[place]
    ]
    if changed:
        refuse_elsewhere(folder, data.task)
    if changed == ["metric"] and ":" not in data.task.metric.name:
        raise EvidenceError(
            f"This version of ladder scores {data.task.metric.name} otherwise than the one with which "
            f"{folder.path} was measured.",
            next_step="Run the task again: its answers are kept, and scored anew. Or use the ladder of then.",
        )
    if changed:
        raise EvidenceError(
            f"{', '.join(changed)} changed since {folder.path} was measured.",
            next_step="Restore it, or run the task again: what was measured says nothing of it now.",
        )
