"""`write_turns`: turns with tool calls and typed parts, in the form that a chat template takes."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ladder.data.chat_message import arguments_of, calls_in, content_text
from ladder.errors import RenderError, SpecError

Turn = Mapping[str, Any]
Write = Callable[[Sequence[Turn]], str]


def write_turns(turns: Sequence[Turn], write: Write) -> str:
    r"""Return what a template writes, with the turns in the form that it takes.

    Arguments of tool calls go in as objects, as transformers asks for, and as the text in which
    they were given where the template fails on objects; a call without a text goes in with an empty
    one where the template fails without, and loses no call by it. A template that knows no typed parts fails
    on them, drops them or prints them as they stand: it gets their text, where they are all text.

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
    typed = [part for turn in turns for part in _parts(turn)]
    if not typed:
        return _with_arguments(turns, write)
    error: RenderError | None = None
    try:
        text = _with_arguments(turns, write)
    except RenderError as raised:
        text, error = "", raised
    if text and all(_is_written(part, text) for part in typed):
        return text
    other = [part for part in typed if not _is_text(part)]
    if other:
        raise error or SpecError(
            f"The chat template does not know typed content such as {str(other[0])[:60]!r}.",
            next_step="Use a model whose template takes such parts, or rows of text alone.",
        )
    return _with_arguments([_flat(turn) for turn in turns], write)


def _with_arguments(turns: Sequence[Turn], write: Write) -> str:
    as_objects = [with_objects(turn) for turn in turns]
    try:
        return write(as_objects)
    except RenderError as error:
        for form in _other_forms(turns, as_objects):
            with suppress(RenderError):
                text = write(form)
                if all(_is_called(call, text) for turn in turns for call in calls_in(turn)):
                    return text
        raise error from None


def _other_forms(turns: Sequence[Turn], as_objects: Sequence[Turn]) -> Iterator[Sequence[Turn]]:
    """Yield the turns with arguments as given, then with an empty text beside calls without one."""
    if as_objects != list(turns):
        yield turns
    if any(turn.get("content") is None for turn in turns):
        yield [{**turn, "content": turn.get("content") or ""} for turn in as_objects]


def _is_called(call: Mapping[str, Any], text: str) -> bool:
    """Return whether the name of a call and the values of its arguments stand in a prompt."""
    words = [str(call["name"]), *_leaves(call["arguments"])]
    return all(word in text or json.dumps(word)[1:-1] in text for word in words)


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value


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


def _parts(turn: Turn) -> list[Any]:
    content = turn.get("content")
    return content if isinstance(content, list) else []


def _is_written(part: Any, text: str) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a part stands in a prompt, and not as a program would print it."""
    if isinstance(part, Mapping) and (str(part) in text or json.dumps(part) in text):
        return False
    return not _is_text(part) or content_text([part]).strip() in text


def _is_text(part: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(part, str) or part.get("type") == "text"


def _flat(turn: Turn) -> Turn:
    parts = turn.get("content")
    return {**turn, "content": content_text(parts)} if isinstance(parts, list) else turn
