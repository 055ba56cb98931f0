"""`loosely_called`: the calls that stand anywhere in a text, in whatever form: the lenient reading."""

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ladder.scoring.calls.json_calls import as_arguments, bare_name, calls_of, json_at
from ladder.scoring.calls.pythonic import python_calls
from ladder.scoring.calls.read_calls import read_calls
from ladder.scoring.calls.tool_call import ToolCall, meant_by, same_value
from ladder.scoring.json_values import straight_quotes
from ladder.scoring.target_in_text import Searchable

_STARTS = re.compile(r"[{\[]|[A-Za-z_][\w.]{0,100}\(")
_NAMED_LINES = re.compile(
    r"^\W{0,9}(?:action|tool|function|tool[ _]name|function[ _]name)\W{0,9}:\W{0,9}(?P<name>[\w.-]{1,100})\W{0,9}\n"
    r"\W{0,9}(?:(?:action|tool|function)[ _])?(?:input|arguments|args|parameters|params)\W{0,9}:"
    r"[\s*_]{0,9}(?:```\w{0,9}\s{0,9})?(?=\{)",
    re.IGNORECASE | re.MULTILINE,
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W_A-Za-z]+")
_MARKUP = re.compile(r"<[^<>\s\"]{0,60}>|[\"'`{}\[\]()<>=,;:|\\]")
_NOTATION = re.compile(r"[\"'`]?\s*(?:[>\](){}\[<|=]|:?\s*\n\s*(?:[{<]|[\w-]{1,40}\s?[:=]))")
_OPENED = re.compile(r"(?:[<\[({=>/|]\s?[\"'`]?|:\s?[\"'`])\Z")
_MOST_STARTS = 60
_MOST_CHARACTERS = 20_000
_MOST_BALANCED = 4_000
_NAMES = ("name", "tool_name", "function", "tool", "action", "function_name")
_ARGUMENTS = (
    "arguments",
    "parameters",
    "args",
    "params",
    "input",
    "action_input",
    "tool_input",
    "kwargs",
)


def loosely_called(text: str) -> list[ToolCall]:
    """Return the calls of a text: those of a form, else objects and code that look like one.

    >>> loosely_called('I would send {"tool": "time", "args": {"zone": "UTC"}} now.')
    [ToolCall(name='time', arguments={'zone': 'UTC'}, defaults={})]
    >>> loosely_called('So: time(zone="UTC")')
    [ToolCall(name='time', arguments={'zone': 'UTC'}, defaults={})]
    >>> loosely_called("{“name”: “time”, “arguments”: {“zone”: “UTC”}}")
    [ToolCall(name='time', arguments={'zone': 'UTC'}, defaults={})]
    """
    read = read_calls(text)
    if read.calls and not read.fault:
        return list(read.calls)
    text = text[:_MOST_CHARACTERS]
    found = _named_in_lines(text)
    at = 0
    for start in list(_STARTS.finditer(text))[:_MOST_STARTS]:
        if start.start() < at:
            continue
        calls, at = _calls_at(text, start)
        found += calls
    straight = straight_quotes(text)
    return found if found or straight == text else loosely_called(straight)


def _named_in_lines(text: str) -> list[ToolCall]:
    r"""Return the calls that stand in two lines, as the prompts of ReAct ask for them (Yao 2022).

    >>> _named_in_lines('Thought: I must look.\nAction: time\nAction Input: {"zone": "UTC"}')
    [ToolCall(name='time', arguments={'zone': 'UTC'}, defaults={})]
    """
    found = []
    for lines in list(_NAMED_LINES.finditer(text))[:_MOST_STARTS]:
        value = json_at(text, lines.end())
        if value.state == "whole" and isinstance(value.value, Mapping):
            found.append(ToolCall(bare_name(lines["name"]), dict(value.value)))
    return found


def _calls_at(text: str, start: "re.Match[str]") -> tuple[list[ToolCall], int]:
    first = start.start()
    if text[first] in "{[":
        value = json_at(text, first)
        if value.state == "whole":
            return _objects(value.value), value.end
    end = _balanced_end(text, start.end() - 1)
    if end is None:
        return [], first
    piece = text[first:end]
    if text[first] in "{[" and (calls := python_calls(piece)) is None:
        return _objects(_literal(piece)), first
    calls = python_calls(piece, is_listed=False)
    return (calls, end) if calls else ([], first)


def _objects(value: Any) -> list[ToolCall]:  # noqa: ANN401 - any JSON value
    made = calls_of(value, is_marked=True)
    if made is not None:
        return made
    items = value if isinstance(value, list) else [value]
    return [call for item in items if (call := _loose_call(item)) is not None]


