"""`write_turns`: turns with tool calls and typed parts, in the form that a chat template takes."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ladder.data.chat_message import arguments_of, content_text
from ladder.errors import RenderError, SpecError

Turn = Mapping[str, Any]
Write = Callable[[Sequence[Turn]], str]


def write_turns(turns: Sequence[Turn], write: Write) -> str:
    r"""Return what a template writes, with the turns in the form that it takes.

    Arguments of tool calls go in as objects, as transformers asks for, and as the text in which
    they were given where the template fails on objects. A template that knows no typed parts would
    print them as they stand; it gets their text, where they are all text.

    Args:
        turns: The conversation.
        write: Renders turns by the template.

    Raises:
        RenderError: The template fails on the turns in either form.
        SpecError: The template does not know typed parts, and some of them are no text.

    >>> parts = {"role": "user", "content": [{"type": "text", "text": "Hello"}]}
    >>> write_turns([parts], lambda turns: str(turns[0]["content"]))
    'Hello'
    """
    text = _with_arguments(turns, write)
    typed = [turn["content"] for turn in turns if isinstance(turn.get("content"), list)]
    if not any(_is_printed(part, text) for parts in typed for part in parts):
        return text
    other = [part for parts in typed for part in parts if not _is_text(part)]
    if other:
        raise SpecError(
            f"The chat template does not know typed content: it prints {str(other[0])[:60]!r}.",
            next_step="Use a model whose template takes such parts, or rows of text alone.",
        )
    return _with_arguments([_flat(turn) for turn in turns], write)


def _with_arguments(turns: Sequence[Turn], write: Write) -> str:
    as_objects = [with_objects(turn) for turn in turns]
    try:
        return write(as_objects)
    except RenderError:
        if as_objects == list(turns):
            raise
        return write(turns)


def with_objects(turn: Turn) -> Turn:
    """Return a turn whose tool calls have their arguments as objects, as templates ask for them."""
    calls = turn.get("tool_calls")
    if not isinstance(calls, list):
        return turn
    return {**turn, "tool_calls": [_call_with_object(call) for call in calls]}


def _call_with_object(call: Any) -> Any:  # noqa: ANN401 - any JSON value
    function = call.get("function") if isinstance(call, Mapping) else None
    if not isinstance(function, Mapping):
        return call
    return {**call, "function": {**function, "arguments": arguments_of(function)}}


def _is_printed(part: Any, text: str) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a part stands in a prompt as a program would print it."""
    return isinstance(part, Mapping) and (str(part) in text or json.dumps(part) in text)


def _is_text(part: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(part, str) or part.get("type") == "text"


def _flat(turn: Turn) -> Turn:
    parts = turn.get("content")
    return {**turn, "content": content_text(parts)} if isinstance(parts, list) else turn
