"""Printing: answers and JSON on stdout, messages for people on stderr."""

import io
import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ladder.errors import LadderError
from ladder.text import escaped, visible

if TYPE_CHECKING:
    from ladder.progress.working import Work

console = Console(stderr=True, highlight=False, soft_wrap=True)
"""For people: progress, findings, errors."""


def print_anything() -> None:
    """Let stdout and stderr spell out what their encoding lacks, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Print each warning that ladder itself gives as one line, once; others as Python does."""
    told: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        *place: Any,  # noqa: ANN401 - passed on as they are
        **more: Any,  # noqa: ANN401
    ) -> None:
        if not category.__module__.startswith("ladder."):
            as_before(message, category, *place, **more)
        elif str(message) not in told:
            told.add(str(message))
            tell(f"Note: {message}")

    with warnings.catch_warnings():
        as_before, warnings.showwarning = warnings.showwarning, show
        yield


def say(text: str) -> None:
    """Print the answer of a verb on stdout; what data could do to a terminal is spelled out."""
    say_styled(visible(text))


def say_styled(text: str) -> None:
    """Print text that is harmless already, with the terminal escapes that ladder put into it."""
    sys.stdout.write(text.rstrip("\n") + "\n")


def say_json(document: Any) -> None:  # noqa: ANN401 - plain values, and models among them
    """Print one JSON document on stdout."""
    from pydantic_core import to_jsonable_python

    plain = to_jsonable_python(document, by_alias=False)
    say_styled(escaped(json.dumps(plain, indent=2, ensure_ascii=False)))


def say_either(document: Any, text: str, *, as_json: bool) -> None:  # noqa: ANN401 - as `say_json`
    """Print the answer of a verb: as a JSON document where that is asked for, else as text."""
    say_json(document) if as_json else say(text)


def tell(text: str) -> None:
    """Print a line for people on stderr."""
    console.print(visible(text), markup=False)


@contextmanager
def alive(name: str, *, is_quiet: bool = False) -> Iterator["Work"]:
    """Show on stderr, as long as the block lasts, what is done, with a clock."""
    from ladder.progress.working import working

    with working(None if is_quiet else console, name) as work:
        yield work


def say_error(error: LadderError, *, as_json: bool) -> None:
    """Print what is wrong and what to do now; never a traceback."""
    if as_json:
        kind = type(error).__name__
        fields = {"code": error.exit_code, "kind": kind, "problem": str(error)}
        say_json({"error": {**fields, "next_step": error.next_step}})
        return
    tell(f"{type(error).__name__}: {error}")
    tell(f"Next: {error.next_step}")
