"""`needed_literals`: pieces of text one of which must stand in a text for a pattern to match it.

To look for a piece of text takes a hundredth of the time that a pattern takes, so what has none of
the pieces need not be searched.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

_SHORTEST = 2


def needed_literals(pattern: str) -> tuple[str, ...]:
    r"""Return small-letter pieces, one of which is in every text that matches; empty where unknown.

    >>> needed_literals(r"\b(?:ignore|forget)s?\s+(?:all|any)?\s*rules?")
    ('forget', 'ignore')
    >>> needed_literals(r"\b(?:ignore|forget)\b"), needed_literals(r"\w+")
    (('forget', 'ignore'), ())
    """
    parser = import_module("re._parser")
    found = _of_sequence(parser.parse(pattern, re.IGNORECASE))
    return tuple(sorted(found or ()))


def _of_sequence(items: Iterable[Any]) -> frozenset[str] | None:
    """Return the best pieces of a sequence: those of its part whose shortest piece is longest."""
    choices: list[frozenset[str]] = []
    run = ""
    for operation, argument in items:
        name = str(operation)
        if name == "LITERAL":
            run += chr(argument).lower()
            continue
        choices += [frozenset([run])] if len(run) >= _SHORTEST else []
        run = ""
        inner = _of_item(name, argument)
        choices += [inner] if inner else []
    choices += [frozenset([run])] if len(run) >= _SHORTEST else []
    return max(choices, key=lambda some: (min(map(len, some)), -len(some)), default=None)


def _of_item(name: str, argument: Any) -> frozenset[str] | None:  # noqa: ANN401 - a parsed pattern
    if name == "SUBPATTERN":
        return _of_sequence(argument[-1])
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        return _of_sequence(argument[2]) if argument[0] >= 1 else None
    if name == "ASSERT" and argument[0] == 1:
        return _of_sequence(argument[1])
    if name == "BRANCH":
        branches = [_of_sequence(each) for each in argument[1]]
        known = [each for each in branches if each]
        return frozenset().union(*known) if len(known) == len(branches) else None
    return None
