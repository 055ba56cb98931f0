"""`json_only`: let local weights write one JSON object or list, and nothing else."""

from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal

from pydantic_core import from_json

MOST_LIKELY = 64
"""Tokens that are looked at in each step; where none of them goes on with the JSON, the row ends."""

_CLOSING = {"}": "{", "]": "["}


def json_state(text: str) -> Literal["broken", "open", "complete"]:
    """Return whether a text is the beginning of a JSON object or list, or a whole one.

    >>> json_state('{"a": [1, 2'), json_state('{"a": 1}'), json_state("Sure: {")
    ('open', 'complete', 'broken')
    """
    begun = text.lstrip()
    if not begun:
        return "open"
    depths = list(_depths(begun))
    if begun[0] not in "{[" or None in depths:
        return "broken"
    ends = [at for at, depth in enumerate(depths) if depth == 0]
    if ends and begun[ends[0] + 1 :].strip():
        return "broken"
    try:
        from_json(begun, allow_partial="trailing-strings")
    except ValueError:
        return "broken"
    return "complete" if ends else "open"


def json_only(tokenizer: Any, start: int, stops: Collection[int]) -> Callable[..., Any]:  # noqa: ANN401 - transformers has no types
    """Return a logits processor that draws no token which would leave JSON.

    Args:
        tokenizer: Of transformers.
        start: Length of the prompts, in tokens.
        stops: Ids that end an answer: allowed once the JSON is whole, and where nothing goes on.
    """

    def processor(ids: Any, scores: Any) -> Any:  # noqa: ANN401
        masked = scores.new_full(scores.shape, float("-inf"))
        for row, written in enumerate(ids[:, start:].tolist()):
            likely = scores[row].topk(min(MOST_LIKELY, scores.shape[1])).indices.tolist()
            allowed = [*_going_on(tokenizer, written, likely, stops)] or list(stops) or likely[:1]
            masked[row, allowed] = scores[row, allowed]
        return masked

    return processor


def _going_on(
    tokenizer: Any,  # noqa: ANN401
    written: list[int],
    likely: list[int],
    stops: Collection[int],
) -> Iterator[int]:
    """Yield the likely tokens after which a text is still the beginning of JSON."""
    text = tokenizer.decode(written, skip_special_tokens=True)
    if json_state(text) == "complete":
        return
    for token in likely:
        longer = tokenizer.decode([*written, token], skip_special_tokens=True)
        is_more = token not in stops and len(longer.rstrip()) > len(text.rstrip())
        if is_more and json_state(longer) != "broken":
            yield token


def _depths(text: str) -> Iterator[int | None]:
    """Yield the number of open brackets after each character; None where one closes another."""
    stack: list[str] = []
    is_string = is_escaped = False
    for character in text:
        if is_string:
            is_string = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            is_string = True
        elif character in "{[":
            stack.append(character)
        elif character in _CLOSING and (not stack or stack.pop() != _CLOSING[character]):
            yield None
            return
        yield len(stack)
