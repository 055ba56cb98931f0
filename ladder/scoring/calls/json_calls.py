"""`calls_of` and `json_at`: the calls that JSON values are, and the JSON that stands at a place."""

import json
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from ladder.scoring.calls.tool_call import ToolCall
from ladder.strict_json import each_key_once, no_constant

_ARGUMENTS: Final = ("arguments", "parameters")
_BESIDE: Final = frozenset({"id", "tool_call_id", "call_id", "type", "index"})
_ATTEMPT: Final = frozenset({"name", "function", "tool", "tool_name", "action", "tool_calls"})

State = Literal["whole", "cut", "broken"]


class JsonAt(NamedTuple):
    """What stands at a place of a text.

    Attributes:
        state: A whole JSON value, one that the end of the text cuts, or none.
        value: It; of a cut one what is whole of it.
        end: The place behind it.
    """

    state: State
    value: Any
    end: int


def json_at(text: str, start: int) -> JsonAt:
    """Return the JSON value that begins at a place of a text.

    >>> json_at('{"a": 1} more', 0), json_at('{"a": 1, "b": "x', 0), json_at("{a}", 0).state
    (JsonAt(state='whole', value={'a': 1}, end=8), JsonAt(state='cut', value={'a': 1}, end=16), 'broken')
    """
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _partial(text, start)
    return JsonAt("whole", value, end)


def _partial(text: str, start: int) -> JsonAt:
    """Return what is whole of a JSON value that the end of the text cuts.

    What stands behind the last comma may still grow, be it a number or a name.
    """
    from pydantic_core import from_json

    def read(part: str) -> Any:  # noqa: ANN401 - any JSON value
        return from_json(part, allow_partial=True)

    try:
        read(text[start:])
        value = read(text[start : max(text.rfind(",", start), start + 1)])
    except ValueError:
        return JsonAt("broken", None, start)
    return JsonAt("cut", value, len(text))


def calls_of(value: Any, *, is_marked: bool) -> list[ToolCall] | None:  # noqa: ANN401 - any JSON
    """Return the calls that a JSON value is, one or a list of them; None where it is no call.

    Args:
        value: What was read.
        is_marked: Whether a mark says that calls stand here: then a call may lack its arguments,
            and hold keys that nobody knows.

    >>> calls_of({"name": "time", "arguments": '{"zone": "UTC"}'}, is_marked=False)
    [ToolCall(name='time', arguments={'zone': 'UTC'}, defaults={})]
    >>> calls_of({"name": "Ann", "age": 7}, is_marked=False) is None
    True
    """
    if isinstance(value, Mapping) and isinstance(value.get("tool_calls"), list):
        return calls_of(value["tool_calls"], is_marked=is_marked)
    items = value if isinstance(value, list) else [value]
    calls = [_call(item, is_marked=is_marked) for item in items]
    if not items or any(call is None for call in calls):
        return None
    return [call for call in calls if call is not None]


def looks_like_a_call(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a JSON value that is no call was meant as one: it names a tool.

    >>> looks_like_a_call({"tool": "time"}), looks_like_a_call({"city": "Ulm"})
    (True, False)
    """
    items = value if isinstance(value, list) else [value]
    return any(isinstance(item, Mapping) and not _ATTEMPT.isdisjoint(item) for item in items)


def _call(item: Any, *, is_marked: bool) -> ToolCall | None:  # noqa: ANN401 - any JSON value
    if not isinstance(item, Mapping):
        return None
    inner = item.get("function")
    return _named(inner if isinstance(inner, Mapping) else item, is_marked=is_marked)


def _named(item: Mapping[str, Any], *, is_marked: bool) -> ToolCall | None:
    name = item.get("name", item.get("tool_name"))
    given = [key for key in _ARGUMENTS if key in item]
    others = item.keys() - {"name", "tool_name", *_ARGUMENTS} - _BESIDE
    if not isinstance(name, str) or not name.strip() or len(given) > 1:
        return None
    if not is_marked and (others or not given):
        return None
    arguments = as_arguments(item[given[0]] if given else {})
    if arguments is None:
        return None
    return ToolCall(bare_name(name), arguments)


def as_arguments(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - any JSON value
    """Return arguments as an object, also where they are JSON in a text; None where they are none.

    >>> as_arguments('{"a": 1}'), as_arguments(None), as_arguments("no JSON"), as_arguments([1])
    ({'a': 1}, {}, None, None)
    """
    if isinstance(value, str):
        found = json_at(value.strip(), 0) if value.strip() else JsonAt("whole", {}, 0)
        if found.state != "whole" or found.end != len(value.strip()):
            return None
        value = found.value
    if value is None:
        return {}
    return value if isinstance(value, dict) else None


def bare_name(name: str) -> str:
    """Return a tool's name without the name space in which some models write all of them.

    >>> bare_name("functions.time:0"), bare_name(" time ")
    ('time', 'time')
    """
    bare = name.strip()
    if not bare.startswith("functions."):
        return bare
    return bare.removeprefix("functions.").partition(":")[0]


_DECODER = json.JSONDecoder(object_pairs_hook=each_key_once, parse_constant=no_constant)