def _loose_call(item: Any) -> ToolCall | None:  # noqa: ANN401 - any JSON value
    if not isinstance(item, Mapping):
        return None
    name = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)
    given = next((item[key] for key in _ARGUMENTS if key in item), None)
    arguments = as_arguments(given)
    if name is None:
        only = list(item.items()) if len(item) == 1 else []
        inner = as_arguments(only[0][1]) if only and isinstance(only[0][1], Mapping) else None
        return None if inner is None else ToolCall(bare_name(only[0][0]), inner)
    return None if arguments is None else ToolCall(bare_name(name), arguments)


def _literal(text: str) -> Any:  # noqa: ANN401 - any value
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _balanced_end(text: str, start: int) -> int | None:
    """Return the place behind the bracket that closes the one at `start`."""
    depth = 0
    for at in range(start, min(len(text), start + _MOST_BALANCED)):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return None


def same_loosely(said: Sequence[ToolCall], wanted: Sequence[ToolCall]) -> bool:
    """Return whether the wanted calls are among those made, values whatever their type and case.

    >>> same_loosely([ToolCall("Time", {"n": "3", "zone": None})], [ToolCall("time", {"n": 3})])
    True
    """
    left = list(said)
    for each in wanted:
        fitting = next((call for call in left if _is_alike(call, each)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return True


def held_in_some_form(text: str, wanted: Sequence[ToolCall]) -> bool:
    """Return whether the wanted calls stand in a text in a form that nobody here knows.

    Each name stands there as a piece of some notation, and behind it the value of each argument.

    >>> call = ToolCall("time", {"zone": "UTC", "n": 2})
    >>> held_in_some_form("<use_tool name='time'><zone>UTC</zone><n>2</n></use_tool>", [call])
    True
    >>> held_in_some_form("I would call `time` for UTC, 2.", [call])
    False
    """
    text = text[:_MOST_CHARACTERS]
    return bool(wanted) and all(_holds(text, call) for call in wanted)


def _holds(text: str, call: ToolCall) -> bool:
    written = r"[_\W]{0,2}".join(map(re.escape, _WORD.findall(call.name)))
    for name in re.finditer(
        rf"(?:^|(?<=[<\[({{\"'`:=>/|])\s?){written}(?=[\s>\]({{\"'`:=</|,]|\Z)",
        text,
        re.IGNORECASE | re.MULTILINE,
    ):
        behind = text[name.end() :]
        rest = Searchable(" ".join(_MARKUP.sub(" ", behind).split()))
        # A name in quotes alone may be prose: "I would call `time`".
        is_notation = _NOTATION.match(behind) or _OPENED.search(text[: name.start()])
        if is_notation and all(rest.holds(each) for each in _scalars(call)):
            return True
    return False


def _scalars(call: ToolCall) -> list[str]:
    """Return the single values of a call's arguments as texts; those that say nothing are left out."""
    found: list[str] = []
    left: list[Any] = list(call.arguments.values())
    while left:
        value = left.pop()
        if isinstance(value, Mapping | list):
            left += value.values() if isinstance(value, Mapping) else value
        elif value not in (None, ""):
            found.append(str(value))
    return found


def _is_alike(said: ToolCall, wanted: ToolCall) -> bool:
    if _squeezed(said.name) != _squeezed(wanted.name):
        return False
    names = said.arguments.keys() | wanted.arguments.keys()
    return all(
        _alike(
            said.arguments.get(name, wanted.defaults.get(name)),
            wanted.arguments.get(name, wanted.defaults.get(name)),
        )
        for name in names
    )


def _alike(said: Any, wanted: Any) -> bool:  # noqa: ANN401 - any JSON value
    if same_value(said, wanted):
        return True
    if isinstance(said, Mapping) and isinstance(wanted, Mapping):
        names = said.keys() | wanted.keys()
        return all(_alike(said.get(name), wanted.get(name)) for name in names)
    if isinstance(said, list) and isinstance(wanted, list):
        return len(said) == len(wanted) and all(map(_alike, said, wanted))
    if isinstance(said, list | Mapping) or isinstance(wanted, list | Mapping):
        return False
    return same_value(meant_by(str(said)), meant_by(str(wanted))) or _folded(said) == _folded(
        wanted
    )


def _squeezed(name: str) -> str:
    """Return a name in which case and what joins its words make no difference: `getTime`."""
    return re.sub(r"[_\W]+", "", name).casefold()


def _folded(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return " ".join(re.sub(r"[_\W]+", " ", str(value)).casefold().split())
