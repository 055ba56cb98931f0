"""`Document`: the plain value in a spec file, and on which line each part of it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml import YAML, events
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner, ScannerError

from ladder.errors import SpecError, UnsafeError

Place = tuple[str | int, ...]

MOST_BYTES = 262_144
MOST_DEPTH = 50
MOST_VALUES = 5_000
"""So that even a hostile spec is read or refused within a second."""

_TAGS = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
    "tag:yaml.org,2002:str",
    "tag:yaml.org,2002:seq",
    "tag:yaml.org,2002:map",
}
_KEY = "Write the key as one word; a text that begins with {{ needs quotes around it."
SMALLER = "Split it, or keep texts in files of their own and name those."
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


def read_yaml(text: str, where: str = "spec") -> Document:
    r"""Return the value of one YAML 1.2 document, built without making any object.

    >>> read_yaml("target: 0.8\nlabel: no\ncode: 007\n").value
    {'target': 0.8, 'label': 'no', 'code': '007'}
    """
    if len(text) > MOST_BYTES:
        raise too_large(where)
    try:
        return _Builder(text, where).document()
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SpecError(
            f"{where}:{line} holds a control character, which no text file should.",
            next_step="Remove it, and save the file as UTF-8 text.",
        ) from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = where if mark is None else f"{where}:{mark.line + 1}"
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise SpecError(
            f"{place} cannot be read: {problem}.",
            next_step="Look at this line and the one before: indentation, quotes and colons.",
        ) from None


def too_large(where: str) -> SpecError:
    """Return the refusal of a source with more bytes than a spec may have."""
    return SpecError(f"{where} is larger than {MOST_BYTES // 1024} KiB.", next_step=SMALLER)


class _Scanner(Scanner):
    """Stops at deep brackets: the library reads all of them before it gives the first event."""

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: str) -> None:  # noqa: ANN401, N803
        """Open one bracket, unless too many are open."""
        if len(self.flow_context) > MOST_DEPTH:
            problem = f"it is nested deeper than {MOST_DEPTH} levels"
            raise ScannerError(None, None, problem, self.reader.get_mark())
        super().fetch_flow_collection_start(TokenClass, to_push)


class _Builder:
    """Builds plain values from YAML events: bounded, without recursion in the library's reader."""

    def __init__(self, text: str, where: str) -> None:
        self.where = where
        self.yaml = YAML(typ="safe", pure=True)
        self.yaml.Scanner = _Scanner
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
            self._fail(event, f"is nested deeper than {MOST_DEPTH} levels", SMALLER)
        self._count(event, 0)

    def _count(self, event: Any, more: int) -> None:  # noqa: ANN401 - any YAML event
        self.values += more
        if self.values > MOST_VALUES:
            self._fail(event, f"makes the spec larger than {MOST_VALUES:,} values", SMALLER)

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
        try:
            return construct(node)
        except ValueError:
            self._fail(event, "is not a number that can be read", "Write it with fewer digits.")

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
            self._fail(event, "has a key that is not text", _KEY)
        self._check(event, ())
        return str(event.value)

    def _at(self, event: Any) -> str:  # noqa: ANN401 - any YAML event
        return f"{self.where}:{event.start_mark.line + 1}"

    def _fail(self, event: Any, problem: str, next_step: str) -> NoReturn:  # noqa: ANN401
        raise SpecError(f"{self._at(event)} {problem}.", next_step=next_step)
