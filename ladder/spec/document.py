"""`Document`: the plain value in a spec file, and on which line each part of it stands."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML, events
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode

from ladder.errors import SpecError, UnsafeError

Place = tuple[str | int, ...]

MOST_BYTES = 1_048_576
MOST_DEPTH = 50
MOST_VALUES = 100_000

_TAGS = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:seq",
    "tag:yaml.org,2002:map",
}
_SMALLER = "Split it, or keep texts in files of their own and name those."
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]")


@dataclass(frozen=True)
class Document:
    """A spec as plain Python values.

    Attributes:
        value: Mappings, lists, text, numbers, booleans and None.
        where: How messages name the source: the file's name, or `spec` for a Python value.
        lines: Line of each part that has one, by its path of keys and positions.
    """

    value: Any
    where: str = "spec"
    lines: dict[Place, int] = field(default_factory=dict)

    def at(self, place: Place) -> str:
        """Return `file:line` of a part, or of the nearest part around it that has a line.

        >>> Document({"a": 1}, "task.yaml", {("a",): 3}).at(("a", 0))
        'task.yaml:3'
        """
        for end in range(len(place), 0, -1):
            if place[:end] in self.lines:
                return f"{self.where}:{self.lines[place[:end]]}"
        return self.where


def read_document(path: Path) -> Document:
    """Return the value in a `.yaml`, `.toml` or `.json` file.

    Raises:
        SpecError: The file is absent, too large or too deep, not UTF-8, or not well-formed.
        UnsafeError: The file is Python, or has a YAML tag that would make an object.
    """
    readers = {".yaml": read_yaml, ".yml": read_yaml, ".toml": _read_toml, ".json": _read_json}
    kind = path.suffix.lower()
    if kind == ".py":
        raise UnsafeError(
            f"{path} is Python; a task spec is data, and ladder does not execute it.",
            next_step="Write the spec as .yaml, or pass a TaskSpec to ladder.run in your own code.",
        )
    if kind not in readers:
        raise SpecError(
            f"{path} does not end in .yaml, .yml, .toml or .json.",
            next_step="Give a task spec; `ladder init` writes one.",
        )
    return readers[kind](_text_of(path), path.name)


def read_yaml(text: str, where: str = "spec") -> Document:
    r"""Return the value of one YAML 1.2 document, built without making any object.

    >>> read_yaml("target: 0.8\nlabel: no\ncode: 007\n").value
    {'target': 0.8, 'label': 'no', 'code': '007'}
    """
    if len(text) > MOST_BYTES:
        raise SpecError(f"{where} is larger than 1 MiB.", next_step=_SMALLER)
    try:
        return _Builder(text, where).document()
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = where if mark is None else f"{where}:{mark.line + 1}"
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise SpecError(
            f"{place} cannot be read: {problem}.",
            next_step="Look at this line and the one before: indentation, quotes and colons.",
        ) from None


class _Builder:
    """Builds plain values from YAML events: bounded, without recursion in the library's reader."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self.yaml = YAML(typ="safe", pure=True)
        self.events: Iterator[events.Event] = self.yaml.parse(text)
        self.lines: dict[Place, int] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.values = 0

    def document(self) -> Document:
        """Return the only document of the stream."""
        value, documents = None, 0
        for event in self.events:
            if isinstance(event, events.DocumentStartEvent):
                documents += 1
            if documents > 1:
                self._fail(event, "starts a second document", "Keep one task in a file.")
            if isinstance(event, (events.NodeEvent,)):
                value = self._value(event, ())
        return Document(value, self.where, self.lines)

    def _value(self, event: Any, place: Place) -> Any:  # noqa: ANN401 - any YAML value
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        self._check(event, place)
        before = self.values
        self.values += 1
        if isinstance(event, events.ScalarEvent):
            value: Any = self._scalar(event)
        elif isinstance(event, events.SequenceStartEvent):
            value = self._sequence(place)
        else:
            value = self._mapping(place)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, self.values - before)
        return value

    def _check(self, event: Any, place: Place) -> None:  # noqa: ANN401 - any YAML event
        tag = str(event.tag) if event.tag is not None else ""
        if tag and tag not in _TAGS and tag != "!":
            raise UnsafeError(
                f"{self._at(event)} has the tag {tag!r}, which would make an object.",
                next_step="Remove the tag: a task spec holds text, numbers, lists and mappings.",
            )
        if len(place) > MOST_DEPTH:
            self._fail(event, f"is nested deeper than {MOST_DEPTH} levels", _SMALLER)
        self._count(event, 0)

    def _count(self, event: Any, more: int) -> None:  # noqa: ANN401 - any YAML event
        self.values += more
        if self.values > MOST_VALUES:
            self._fail(event, f"makes the spec larger than {MOST_VALUES:,} values", _SMALLER)

    def _alias(self, event: Any) -> Any:  # noqa: ANN401 - any YAML value
        if event.anchor not in self.anchors:
            self._fail(event, f"uses *{event.anchor}, which is not set before", "Set the anchor.")
        value, size = self.anchors[event.anchor]
        self._count(event, size)
        return value

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401 - any YAML scalar
        tag = event.tag or self.yaml.resolver.resolve(ScalarNode, event.value, event.implicit)
        kind = str(tag).rpartition(":")[2]
        if kind in ("int", "float") and _LEADING_ZERO.match(event.value) and "." not in event.value:
            return event.value
        if kind not in ("null", "bool", "int", "float"):
            return event.value
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark)
        construct = getattr(self.yaml.constructor, f"construct_yaml_{kind}")
        return construct(node)

    def _sequence(self, place: Place) -> list[Any]:
        items: list[Any] = []
        for event in self.events:
            if isinstance(event, events.SequenceEndEvent):
                break
            here = (*place, len(items))
            self.lines[here] = event.start_mark.line + 1
            items.append(self._value(event, here))
        return items

    def _mapping(self, place: Place) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, events.MappingEndEvent):
                break
            key = self._key(event)
            here = (*place, key)
            if key in pairs:
                first = self.lines[here]
                self._fail(event, f"repeats the key {key!r} of line {first}", "Keep one of them.")
            self.lines[here] = event.start_mark.line + 1
            pairs[key] = self._value(next(self.events), here)
        return pairs

    def _key(self, event: Any) -> str:  # noqa: ANN401 - any YAML event
        if not isinstance(event, events.ScalarEvent):
            self._fail(event, "has a key that is not text", "Write the key as one word.")
        self._check(event, ())
        return str(event.value)

    def _at(self, event: Any) -> str:  # noqa: ANN401 - any YAML event
        return f"{self.where}:{event.start_mark.line + 1}"

    def _fail(self, event: Any, problem: str, next_step: str) -> NoReturn:  # noqa: ANN401
        raise SpecError(f"{self._at(event)} {problem}.", next_step=next_step)


