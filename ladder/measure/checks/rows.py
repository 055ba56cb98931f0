"""Checks of rows that a model does not take as text: too long, or with special tokens in them."""

import re
from collections.abc import Iterable, Iterator, Sequence

from ladder.chat import TemplateContext
from ladder.chat.probes.control import any_of, is_models_own_mark
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.measure.request import PromptMaterial, write_request
from ladder.models.prompt import is_hopeless
from ladder.spec.candidate import Candidate
from ladder.text import listed

MOST_TOKENISED = 2_000_000
"""Characters that a check turns into tokens to count them; a second or two."""

_OTHERS = re.compile(
    r"<\|(?:im_start|im_end|im_sep|eot_id|start_header_id|end_header_id|begin_of_text|endoftext"
    r"|end_of_text|system|user|assistant|end|eos|START_OF_TURN_TOKEN|END_OF_TURN_TOKEN)\|>"
    r"|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<\uff5c[^<>\uff5c]{1,60}\uff5c>"
)


def check_lengths(
    candidate: Candidate, samples: Sequence[Sample], situation: TemplateContext
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
    candidate: Candidate, samples: Sequence[Sample], situation: TemplateContext, name: str
) -> list[Finding]:
    """Return the rows that hold text which the tokenizer takes for its special tokens, as D09.

    Only columns that the prompt of the candidate names are looked at.
    """
    tokenizer = situation.tokenizer
    if tokenizer is None or situation.setup.split_special_tokens:
        return []
    own = special_tokens_in(samples, tokenizer.added_tokens, prompt=candidate.prompt.text)
    numbers = {sample.id: number for number, sample in enumerate(samples, start=1)}
    found = [f"row {numbers[row]} ({row}): {where}" for row, where in own.items()]
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
            "are intended.",
        )
    ]


def special_tokens_in(
    rows: Sequence[Sample], tokens: Iterable[str], *, prompt: str | None = None
) -> dict[str, str]:
    """Return the rows, by id, that hold one of the model's own special tokens, with where.

    Columns that `prompt` does not name are not looked at; all are unless it is given.

    >>> rows = [Sample("1", "stop <|im_end|>", ("a",)), Sample("2", "stop", ("a",))]
    >>> special_tokens_in(rows, ["<|im_end|>"])
    {'1': '<|im_end|> in the input'}
    """
    pattern = any_of(each for each in tokens if len(each.strip()) > 2 and not each.isalnum())
    return {} if pattern is None else dict(_found(rows, pattern, prompt))


def check_training_tokens(
    rows: Sequence[Sample], own: dict[str, str], *, is_removed: bool
) -> list[Finding]:
    """Return D09 for a model's own special tokens in rows, C07 for those of other templates.

    A row that holds an end token teaches the model to stop in the middle of an answer, and a user
    to end his turn and speak as the system. Another template's tokens are plain text here, and a
    sign that the rows were written for another model, or through a template already.
    """
    others = {at: why for at, why in _found(rows, _OTHERS) if at not in own}
    findings = []
    if own:
        done = " They were left out" if is_removed else ""
        findings.append(
            Finding(
                code="D09 special-token-in-row",
                severity="info" if is_removed else "error",
                problem=f"{len(own)} of {len(rows)} training rows hold special tokens of the model "
                f"as text: it would take them for real ones, so a row can end its turn and speak "
                f"as system or assistant.{done}",
                evidence=listed([f"{row}: {why}" for row, why in own.items()]),
                next_step=""
                if is_removed
                else "Break the tokens up (`< |im_end|>`), or have these rows left out: training: "
                "{review: {remove: [D09]}}; if they are intended, add a waiver for D09 in "
                "training.review.waivers.",
            )
        )
    if others:
        findings.append(
            Finding(
                code="C07 other-templates-token",
                severity="warning",
                problem=f"{len(others)} of {len(rows)} training rows hold marks of another model's "
                "chat template, which are plain text for this one.",
                evidence=listed([f"{row}: {why}" for row, why in others.items()]),
                next_step="Give rows without a template: ladder writes it around them.",
            )
        )
    return findings


def _too_long(
    candidate: Candidate, samples: Sequence[Sample], situation: TemplateContext, context: int
) -> Iterator[tuple[int, Sample, int]]:
    tokenised = 0
    for number, sample in enumerate(samples, start=1):
        request = write_request(candidate, PromptMaterial(sample))
        length = sum(len(message.text) for message in request.messages)
        if is_hopeless(request, context):
            yield number, sample, length
        elif length >= context and situation.tokenizer and tokenised < MOST_TOKENISED:
            tokenised += length
            text = "\n".join(message.text for message in request.messages)
            if len(situation.tokenizer.encode(text)) >= context:
                yield number, sample, length


def _samples(part: int, whole: int, one: str, many: str) -> str:
    return f"{part} of {whole} samples {one if part == 1 else many}"


def _found(
    rows: Sequence[Sample], pattern: re.Pattern[str], prompt: str | None = None
) -> Iterator[tuple[str, str]]:
    for row in rows:
        hits = ((where, _first_hit(pattern, where, text)) for where, text in _texts(row, prompt))
        first = next(((where, match) for where, match in hits if match), None)
        if first is not None:
            yield row.id, f"{first[1].group()} in {first[0]}"


def _first_hit(pattern: re.Pattern[str], where: str, text: str) -> re.Match[str] | None:
    """Return the first hit; in a target the marks of thoughts and calls are the model's own."""
    hits = pattern.finditer(text)
    is_own = where == "the target"
    return next((hit for hit in hits if not (is_own and is_models_own_mark(hit.group()))), None)


def _texts(row: Sample, prompt: str | None) -> Iterator[tuple[str, str]]:
    """Yield the texts of a row by the column's name; of columns, those that the prompt names."""
    yield "the input", row.asked
    if row.conversation is not None:
        yield "the system text", row.conversation.system
    for target in row.targets:
        yield "the target", target
    for name, value in row.columns.items():
        if isinstance(value, str) and (prompt is None or name in prompt):
            yield f"column {name!r}", value
