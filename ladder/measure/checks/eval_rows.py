"""Rows that the model at hand does not take as text: too long, or with special tokens in them."""

from collections.abc import Iterator, Sequence

from ladder.chat import Situation
from ladder.chat.probes.control import any_of
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.measure.answer import Material, write_request
from ladder.models.prompt import is_hopeless
from ladder.spec.candidate import Candidate
from ladder.text import listed

MOST_TOKENISED = 2_000_000
"""Characters that a check turns into tokens to count them; a second or two."""


def check_lengths(
    candidate: Candidate, samples: Sequence[Sample], situation: Situation
) -> list[Finding]:
    """Return the samples whose prompt is longer than the model's context, as D08.

    A row with fewer characters than the context has tokens fits, and one with many times more
    does not: only those between are tokenised, and of very many of them only the first.
    """
    context = situation.context_tokens
    if context is None:
        return []
    long = [
        f"row {number} ({sample.id}): {length:,} characters"
        for number, sample, length in _too_long(candidate, samples, situation, context)
    ]
    if not long:
        return []
    return [
        Finding(
            code="D08 row-too-long",
            severity="error" if len(long) == len(samples) else "warning",
            problem=f"{_samples(len(long), len(samples), 'is', 'are')} longer than the model's "
            f"context of {context:,} tokens: the model cannot be asked, and that scores 0.",
            evidence=listed(long),
            next_step="Shorten this row, or use a model with a longer context.",
        )
    ]


def check_special_tokens(
    candidate: Candidate, samples: Sequence[Sample], situation: Situation, name: str
) -> list[Finding]:
    """Return the rows that hold text which the tokenizer takes for its special tokens, as D09.

    Args:
        candidate: Whose prompt decides which columns the model reads.
        samples: Eval data, or a pool of worked examples.
        situation: For the tokenizer.
        name: What the rows are called.
    """
    tokenizer = situation.tokenizer
    if tokenizer is None or situation.setup.split_special_tokens:
        return []
    words = [each for each in tokenizer.added_tokens if len(each.strip()) > 2]
    pattern = any_of(each for each in words if not each.isalnum())
    if pattern is None:
        return []
    found = []
    for number, sample in enumerate(samples, start=1):
        hits = (
            f"row {number} ({sample.id}): {match.group()} in {column}"
            for column, text in _read_columns(candidate, sample)
            if (match := pattern.search(text))
        )
        found += list(hits)[:1]
    if not found:
        return []
    return [
        Finding(
            code="D09 special-token-in-row",
            severity="warning",
            problem=f"{_samples(len(found), len(samples), 'holds', 'hold')} special tokens of the "
            f"model as text ({name}): the prompt takes them for real ones, so a row can end its "
            "turn and speak as system or assistant.",
            evidence=listed(found),
            next_step="Take these rows out, or break the tokens up (`< |im_end|>`), unless they "
            "are meant.",
        )
    ]


def _too_long(
    candidate: Candidate, samples: Sequence[Sample], situation: Situation, context: int
) -> Iterator[tuple[int, Sample, int]]:
    tokenised = 0
    for number, sample in enumerate(samples, start=1):
        request = write_request(candidate, Material(sample))
        length = sum(len(message.content) for message in request.messages)
        if is_hopeless(request, context):
            yield number, sample, length
        elif length >= context and situation.tokenizer and tokenised < MOST_TOKENISED:
            tokenised += length
            text = "\n".join(message.content for message in request.messages)
            if len(situation.tokenizer.encode(text)) >= context:
                yield number, sample, length


def _read_columns(candidate: Candidate, sample: Sample) -> Iterator[tuple[str, str]]:
    """Yield the texts of a row that can stand in a prompt, by the column's name."""
    yield "the input", sample.input
    for target in sample.targets:
        yield "the target", target
    prompt = f"{candidate.prompt.system or ''}{candidate.prompt.user}"
    for name, value in sample.columns.items():
        if isinstance(value, str) and name in prompt:
            yield f"column {name!r}", value


def _samples(part: int, whole: int, one: str, many: str) -> str:
    return f"{part} of {whole} samples {one if part == 1 else many}"
