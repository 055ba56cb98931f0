"""Replay: the base model's own answers to general questions, so that training forgets less.

Measured on the demo model: a training on short codes alone brings "What is the capital of ...?"
from .56 to .00; with one row in four replayed the capitals stay.
"""

import json
from collections.abc import Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from ladder.data.load_samples import load_samples
from ladder.disk import write_json
from ladder.errors import DataError, EndpointError
from ladder.finetune.training.encode_rows import EncodedRow, RowEncoder
from ladder.frozen import digest_of
from ladder.models import load_generator
from ladder.models.base import Answer, Message, Request
from ladder.spec.candidate import Candidate, Decoding
from ladder.spec.data_source import DataSource
from ladder.spec.training import Training

_MAX_NEW_TOKENS = 24


def general_questions(training: Training) -> tuple[str, ...]:
    """Return the questions to replay: the user's file, or the list that ladder brings.

    A `.txt` file holds one question a line; any other is read like eval data, from its column
    `input`, and its targets are not used: the base model answers itself.
    """
    if training.replay is None:
        text = (
            files("ladder.finetune.training").joinpath("general_questions.txt").read_text("utf-8")
        )
        return _lines(text)
    path = Path(training.replay)
    if path.suffix == ".txt":
        try:
            return _lines(path.read_text("utf-8"))
        except OSError as error:
            raise DataError(
                f"training.replay: {path} cannot be read ({error.strerror}).",
                next_step="Name a text file with one question a line.",
            ) from error
    return tuple(sample.input for sample in load_samples(DataSource(path=training.replay)))


def replay_rows(
    candidate: Candidate, training: Training, encoder: RowEncoder, memory: Path
) -> list[EncodedRow]:
    """Return the base model's greedy answers to the general questions, as training rows.

    `memory` keeps the answers, so that a training that is continued replays the same ones.
    """
    if training.replay_share == 0:
        return []
    decoding = Decoding(max_new_tokens=_MAX_NEW_TOKENS)
    requests = [
        Request((Message("user", question),), candidate.effective_chat, decoding)
        for question in general_questions(training)
    ]
    answers = _answers(candidate, requests, memory)
    return [
        encoder.encode_replay(
            f"replay-{place}", request, answer.text, is_cut=answer.finish_reason == "length"
        )
        for place, (request, answer) in enumerate(zip(requests, answers, strict=True))
        if answer.text.strip()
    ]


def _answers(candidate: Candidate, requests: Sequence[Request], memory: Path) -> list[Answer]:
    key = digest_of([candidate.digest, [request.messages[0].content for request in requests]])
    known = _remembered(memory, key)
    if known is not None and len(known) == len(requests):
        return known
    with closing(load_generator(candidate.model)) as generator:
        found = dict(generator.generate(requests))
    answers = [found[place] for place in range(len(requests))]
    failed = [answer.error for answer in answers if answer.error]
    if failed:
        raise EndpointError(
            f"The base model gave no answer to {len(failed)} general questions: {failed[0]}",
            next_step="Shorten them, or set training.replay_share: 0 and accept forgetting.",
        )
    stored = [[answer.text, answer.finish_reason] for answer in answers]
    write_json(memory, {"key": key, "answers": stored})
    return answers


def _remembered(memory: Path, key: str) -> list[Answer] | None:
    try:
        stored = json.loads(memory.read_text("utf-8"))
        if stored["key"] != key:
            return None
        return [Answer(text, finish_reason=reason) for text, reason in stored["answers"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
