"""`shown_by_shape`: a few conversations that together show every kind of turn in the data."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ladder.data.chat_message import Message
from ladder.text import REASONING_KEYS

_THOUGHT = re.compile(r"<think>|\[THINK\]")

Shape = tuple[str, ...]


def shown_by_shape(
    conversations: Sequence[Sequence[Message]], *, at_least: int, most: int
) -> list[int]:
    """Return positions of conversations: the first ones, and one for each shape not seen in them.

    Args:
        conversations: The turns of each.
        at_least: How many are taken whatever their shape.
        most: How many are taken at the most.

    >>> plain, system = [Message("user", "a")], [Message("system", "b"), Message("user", "c")]
    >>> shown_by_shape([plain, plain, plain, system], at_least=1, most=4)
    [0, 3]
    """
    seen: set[Shape] = set()
    chosen: list[int] = []
    for at, turns in enumerate(conversations):
        shapes = set(shapes_of(turns))
        if len(chosen) < at_least or not shapes <= seen:
            chosen.append(at)
            seen |= shapes
        if len(chosen) == most:
            break
    return chosen


def shapes_of(turns: Sequence[Message]) -> Iterator[Shape]:
    """Yield the shape of each turn: role, what came before, keys, and the form of its content.

    >>> list(shapes_of([Message("user", "Hello")]))
    [('user', '', 'content', 'role', 'str')]
    """
    before = ""
    for message in turns:
        turn: Mapping[str, Any] = message.turn
        yield (message.role, before, *sorted(turn), *_form(turn))
        before = message.role


def _form(turn: Mapping[str, Any]) -> Iterator[str]:
    content, calls = turn.get("content"), turn.get("tool_calls")
    yield type(content).__name__
    for part in content if isinstance(content, list) else ():
        yield str(part.get("type")) if isinstance(part, Mapping) else type(part).__name__
    if not content:
        yield "empty"
    elif _THOUGHT.search(str(content)):
        yield "thought"
    if isinstance(calls, list):
        yield f"{min(len(calls), 2)} calls"
        yield from sorted({_arguments(call) for call in calls})
    if any(turn.get(key) for key in REASONING_KEYS):
        yield "reasoned"


def _arguments(call: Any) -> str:  # noqa: ANN401 - whatever the data hold
    function = call.get("function", call) if isinstance(call, Mapping) else None
    return type(function.get("arguments")).__name__ if isinstance(function, Mapping) else "odd"
