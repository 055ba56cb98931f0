"""`situation_of`: a candidate's chat template with the task's own conversations, as the rules look at it."""

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ladder.chat import TemplateContext
from ladder.data.conversation_shapes import shown_by_shape
from ladder.data.sample import Sample
from ladder.errors import LadderError
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import load_pool, load_rows_like
from ladder.models.base import Message, Request
from ladder.spec.candidate import Candidate
from ladder.spec.data_source import DataSource
from ladder.spec.task import TaskSpec
from ladder.templates.describe import shown_context, template_context

LOOKED_AT = 4
"""Samples whose conversations the template rules look at."""

MOST_LOOKED_AT = 12
"""Samples at the most, where their conversations have many shapes."""

SHAPES_LOOKED_FOR_IN = 2_000
"""Samples whose shapes are compared."""

LONGEST_LOOKED_AT = 20_000
"""Characters of their inputs: a row that no model can take says nothing about a template."""

_HOLD_THE_TARGET = {
    *("exact_match", "contains", "f1", "rouge_l", "bleu", "chrf"),
    *("json_equal", "json_fields", "tool_calls", "tool_calls_partial"),
}
"""Metrics by which no answer is wholly right that lacks much of its target."""


def situation_of(
    task: TaskSpec, candidate: Candidate, samples: Sequence[Sample]
) -> TemplateContext | None:
    """Return the candidate's template with the task's own messages, or None if it is not shown.

    Worked examples are the first of the pool, whichever a candidate would choose: the rules look
    at the form of a conversation.
    """
    some = _of_every_shape(samples)
    requests = _requests(task, candidate, some)
    learnt = _learnt(task)
    asked = [write_request(candidate, PromptMaterial(sample)) for sample in learnt]
    situation = template_context(
        task,
        candidate,
        [request.messages for request in requests],
        [min(sample.targets, key=len) for sample in some],
        next((request.tools for request in (*requests, *asked) if request.tools), ""),
        [(*each.messages, sample.answer) for each, sample in zip(asked, learnt, strict=True)],
    )
    if situation is None:
        return None
    turns = [sample.answer for sample in some]
    return dataclasses.replace(
        situation,
        calling=tuple(dict(each.turn) if each.tool_calls else None for each in turns),
        is_answer_whole=task.metric.name in _HOLD_THE_TARGET
        and task.metric.reading in {"strict", "lenient"},
    )


def situation_shown(
    task: TaskSpec, candidate: Candidate, samples: Sequence[Sample], *, template: str
) -> TemplateContext:
    """Return the same of a template that the candidate's server shows."""
    some = _of_every_shape(samples)
    requests = _requests(task, candidate, some)
    return shown_context(
        candidate,
        template,
        [request.messages for request in requests],
        [min(sample.targets, key=len) for sample in some],
        next((request.tools for request in requests if request.tools), ""),
    )


def _requests(task: TaskSpec, candidate: Candidate, some: Sequence[Sample]) -> list[Request]:
    shots: tuple[PromptMaterial, ...] = ()
    if candidate.examples is not None:
        pool = load_pool(task, candidate.examples.pool)
        shots = tuple(PromptMaterial(sample) for sample in pool[: candidate.examples.shots])
    return [write_request(candidate, PromptMaterial(sample, examples=shots)) for sample in some]


def _learnt(task: TaskSpec) -> tuple[Sample, ...]:
    """Return training rows of every shape; none where the file is no file, or cannot be read."""
    path = None if task.training is None else Path(task.training.path)
    if path is None or not path.is_file():
        return ()
    state = path.stat()
    return _learnt_from(task.data, str(path), (state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=4)  # a lever asks for each candidate
def _learnt_from(data: DataSource, path: str, state: tuple[int, int]) -> tuple[Sample, ...]:
    del state  # a changed file is read again
    try:
        return tuple(_of_every_shape(load_rows_like(data, path)))
    except LadderError:  # what is wrong with the file is told by the checks of the data
        return ()


def _of_every_shape(samples: Sequence[Sample]) -> list[Sample]:
    """Return a few samples in which every shape of conversation among the first ones is seen."""
    short = [sample for sample in samples if len(sample.asked) <= LONGEST_LOOKED_AT]
    some = list(short or samples)[:SHAPES_LOOKED_FOR_IN]
    talks = [(*_turns_of(sample), sample.answer) for sample in some]
    return [some[at] for at in shown_by_shape(talks, at_least=LOOKED_AT, most=MOST_LOOKED_AT)]


def _turns_of(sample: Sample) -> tuple[Message, ...]:
    return (Message("user", ""),) if sample.conversation is None else sample.conversation.turns
