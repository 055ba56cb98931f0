"""`LikelyPatterns`: which of many patterns may match a text, by the pieces of text that each needs.

To look for a piece of text takes a hundredth of the time that a pattern takes, so what has none of
the pieces need not be searched.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

_SHORTEST = 2
_WORD = re.compile(r"\w+")
_MOST_KEPT, _LONGEST_KEPT = 500_000, 40
"""Words whose pieces are kept, and letters of the longest of them."""

_NONE_NEEDED = 1


class LikelyPatterns:
    r"""Says which patterns may match a text of small letters.

    The pieces of a word are looked for once, in whatever texts it stands.

    >>> LikelyPatterns([r"\bforget\s+it", r"(?:say|write)\s+\d"]).of("you may forget to write it")
    [0, 1]
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        needed = [needed_literals(pattern) for pattern in patterns]
        pieces = {piece for groups in needed for group in groups for piece in group}
        self._bits = {piece: 2 << at for at, piece in enumerate(sorted(pieces))}
        self._masks = [
            [sum(self._bits[piece] for piece in group) for group in groups] or [_NONE_NEEDED]
            for groups in needed
        ]
        self._broken = [piece for piece in self._bits if not _WORD.fullmatch(piece)]
        self._beginnings: dict[str, list[str]] = defaultdict(list)
        for piece in self._bits.keys() - set(self._broken):
            self._beginnings[piece[:_SHORTEST]].append(piece)
        self._looked_through: set[str] = set()
        self._with_pieces: set[str] = set()
        self._found: dict[str, int] = {}

    def of(self, text: str) -> list[int]:
        """Return the positions of the patterns whose pieces all stand in the text."""
        words = set(_WORD.findall(text))
        found = _NONE_NEEDED
        for word in words - self._looked_through:
            found |= self._look_through(word)
        for word in words & self._with_pieces:
            found |= self._found[word]
        for piece in self._broken:
            if piece in text:
                found |= self._bits[piece]
        return [
            at
            for at, masks in enumerate(self._masks)
            if found & masks[0] and all(found & mask for mask in masks[1:])
        ]

    def _look_through(self, word: str) -> int:
        found = 0
        for at in range(len(word) - 1):
            for piece in self._beginnings.get(word[at : at + _SHORTEST], ()):
                if word.startswith(piece, at):
                    found |= self._bits[piece]
        if len(word) <= _LONGEST_KEPT and len(self._looked_through) < _MOST_KEPT:
            self._looked_through.add(word)
            if found:
                self._with_pieces.add(word)
                self._found[word] = found
        return found


def needed_literals(pattern: str) -> tuple[tuple[str, ...], ...]:
    r"""Return groups of lower-case pieces: a text that matches holds at least one piece of each group.

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
