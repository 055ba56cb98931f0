"""`MeasuredStack`: a run's candidate with recorded questions, and what it asks about them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from ladder.answering import RunAnswerer, load_tried
from ladder.answering.recorded_answers import new_row
from ladder.data import Sample, samples_to_answer
from ladder.data.readers.row import Row
from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.errors import ExportRefusedError
from ladder.measure import Workbench
from ladder.measure.prompt_room import LeftOut
from ladder.measure.workbench import Prompted
from ladder.models.base import Request
from ladder.models.prompt import folded
from ladder.runs.samples import AnswerRow, SampleRow, read_samples
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec

N_RECORDED = 10
"""Recorded questions that go along with an export."""


@dataclass(frozen=True, slots=True)
class RecordedQuestion:
    """A question of the run: its row as a new one would come, and the answer that was measured."""

    sample: SampleRow
    answer: AnswerRow
    row: dict[str, Any]


@dataclass(frozen=True, eq=False)
class MeasuredStack:
    """All that an export is made of.

    Attributes:
        answerer: The candidate, ready to answer.
        label: What the report calls it.
        decision: The verdict that it comes from.
        answers: Every recorded answer of it.
        questions: The first ten, without those that failed.
    """

    answerer: RunAnswerer
    label: str
    decision: Decision
    answers: Sequence[AnswerRow]
    questions: Sequence[RecordedQuestion]

    @property
    def candidate(self) -> Candidate:
        """Return the candidate with the parts alone that change its answers."""
        return self.answerer.candidate.effective

    @property
    def task(self) -> TaskSpec:
        """Return the task that was run."""
        return self.answerer.data.task

    @property
    def bench(self) -> Workbench:
        """Return what writes prompts as the run wrote them."""
        return self.answerer.workbench()

    @property
    def is_local(self) -> bool:
        """Return whether the model's weights were loaded from files."""
        return self.candidate.model.is_loaded_here

    @cached_property
    def samples(self) -> list[Sample]:
        """Return the recorded questions as new samples."""
        rows = [Row(each.sample.id, each.row) for each in self.questions]
        return samples_to_answer(rows, self.task.data)

    @cached_property
    def prompted(self) -> list[tuple[Prompted, LeftOut]]:
        """Return what the candidate asks about each recorded question."""
        return self.bench.prompted(self.candidate, self.samples)

    @property
    def request(self) -> Request:
        """Return the first of these requests; all share its decoding and chat setup."""
        return self.prompted[0][0].request

    @cached_property
    def messages(self) -> list[list[dict[str, Any]]]:
        """Return the messages of each recorded question as the model's template takes them."""
        return messages_in(self.prompted)


def messages_in(prompted: Sequence[tuple[Prompted, LeftOut]]) -> list[list[dict[str, Any]]]:
    """Return the messages of prompts as a chat template takes them: folded where the setup folds."""
    requests = [prompt.request for prompt, _ in prompted]
    shown = [folded(each.messages) if each.chat.fold_system else each.messages for each in requests]
    return [[message.turn for message in messages] for messages in shown]


@contextmanager
def measured_stack(
    run: Path, *, candidate: str | None, allow_code: bool
) -> Iterator[MeasuredStack]:
    """Yield a run's candidate with its recorded questions; its weights are freed at the end.

    Raises:
        ExportRefusedError: The run holds no answer of it.
        SpecError, EvidenceError: As `ladder.load` raises them.
    """
    with load_tried(run, candidate=candidate, allow_code=allow_code) as answerer:
        folder = answerer.folder
        decision = Decision.load(folder.decision)
        configuration = next(
            each.configuration
            for each in decision.candidates
            if each.candidate == answerer.candidate
            and candidate in (None, label_of(decision, each.configuration))
        )
        found = [
            (sample, answer)
            for sample in read_samples(folder.samples, kept={configuration})
            if (answer := sample.answer(configuration)) is not None and answer.error is None
        ]
        if not found:
            raise ExportRefusedError(
                f"{run} holds no recorded answer of its candidate, so an export could not be tested.",
                next_step="Run the same `ladder run` again: it writes the answers from its journal.",
            )
        column = answerer.data.task.data.input
        yield MeasuredStack(
            answerer,
            label_of(decision, configuration),
            decision,
            [answer for _, answer in found],
            [
                RecordedQuestion(*each, new_row(each[0], column))
                for each in islice(found, N_RECORDED)
            ],
        )
