"""`room_fault`: whether a low score is due to the limit on answer length, not to the model."""

import dataclasses
import re
from collections.abc import Sequence

from ladder.errors import CandidateRefusedError
from ladder.measure.measurement import Scored
from ladder.measure.read_answer import asked, read_answer
from ladder.measure.workbench import Workbench
from ladder.models.base import Answer
from ladder.spec.candidate import Candidate
from ladder.statistics import mcnemar_worse

ROOM_TOKENS = 256
"""New tokens after which an answer counts as one that does not end."""

ROOM_SAMPLES = 24
"""Samples that are asked with room."""

BEYOND_NOISE = 0.05
"""Chance of as many gains if room made no difference, below which it is said to make one."""

PIECES = 2
"""Pieces of an answer that are read where a stop string would have left the first alone."""


def room_fault(bench: Workbench, candidate: Candidate, positions: Sequence[int]) -> str:
    """Return why a low score is that of the limit and not of the model; else nothing.

    The candidate is asked once more, until it ends, at most 256 new tokens, and without its stop
    strings; of what those would have cut, one piece more is read. Answers are cut where the lenient
    reading then finds the target more often, beyond noise. They never end where most of them fill
    the room. It is asked about the first 24 positions of the selection part; the answers count in
    the budget.
    """
    some = [int(at) for at in positions[:ROOM_SAMPLES]]
    before = bench.measure(candidate, some).rows
    stops = _stops_of(bench, candidate, some)
    try:
        rows = bench.measure(_with_room(candidate), some).rows
    except CandidateRefusedError as error:
        return f"answers could not be asked for with room for {ROOM_TOKENS} tokens: {error}"
    lenient = [_lenient(bench, *each) for each in zip(some, rows, stops, strict=True)]
    known = [max(row.score, row.lenient) for row in before]
    wins = sum(now > then for now, then in zip(lenient, known, strict=True))
    losses = sum(now < then for now, then in zip(lenient, known, strict=True))
    if wins and mcnemar_worse(losses, wins) <= BEYOND_NOISE:
        return (
            f"answers are cut: with room for {ROOM_TOKENS} tokens {wins} of {len(some)} more hold "
            f"the target; {_what_cuts(candidate)}"
        )
    endless = sum(row.answer.finish_reason == "length" for row in rows)
    if not any(stops) and endless > len(rows) / 2:
        return (
            f"answers never end: {endless} of {len(rows)} fill {ROOM_TOKENS} tokens; see to the "
            "stop tokens and the template, or set generation.stop_strings"
        )
    return ""


def _with_room(candidate: Candidate) -> Candidate:
    now = candidate.decoding
    tokens = max(now.max_new_tokens, ROOM_TOKENS)
    examples = candidate.examples
    return candidate.replace(
        decoding=now.replace(max_new_tokens=tokens, stop_strings=()),
        examples=None if examples is None else examples.replace(ends_answers=False),
    )


def _stops_of(
    bench: Workbench, candidate: Candidate, positions: Sequence[int]
) -> list[tuple[str, ...]]:
    """Return the stop strings of each sample: a base model's answers also end as its examples do."""
    if candidate.examples is None or candidate.effective_chat.mode == "chat":
        return [candidate.decoding.stop_strings] * len(positions)
    requests = bench.requests(candidate, positions)
    return [request.decoding.stop_strings for request in requests]


def _lenient(bench: Workbench, at: int, row: Scored, stops: Sequence[str]) -> float:
    """Return the lenient score of an answer with room, as far as it is read."""
    text = row.text
    for stop in stops:
        text = within(text, stop)
    if bench.judging is not None:
        return row.lenient  # as judged, with all of its room
    sample = bench.samples[at]
    answer = Answer(text) if text != row.text else dataclasses.replace(row.answer, text=text)
    return read_answer(bench.metric.about(asked(sample)), answer, sample.targets).lenient


def within(text: str, stop: str) -> str:
    r"""Return a text up to the second place where a stop string cuts something off.

    Such a string often stands before or inside the answer: a line break after "Answer:", a full
    stop in 3.14. All that follows is another matter: a base model goes on with other questions.

    >>> within("\nAnswer:\n42\n\nQuestion: Is it 43?", "\n")
    '\nAnswer:\n42'
    >>> within("3.14. Next.", ".")
    '3.14'
    """
    ends = [match.start() for match in re.finditer(re.escape(stop), text)]
    full = [end for end in ends if text[:end].strip()]
    return text if len(full) < PIECES else text[: full[PIECES - 1]]


def _what_cuts(candidate: Candidate) -> str:
    if candidate.decoding.stop_strings:
        return "see to generation.stop_strings and generation.max_new_tokens"
    if candidate.examples is not None and candidate.effective_chat.mode == "completion":
        return "raise generation.max_new_tokens, or set levers.few_shot.ends_answers: false"
    return "raise generation.max_new_tokens"
