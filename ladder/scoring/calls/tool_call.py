"""`ToolCall`: the name of a tool with its arguments, and whether two calls are the same."""

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ladder.scoring.json_values import same_json

_LITERALS: Final = {"true": True, "false": False, "null": None, "none": None}


class RawText(str):
    """The text of an argument that a form writes without saying whether it is a text or a number."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool.

    Attributes:
        name: The tool's name.
        arguments: What it is given, by name.
        defaults: In a target: what the tool takes for arguments that a call leaves out.
    """

    name: str
    arguments: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)


def same_call(said: ToolCall, wanted: ToolCall) -> bool:
    """Return whether a call is the wanted one: name, and every argument by its value.

    >>> wanted = ToolCall("weather", {"city": "Ulm", "days": 3}, {"unit": "c"})
    >>> same_call(ToolCall("weather", {"days": 3.0, "unit": "c", "city": "Ulm"}), wanted)
    True
    >>> same_call(ToolCall("weather", {"city": "Ulm", "days": "3"}), wanted)
    False
    """
    return said.name == wanted.name and agreement(said, wanted) == 1


def agreement(said: ToolCall, wanted: ToolCall) -> float:
    """Return the share of name and arguments in which a call agrees; 0 under another name.

    >>> wanted = ToolCall("weather", {"city": "Ulm", "days": 3})
    >>> agreement(ToolCall("weather", {"city": "Rome", "days": 3}), wanted)
    0.6666666666666666
    """
    if said.name != wanted.name:
        return 0.0
    names = said.arguments.keys() | wanted.arguments.keys()
    right = sum(is_right_argument(said, wanted, name) for name in names)
    return (1 + right) / (1 + len(names))


def is_right_argument(said: ToolCall, wanted: ToolCall, name: str) -> bool:
    """Return whether one argument is as wanted: given, or left out where that means the same.

    A default is the same as leaving the argument out. So is a null in the target, as Parquet
    writes one for each argument that another row has.
    """
    default = wanted.defaults.get(name)
    value = said.arguments.get(name, default)
    right = wanted.arguments.get(name)
    if right is None:
        right = default
    if name not in said.arguments or name in wanted.arguments or name in wanted.defaults:
        return same_value(value, right)
    return False


def same_value(said: Any, wanted: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether two arguments are the same: numbers by value, texts letter by letter.

    >>> same_value(RawText("3"), 3.0), same_value(RawText("3"), "3"), same_value("3", 3)
    (True, True, False)
    """
    if isinstance(said, RawText):
        return same_json(str(said), wanted) or (
            not isinstance(wanted, str) and same_json(meant_by(said), wanted)
        )
    if isinstance(said, Mapping) and isinstance(wanted, Mapping):
        return said.keys() == wanted.keys() and all(same_value(said[k], wanted[k]) for k in said)
    if isinstance(said, list) and isinstance(wanted, list):
        return len(said) == len(wanted) and all(map(same_value, said, wanted))
    return same_json(said, wanted)


def meant_by(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the value that a text without quotes stands for: JSON, as Python prints it, or itself.

    >>> meant_by("3.5"), meant_by("True"), meant_by("[1, {'a': None}]"), meant_by("Ulm")
    (3.5, True, [1, {'a': None}], 'Ulm')
    """
    bare = text.strip()
    if bare.lower() in _LITERALS:
        return _LITERALS[bare.lower()]
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(bare)
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(value, bool | int | float | str | list | dict):
            return value
    return text


def calls_as_json(calls: Sequence[ToolCall]) -> str:
    """Return calls as targets have them: a JSON list of `name` and `arguments`.

    >>> calls_as_json([ToolCall("time", {"zone": "UTC"})])
    '[{"name": "time", "arguments": {"zone": "UTC"}}]'
    """
    listed = [{"name": call.name, "arguments": dict(call.arguments)} for call in calls]
    return json.dumps(listed, ensure_ascii=False, default=str)


def calls_as_text(calls: Sequence[Mapping[str, Any]]) -> str:
    r"""Return calls with their `name` and `arguments` as an answer has them: an element each.

    >>> calls_as_text([{"name": "time", "arguments": {"zone": "UTC"}}])
    '<tool_call>\n{"name": "time", "arguments": {"zone": "UTC"}}\n</tool_call>'
    """
    return "\n".join(map(_element, calls))


def _element(call: Mapping[str, Any]) -> str:
    """Return one call; arguments that are no JSON stay as they are, and open: they were cut."""
    arguments = call["arguments"]
    if isinstance(arguments, str):
        return f'<tool_call>\n{{"name": {json.dumps(call["name"])}, "arguments": {arguments}'
    return f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>"