def _text_of(path: Path) -> str:
    if not path.is_file():
        raise SpecError(
            f"There is no file {path}." if not path.exists() else f"{path} is not a file.",
            next_step="Check the path, or write a spec with `ladder init`.",
        )
    if path.stat().st_size > MOST_BYTES:
        raise SpecError(f"{path.name} is larger than 1 MiB.", next_step=_SMALLER)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SpecError(
            f"{path.name}:{line} is not UTF-8 (byte {error.start}).",
            next_step="Save the file as UTF-8.",
        ) from None
    if not text.strip():
        raise SpecError(f"{path.name} is empty.", next_step="Write a spec with `ladder init`.")
    return text


def _read_toml(text: str, where: str) -> Document:
    try:
        return Document(tomllib.loads(text), where)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SpecError(
            f"{where} cannot be read: {error}.", next_step="Correct the TOML at this line."
        ) from None


def _read_json(text: str, where: str) -> Document:
    try:
        value = json.loads(text, object_pairs_hook=_pairs, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise SpecError(
            f"{where}:{error.lineno} cannot be read: {error.msg} (column {error.colno}).",
            next_step="Correct the JSON at this line.",
        ) from None
    except RecursionError:
        raise SpecError(f"{where} is nested too deeply.", next_step=_SMALLER) from None
    except ValueError as error:
        raise SpecError(f"{where}: {error}.", next_step="Keep one of them.") from None
    try:
        # JSON is YAML, but for some escapes and tabs: the lines come from there, if they can.
        lines = read_yaml(text, where).lines
    except SpecError:
        lines = {}
    return Document(value, where, lines)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the key {key!r} stands twice in one object")
        result[key] = value
    return result


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number of JSON")
