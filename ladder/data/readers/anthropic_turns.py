"""`with_tool_turns`: turns whose typed parts are calls of tools and their results, as OpenAI has them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ladder.data.chat_message import Message, content_text


def with_tool_turns(message: Message) -> Iterator[Message]:
    """Yield a turn; where Anthropic's parts call tools or give results, turns that templates know.

    A call becomes one of `tool_calls`; each result becomes a turn of the role `tool`, before what
    the user says in the same turn.

    >>> call = {"type": "tool_use", "id": "t1", "name": "time", "input": {"zone": "UTC"}}
    >>> asked = Message.of({"role": "assistant", "content": [{"type": "text", "text": "Wait."}, call]})
    >>> [turn] = with_tool_turns(asked)
    >>> turn.content, turn.tool_calls
    ('Wait.', [{'name': 'time', 'arguments': {'zone': 'UTC'}}])
    >>> told = {"type": "tool_result", "tool_use_id": "t1", "content": "noon"}
    >>> [(turn.role, turn.content) for turn in with_tool_turns(Message.of({"role": "user", "content": [told]}))]
    [('tool', 'noon')]
    """
    turn = message.turn
    parts = turn.get("content")
    kinds = {_kind(part) for part in parts} if isinstance(parts, list) else set()
    if not kinds & {"tool_use", "tool_result"} or not isinstance(parts, list):
        yield message
        return
    rest = [part for part in parts if _kind(part) not in ("tool_use", "tool_result")]
    yield from (Message.of(_result(part)) for part in parts if _kind(part) == "tool_result")
    calls = [_called(part) for part in parts if _kind(part) == "tool_use"]
    if rest or calls:
        content = content_text(rest) if all(_kind(part) == "text" for part in rest) else rest
        made = {**turn, "content": content or None}
        yield Message.of({**made, "tool_calls": calls} if calls else made)


def _kind(part: Any) -> str:  # noqa: ANN401 - any JSON value
    return str(part.get("type")) if isinstance(part, Mapping) else "text"


def _called(part: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(part.get("input") or {}, ensure_ascii=False)
    function = {"name": part.get("name"), "arguments": arguments}
    return {"id": part.get("id"), "type": "function", "function": function}


def _result(part: Mapping[str, Any]) -> dict[str, Any]:
    given = part.get("content")
    text = given if isinstance(given, str) else content_text(given)
    return {"role": "tool", "tool_call_id": part.get("tool_use_id"), "content": text}
