"""`turns_of` and `tools_of`: the turns and the tools that a cell holds, in OpenAI's or ShareGPT's form."""

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ladder.data.chat_message import Message
from ladder.data.readers.anthropic_turns import with_tool_turns

_ROLES = {
    "human": "user",
    "prompter": "user",
    **dict.fromkeys(
        ("gpt", "chatgpt", "model", "bot", "chatbot", "ai", "bing", "bard", "claude"), "assistant"
    ),
    "observation": "tool",
    "tool_response": "tool",
    "function_response": "tool",
}
"""What data sets call the speakers, and what chat templates call them."""

_LANGCHAIN = ("human", "ai", "system", "tool")
"""How LangChain writes the speakers of its messages, under `type`."""

_KNOWN = ("system", "developer", "user", "assistant", "tool", "function")
_CONTENTS = ("content", "value", "text", "parts")
"""Under which keys a turn has what is said, in OpenAI's form, ShareGPT's, and Gemini's."""

_CALLS = ("function_call", "tool_call")
"""ShareGPT's speakers whose text is a call, as JSON."""


class UnreadableRowError(Exception):
    """What is wrong with one row, in words that end a sentence."""


class EmptyAnswerError(UnreadableRowError):
    """One row has an empty question or answer, and nothing else is wrong with it."""


def is_turns(cell: object) -> bool:
    """Return whether a cell is a list of turns, each with its speaker.

    >>> is_turns([{"role": "user", "content": "2 + 2"}]), is_turns([{"from": "human", "value": ""}])
    (True, True)
    >>> is_turns(["2 + 2"]), is_turns([])
    (False, False)
    """
    return isinstance(cell, list) and bool(cell) and all(map(is_turn, cell))


def is_turn(cell: object) -> bool:
    """Return whether a cell is one turn: who speaks, with a text, typed parts or a call."""
    if not isinstance(cell, Mapping):
        return False
    if cell.get("type") in _LANGCHAIN and "content" in cell:
        return True
    said = {"content", "tool_calls", "function_call"} & cell.keys()
    if ("role" in cell and bool(said)) or {"from", "value"} <= cell.keys():
        return True
    # A list of objects with a role and a text may be an answer as well: the role must be known.
    speaker = str(cell.get("role", cell.get("from", ""))).lower()
    is_speaker = speaker in _KNOWN or speaker in _ROLES
    return is_speaker and any(name in cell for name in _CONTENTS)


