"""`likeliest_labels`: the label that a model finds likeliest, in the place of a written answer."""

import dataclasses
import math
import time
from collections.abc import Iterator, Sequence

from ladder.errors import CandidateRefusedError
from ladder.models.base import Answer, Request
from ladder.models.local.decode import BatchRow
from ladder.models.local.growing_batch import BatchSettings
from ladder.models.local.label_likelihoods import (
    LabelLikelihood,
    PromptWithLabels,
    label_likelihoods,
)
from ladder.models.local.prefix import PrefixMemory
from ladder.models.prompt import tokenise, with_endings
from ladder.models.tokenizer import ChatTokenizer
from ladder.models.written_prompts import written_together
from ladder.scoring.thoughts import leaves_thought_open


def likeliest_labels(
    tokenizer: ChatTokenizer,
    memory: PrefixMemory,
    kind: BatchSettings,
    rows: Sequence[BatchRow],
    *,
    max_rows: int,
) -> Iterator[tuple[int, Answer]]:
    """Yield the position of each row with its likeliest label as the answer.

    By the sum over the label's tokens and its end, or by their mean. Calibrated, the likelihood of
    each label after an empty input is taken off: what the prompt alone makes likely says nothing of
    the input (contextual calibration, Zhao et al. 2021).

    Raises:
        CandidateRefusedError: The prompt leaves no place for a label: it ends in a thought, or in
            the beginning of the answer.
    """
    decoding = kind.decoding
    labels = decoding.constraint.labels if decoding.constraint is not None else ()
    for row in rows:
        _refuse_begun(row)
    # Stop strings that are one token end an answer, too.
    strings = map(tokenizer.encode, decoding.stop_strings)
    ends = [*kind.stops, *(ids[0] for ids in strings if len(ids) == 1)]
    laid = [_laid(row.request, tokenizer, labels, row.prompt.text) for row in rows]
    started = time.monotonic()
    blanks = _blanks(rows, tokenizer, labels) if decoding.calibrate else [None] * len(rows)
    known: dict[PromptWithLabels, list[LabelLikelihood]] = {}
    fresh = [each for each in dict.fromkeys(blanks) if each is not None]
    if fresh:
        for some, found in label_likelihoods(memory, fresh, ends, max_rows=max_rows):
            known.update(zip((fresh[at] for at in some), found, strict=True))
    for some, found in label_likelihoods(memory, laid, ends, max_rows=max_rows):
        seconds = (time.monotonic() - started) / len(some)
        started = time.monotonic()
        for at, likelihoods in zip(some, found, strict=True):
            blank = blanks[at]
            bias = None if blank is None else known[blank]
            is_mean = decoding.answer_by == "mean_likelihood"
            best, sureness = _best(likelihoods, bias, is_mean=is_mean)
            yield (
                rows[at].position,
                Answer(
                    labels[best],
                    prompt=rows[at].prompt.shown,
                    prompt_tokens=len(laid[at].base) + laid[at].n_behind,
                    completion_tokens=len(laid[at].labels[best]),
                    seconds=seconds,
                    sureness=sureness,
                ),
            )


def _best(
    found: Sequence[LabelLikelihood], bias: Sequence[LabelLikelihood] | None, *, is_mean: bool
) -> tuple[int, float]:
    """Return the place of the likeliest label, the first of equals, and its share among all labels.

    >>> found = [LabelLikelihood(-4.0, 2), LabelLikelihood(-3.0, 1)]
    >>> [_best(found, None, is_mean=is_mean)[0] for is_mean in (False, True)]
    [1, 0]
    >>> _best(found, [LabelLikelihood(-4.0, 2), LabelLikelihood(-3.0, 1)], is_mean=False)
    (0, 0.5)
    """
    values = [each.mean if is_mean else each.total for each in found]
    if bias is not None:
        off = [each.mean if is_mean else each.total for each in bias]
        values = [value - other for value, other in zip(values, off, strict=True)]
    most = max(values)
    return values.index(most), 1 / math.fsum(math.exp(value - most) for value in values)


def _laid(
    request: Request, tokenizer: ChatTokenizer, labels: Sequence[str], text: str
) -> PromptWithLabels:
    prompt, *wholes = with_endings(request, tokenizer, ["", *labels], text=text)
    return PromptWithLabels.of(prompt.ids, [whole.ids for whole in wholes])


def _blanks(
    rows: Sequence[BatchRow], tokenizer: ChatTokenizer, labels: Sequence[str]
) -> list[PromptWithLabels | None]:
    """Return each row's prompt around an empty input: mostly the same for all of them."""
    known: dict[tuple[int, ...], PromptWithLabels] = {}
    found: list[PromptWithLabels | None] = []
    requests = [
        dataclasses.replace(row.request, messages=row.request.blank, blank=()) for row in rows
    ]
    for request, text in zip(requests, written_together(requests, tokenizer), strict=True):
        prompt = tokenise(request, tokenizer, text=text)
        if prompt.ids not in known:
            known[prompt.ids] = _laid(request, tokenizer, labels, prompt.text)
        found.append(known[prompt.ids])
    return found


def _refuse_begun(row: BatchRow) -> None:
    is_begun = bool(row.request.chat.counted_prefill)
    if is_begun or leaves_thought_open(row.prompt.text):
        what = "with the beginning of the answer" if is_begun else "inside a thought"
        raise CandidateRefusedError(
            f"not testable: the prompt ends {what}, so no label can follow it.",
            next_step="Leave chat.prefill out, turn thinking off in chat.template_arguments, or use "
            "answer_by: writing.",
        )
