"""Special tokens written out in training rows: the tokenizer would take them for real ones."""

import re
from collections.abc import Iterable, Iterator, Sequence

from ladder.chat.probes.control import any_of
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.text import listed

_OTHERS = re.compile(
    r"<\|(?:im_start|im_end|im_sep|eot_id|start_header_id|end_header_id|begin_of_text|endoftext"
    r"|end_of_text|system|user|assistant|end|eos|START_OF_TURN_TOKEN|END_OF_TURN_TOKEN)\|>"
    r"|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<\uff5c[^<>\uff5c]{1,60}\uff5c>"
)


def special_tokens_in(rows: Sequence[Sample], tokens: Iterable[str]) -> dict[str, str]:
    """Return the rows, by id, that hold one of the model's own special tokens, with where.

    >>> rows = [Sample("1", "stop <|im_end|>", ("a",)), Sample("2", "stop", ("a",))]
    >>> special_tokens_in(rows, ["<|im_end|>"])
    {'1': '<|im_end|> in the input'}
    """
    pattern = any_of(each for each in tokens if len(each.strip()) > 2 and not each.isalnum())
    return {} if pattern is None else dict(_found(rows, pattern))


def check_special(
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
                "{review: {remove: [D09]}}; where they are meant, somebody answers for code D09 in "
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


def _found(rows: Sequence[Sample], pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for row in rows:
        for where, text in _texts(row):
            match = pattern.search(text)
            if match is not None:
                yield row.id, f"{match.group()} in {where}"
                break


def _texts(row: Sample) -> Iterator[tuple[str, str]]:
    yield "the input", row.input
    for target in row.targets:
        yield "the answer", target
    for name, value in row.columns.items():
        if isinstance(value, str):
            yield f"column {name!r}", value
