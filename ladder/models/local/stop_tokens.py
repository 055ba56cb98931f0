"""Where an answer ends: stop tokens and stop strings."""

from collections.abc import Sequence
from typing import Literal

from ladder.errors import SpecError
from ladder.models.stop_strings import first_stop
from ladder.models.tokenizer import ChatTokenizer
from ladder.scoring.calls.read_calls import has_calls
from ladder.scoring.thoughts import split_thoughts
from ladder.spec.candidate import ChatSetup


def stop_ids(
    setup: ChatSetup, tokenizer: ChatTokenizer, declared: Sequence[int]
) -> tuple[int, ...]:
    """Return the ids that end an answer.

    Exactly `setup.stop_tokens` where it is given; else what the model's generation_config
    declares, and `setup.extra_stop_tokens` besides.
    """
    if setup.stop_tokens is not None:
        return _ids(setup.stop_tokens, tokenizer, "chat.stop_tokens")
    extra = _ids(setup.extra_stop_tokens, tokenizer, "chat.extra_stop_tokens")
    return tuple(dict.fromkeys((*declared, *extra)))


def _ids(tokens: Sequence[str], tokenizer: ChatTokenizer, field: str) -> tuple[int, ...]:
    found = {token: tokenizer.token_id(token) for token in tokens}
    unknown = [token for token, index in found.items() if index is None]
    if unknown:
        raise SpecError(
            f"{field}: {unknown[0]!r} is not one token of this model.",
            next_step="Name a token of the vocabulary, or use generation.stop_strings for text.",
        )
    return tuple(index for index in found.values() if index is not None)


def cut(
    ids: Sequence[int], tokenizer: ChatTokenizer, stops: Sequence[int], strings: Sequence[str]
) -> tuple[str, int, Literal["stop", "length"]]:
    """Return text, token count and finish reason of generated ids.

    Generation runs until the last row of a batch ends, so a row may go on in padding.
    """
    end = next((at for at, token in enumerate(ids) if token in stops), None)
    kept = ids if end is None else ids[:end]
    count = len(kept) + (end is not None)
    text = _text_of(kept, tokenizer)
    at = first_stop(text, strings)
    if at is not None:
        return text[:at], _tokens_until(kept, tokenizer, strings), "stop"
    return text, count, "length" if end is None else "stop"


def _text_of(ids: Sequence[int], tokenizer: ChatTokenizer) -> str:
    """Return the text of an answer without special tokens, unless they mark thoughts or calls.

    Without its marks (`<|channel|>`, or `</think>` where that is special) a thought would pass for
    a part of the answer, and a call of a tool (`[TOOL_CALLS]`) for a text.
    """
    plain = tokenizer.decode(ids, skip_special_tokens=True)
    marked = tokenizer.decode(ids)
    is_needed = marked != plain and (split_thoughts(marked).thoughts or has_calls(marked))
    return marked if is_needed else plain


def _tokens_until(ids: Sequence[int], tokenizer: ChatTokenizer, strings: Sequence[str]) -> int:
    for count in range(1, len(ids) + 1):
        text = tokenizer.decode(ids[:count], skip_special_tokens=True)
        if first_stop(text, strings) is not None:
            return count
    return len(ids)
