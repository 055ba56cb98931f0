"""`needed_literals`: pieces of text one of which must stand in a text for a pattern to match it.

To look for a piece of text takes a hundredth of the time that a pattern takes, so what has none of
the pieces need not be searched.
"""

import re
from collections.abc import Iterable
from importlib import import_module
from typing import Any

_SHORTEST = 2


def needed_literals(pattern: str) -> tuple[tuple[str, ...], ...]:
    r"""Return groups of small-letter pieces: of each, one is in every text that matches.

    >>> needed_literals(r"\b(?:ignore|forget)s?\s+(?:all|any)?\s*rules?")
    (('forget', 'ignore'), ('rule',))
    >>> needed_literals(r"\b(?:ignore|forget)\b"), needed_literals(r"\w+")
    ((('forget', 'ignore'),), ())
    """
    parser = import_module("re._parser")
    found = dict.fromkeys(_of_sequence(parser.parse(pattern, re.IGNORECASE)))
    return tuple(tuple(sorted(group)) for group in sorted(found, key=_rarity, reverse=True))


def _rarity(group: frozenset[str]) -> tuple[int, int]:
    """Return how seldom one of a group is likely to stand in a text."""
    return min(map(len, group)), -len(group)


def _of_sequence(items: Iterable[Any]) -> list[frozenset[str]]:
    """Return the groups of all parts of a sequence."""
    groups: list[frozenset[str]] = []
    run = ""
    for operation, argument in items:
        name = str(operation)
        if name == "LITERAL":
            run += chr(argument).lower()
            continue
        groups += [frozenset([run])] if len(run) >= _SHORTEST else []
        run = ""
        groups += _of_item(name, argument)
    return groups + ([frozenset([run])] if len(run) >= _SHORTEST else [])


def _of_item(name: str, argument: Any) -> list[frozenset[str]]:  # noqa: ANN401 - a parsed pattern
    if name == "SUBPATTERN":
        return _of_sequence(argument[-1])
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        return _of_sequence(argument[2]) if argument[0] >= 1 else []
    if name == "ASSERT" and argument[0] == 1:
        return _of_sequence(argument[1])
    if name == "BRANCH":
        branches = [_of_sequence(each) for each in argument[1]]
        if all(branches):
            return [frozenset[str]().union(*(max(each, key=_rarity) for each in branches))]
    return []