def parsed(cell: Any) -> Any:  # noqa: ANN401 - any cell
    """Return a list or an object that stands in a cell as JSON or as Python prints it.

    Turns in columns, a list for each key as older versions of `datasets` give them, become turns.

    >>> parsed('[{"role": "user"}]') == parsed("[{'role': 'user'}]") == [{"role": "user"}]
    True
    >>> parsed({"from": ["human", "gpt"], "value": ["2 + 2", "4"]})
    [{'from': 'human', 'value': '2 + 2'}, {'from': 'gpt', 'value': '4'}]
    >>> parsed("[no list"), parsed("text"), parsed(3)
    ('[no list', 'text', 3)
    """
    if not isinstance(cell, str) or cell.strip()[:1] not in ("[", "{"):
        return _turned(cell)
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(cell.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(value, list | dict):
            return _turned(value)
    return cell


def _turned(cell: Any) -> Any:  # noqa: ANN401 - any cell
    """Return turns that are kept in columns as a list of turns; anything else as it is."""
    if not isinstance(cell, Mapping) or not (
        {"from", "value"} <= cell.keys() or {"role", "content"} <= cell.keys()
    ):
        return cell
    columns = [list(each) if isinstance(each, list | tuple) else None for each in cell.values()]
    lengths = {None if each is None else len(each) for each in columns}
    if None in lengths or len(lengths) != 1:
        return cell
    return [dict(zip(cell, row, strict=True)) for row in zip(*filter(None, columns), strict=True)]


def turns_of(cell: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Return the turns of a list, with the roles that chat templates know.

    Raises:
        UnreadableRowError: A turn has a speaker that nobody knows, or content that is no text.
    """
    turns = (_turn(each, at) for at, each in enumerate(cell, start=1))
    return tuple(part for turn in turns for part in with_tool_turns(turn))


def is_learnt(message: Message) -> bool:
    """Return whether a turn is an answer to learn: an assistant's, and not of `weight` 0."""
    return message.role == "assistant" and message.turn.get("weight") != 0


def tools_of(cell: Any) -> str:  # noqa: ANN401 - any cell
    """Return the tools of a cell as JSON; empty where it holds none.

    Raises:
        UnreadableRowError: It is no list of tools.

    >>> tools_of('[{"type": "function"}]'), tools_of(None), tools_of("")
    ('[{"type": "function"}]', '', '')
    """
    tools = parsed(cell)
    if tools is None or tools in ("", [], {}):
        return ""
    if not isinstance(tools, list) or not all(isinstance(tool, Mapping) for tool in tools):
        raise UnreadableRowError("its tools are no list of objects")
    # A bare schema, as OpenAI's `functions` have it, is wrapped as templates and servers want it.
    wrapped = [
        tool
        if "function" in tool or "name" not in tool
        else {"type": "function", "function": _schema(tool)}
        for tool in tools
    ]
    return json.dumps(wrapped, ensure_ascii=False)


def _schema(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a bare schema with its parameters under the name that templates know."""
    if "input_schema" not in tool or "parameters" in tool:
        return tool
    named = {"input_schema": "parameters"}  # Anthropic's name
    return {named.get(name, name): value for name, value in tool.items()}


def _turn(cell: Mapping[str, Any], at: int) -> Message:
    if "role" not in cell and cell.get("type") in _LANGCHAIN:
        cell = _from_langchain(cell)
    speaker = str(cell["role"] if "role" in cell else cell["from"])
    if "role" not in cell and speaker in _CALLS and "value" in cell:
        return _call(str(cell["value"]), at)
    role = speaker if speaker in _KNOWN else _ROLES.get(speaker.lower(), speaker.lower())
    if role not in _KNOWN:
        raise UnreadableRowError(f"turn {at} is spoken by {speaker!r}, which is no role")
    turn = _as_openai(cell, role)
    content = turn.get("content")
    if not (content is None or isinstance(content, str) or _is_typed(content)):
        raise UnreadableRowError(f"turn {at} has content that is neither text nor typed parts")
    if role in ("system", "user") and content is None:
        raise UnreadableRowError(f"turn {at} ({role}) has no content")
    return Message.of(turn)


def _as_openai(cell: Mapping[str, Any], role: str) -> dict[str, Any]:
    """Return a turn with its speaker under `role`, and what is said under `content`."""
    named = next((name for name in _CONTENTS if name in cell), "content")
    if "role" in cell and named == "content":
        turn = {**cell, "role": role}
    else:
        rest = {key: value for key, value in cell.items() if key not in ("role", "from", named)}
        turn = {"role": role, "content": cell.get(named), **rest}
    content = turn.get("content")
    if isinstance(content, list):
        turn["content"] = [_part(each) for each in content]
    return turn


def _part(part: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a part of typed content; one that is a text alone says so (Gemini's and Bedrock's)."""
    is_text = isinstance(part, Mapping) and list(part) == ["text"]
    return {"type": "text", "text": part["text"]} if is_text else part


def _from_langchain(cell: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of LangChain as a turn: what a template or a server knows of it."""
    calls = [
        {
            "id": call.get("id"),
            "type": "function",
            "function": {"name": call.get("name"), "arguments": call.get("args") or {}},
        }
        for call in cell.get("tool_calls") or ()
        if isinstance(call, Mapping)
    ]
    turn = {"role": cell["type"], "content": cell["content"], "name": cell.get("name")}
    return {**turn, "tool_calls": calls or None, "tool_call_id": cell.get("tool_call_id")}


def _is_typed(content: object) -> bool:
    return isinstance(content, list) and all(
        isinstance(part, str) or (isinstance(part, Mapping) and "type" in part) for part in content
    )


def _call(text: str, at: int) -> Message:
    calls = parsed(text)
    calls = calls if isinstance(calls, list) else [calls]
    if not all(isinstance(call, Mapping) and "name" in call for call in calls):
        raise UnreadableRowError(f"turn {at} is a tool call that is no JSON with a name")
    made = [{"type": "function", "function": dict(call)} for call in calls]
    return Message.of({"role": "assistant", "content": None, "tool_calls": made})
