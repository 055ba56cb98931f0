"""`defaults_of` and `names_of`: what the schemas of tools say of their arguments, and their names."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]


def defaults_of(tools: Sequence[Schema]) -> dict[str, dict[str, Any]]:
    """Return the defaults of the optional arguments of each tool, by the tool's name.

    >>> unit = {"type": "string", "default": "c"}
    >>> schema = {"name": "heat", "parameters": {"properties": {"unit": unit}}}
    >>> defaults_of([{"type": "function", "function": schema}])
    {'heat': {'unit': 'c'}}
    """
    return {str(each.get("name")): _defaults(each.get("parameters")) for each in _functions(tools)}


def names_of(tools: Sequence[Schema]) -> frozenset[str]:
    """Return the names of the tools that may be called.

    >>> sorted(names_of([{"function": {"name": "heat"}}, {"name": "cool"}]))
    ['cool', 'heat']
    """
    return frozenset(str(each.get("name")) for each in _functions(tools))


def _functions(tools: Sequence[Schema]) -> Iterator[Schema]:
    for tool in tools:
        inner = tool.get("function", tool)
        if isinstance(inner, Mapping):
            yield inner


def _defaults(parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    properties = parameters.get("properties") if isinstance(parameters, Mapping) else None
    if not isinstance(properties, Mapping):
        return {}
    needed = parameters.get("required") or ()
    return {
        name: each["default"]
        for name, each in properties.items()
        if isinstance(each, Mapping) and "default" in each and name not in needed
    }
