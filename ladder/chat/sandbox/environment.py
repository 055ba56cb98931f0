"""The jinja environment of chat templates: transformers' own behaviour, frozen in time.

The text that comes out equals what transformers 5.23 gives, with two differences on purpose: the
clock stands still, so that a run can be repeated, and an unsafe attribute raises where
transformers prints nothing, so that an escape attempt is seen.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.parser import Parser
from jinja2.runtime import Macro, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace


class GenerationMarkers(jinja2.ext.Extension):
    """The tag `{% generation %}`, which marks what the model itself writes."""

    tags = {"generation"}  # noqa: RUF012 - jinja's own attribute

    def parse(self, parser: Parser) -> nodes.Node:
        """Turn the block into a call of `ChatEnvironment.mark`."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_mark"), [], [], body).set_lineno(line)

    def _mark(self, caller: Macro) -> str:
        text = str(caller())
        environment = self.environment
        if isinstance(environment, ChatEnvironment) and environment.pieces is not None:
            start = sum(map(len, environment.pieces))
            environment.spans.append((start, start + len(text)))
        return text


class TemplateDict:
    """What templates see as `dict`: it builds dictionaries and has no attributes to climb."""

    def __call__(self, *pairs: Any, **items: Any) -> dict[Any, Any]:  # noqa: ANN401
        """Return a new dictionary."""
        return dict(*pairs, **items)

    def fromkeys(self, *arguments: Any) -> dict[Any, Any]:  # noqa: ANN401
        """Return `dict.fromkeys` of the arguments."""
        return dict.fromkeys(*arguments)


class TemplateNamespace(Namespace):
    """What templates see as `namespace`: names that start with an underscore are refused."""

    def __init__(*arguments: Any, **items: Any) -> None:  # noqa: ANN401
        self, rest = arguments[0], arguments[1:]
        attributes = dict(*rest, **items)
        for name in attributes:
            _refuse_private(name)
        Namespace.__init__(self, attributes)

    def __setitem__(self, name: str, value: Any) -> None:  # noqa: ANN401
        _refuse_private(name)
        super().__setitem__(name, value)


def _refuse_private(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise jinja2.exceptions.SecurityError(f"a namespace cannot hold the private name {name!r}")


class ChatEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox in which one chat template at a time is compiled and rendered."""

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[GenerationMarkers, jinja2.ext.loopcontrols],
        )
        self.now = datetime(2026, 1, 1, 12)
        self.pieces: list[str] | None = None
        self.spans: list[tuple[int, int]] = []
        self.filters["tojson"] = _to_json
        self.globals["raise_exception"] = _raise_exception
        self.globals["strftime_now"] = self.format_now
        self.globals["dict"] = TemplateDict()
        self.globals["namespace"] = TemplateNamespace

    def unsafe_undefined(self, obj: Any, attribute: str) -> Undefined:  # noqa: ANN401
        """Raise instead of printing nothing: an escape attempt must be seen."""
        raise jinja2.exceptions.SecurityError(
            f"access to attribute {attribute!r} of a {type(obj).__name__} is unsafe"
        )

    def format_now(self, form: str) -> str:
        """Return the frozen time in a format of `strftime`."""
        return self.now.strftime(form)

    @contextmanager
    def collect(self) -> Iterator[list[str]]:
        """Collect the pieces of one render, and the spans of its generation blocks."""
        self.pieces, self.spans = [], []
        try:
            yield self.pieces
        finally:
            self.pieces = None


def _raise_exception(message: str) -> None:
    raise jinja2.exceptions.TemplateError(message)


def _to_json(  # jinja's own filter escapes HTML, and templates are not HTML
    value: Any,  # noqa: ANN401
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - templates pass it by position
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )
