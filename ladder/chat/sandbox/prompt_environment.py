"""The jinja environment of the user's own prompts: no reach into Python, nothing left out quietly."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

OUTPUT_CHARACTERS = 1_000_000


def within_limit(pieces: Iterable[str], *, given: int = 0) -> Iterator[str]:
    """Yield a template's output piece by piece; raise OverflowError where it grows too long.

    The data has `given` characters, and may be long without any fault of the template.
    """
    length = -given
    for piece in pieces:
        length += len(piece)
        if length > OUTPUT_CHARACTERS:
            raise OverflowError(f"more than {OUTPUT_CHARACTERS:,} characters of output")
        yield piece


def fill_within_limit(template: Template, columns: Mapping[str, Any]) -> str:
    """Return a prompt template's text; raise OverflowError where it outgrows its data."""
    given = sum(len(value) for value in columns.values() if isinstance(value, str))
    return "".join(within_limit(template.generate(columns), given=given))


class PromptEnvironment(ImmutableSandboxedEnvironment):
    """Jinja for prompts, without the powers that make a number or a text without end."""

    intercepted_binops = frozenset({"**", "*"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Refuse `**`, and `*` of anything but numbers."""
        del context
        if operator == "*" and isinstance(left, (int, float)) and isinstance(right, (int, float)):
            return left * right
        raise SecurityError(f"{operator} is not allowed here")


PROMPTS = PromptEnvironment()
