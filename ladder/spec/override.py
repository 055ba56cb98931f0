"""`override`: values of the command line (`--set levers.rag.top_k=[1,3]`) over a file's."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ladder.errors import SpecError
from ladder.spec.document import Document, Place, read_yaml
from ladder.spec.explain import fields_at
from ladder.spec.task import SHORTHANDS, TaskSpec

_BEGINS_AS_PROMPT = re.compile(r"\s*\{(?:[{%]|\s*\w+\s*\})")


def override(document: Document, assignments: Sequence[str]) -> Document:
    """Return the document with `key.path=value` applied, in order; values are YAML.

    >>> override(Document({"target": 0.8}), ["target=0.9", "levers.rag.top_k=[1,3]"]).value
    {'target': 0.9, 'levers': {'rag': {'top_k': [1, 3]}}}
    >>> override(Document({}), ["prompt.user={{ input }} Why?"]).value
    {'prompt': {'user': '{{ input }} Why?'}}
    """
    value = _copy(document.value)
    lines = dict(document.lines)
    for assignment in assignments:
        dotted, equals, text = assignment.partition("=")
        place = tuple(dotted.strip().split("."))
        if not equals or not all(place):
            raise SpecError(
                f"--set {assignment!r} is not of the form key.path=value.",
                next_step="Write, for example, --set levers.rag.top_k=[1,3].",
            )
        # A prompt begins with a column: to YAML braces are a mapping.
        is_prompt = _BEGINS_AS_PROMPT.match(text) is not None
        _put(value, place, text if is_prompt else read_yaml(text, f"--set {dotted}").value)
        lines = {key: line for key, line in lines.items() if key[: len(place)] != place}
    return Document(value, document.where, lines)


def _put(value: dict[str, Any], place: tuple[str, ...], new: Any) -> None:  # noqa: ANN401
    above: Any = value
    for depth, key in enumerate(place[:-1], start=1):
        below = above[_index(above, key)] if _has(above, key) else {}
        below = _long(below, place[:depth])
        above[_index(above, key)] = below
        above = below
    above[_index(above, place[-1])] = new


def _has(above: Any, key: str) -> bool:  # noqa: ANN401 - mapping or list
    return isinstance(above, list) or above.get(key) is not None


def _index(above: Any, key: str) -> str | int:  # noqa: ANN401 - mapping or list
    if not isinstance(above, list):
        return key
    position = _position(key)
    if isinstance(position, int) and position < len(above):
        return position
    raise SpecError(
        f"--set: the list has {len(above)} entries, and {key!r} is not a position in it.",
        next_step="Count from 0, or set the whole list.",
    )


def _position(key: str) -> str | int:
    """Return a key that counts as a number; at most nine digits, and ASCII: `²` is a digit too."""
    return int(key) if key.isascii() and key.isdecimal() and len(key) < 10 else key


def _long(value: Any, place: Place) -> Any:  # noqa: ANN401 - a value of a spec
    """Return the mapping that a shorthand stands for (`model: some/id`)."""
    if isinstance(value, (Mapping, list)):
        return value
    plain = tuple(_position(str(key)) for key in place)
    model = fields_at(TaskSpec, plain)
    if model in SHORTHANDS and isinstance(value, str):
        return {SHORTHANDS[model]: value}
    raise SpecError(
        f"--set: {'.'.join(map(str, place))} holds a plain value, which has no keys.",
        next_step="Set the value itself.",
    )


def _copy(value: Any) -> Any:  # noqa: ANN401 - a value of a spec
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copy(item) for item in value]
    return value
