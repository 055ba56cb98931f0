"""`LikelyPatterns`: which of many patterns may match a text, by the pieces of text that each needs.

To look for a piece of text takes a hundredth of the time that a pattern takes, so what has none of
the pieces need not be searched. (RE2 filters large sets of patterns in the same way.)
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from itertools import product
from typing import Any

_EDGE = "\0"
r"""Stands in a piece where a word begins or ends: `\\0ai` is in no `said`."""

_SHORTEST, _BEGINNING = 2, 3
"""Letters of the shortest piece, and those by which a piece is looked up."""

_MOST_ALTERNATIVES = 64
_GAPLESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[^\W{_GAPLESS}]+")
_PIECE = re.compile(rf"{_EDGE}?[^\W{_GAPLESS}]+{_EDGE}?")
"""A piece of a word, in scripts that part words; all others are looked for in the whole text."""

_LETTER = re.compile(r"\w")
_MOST_KEPT, _LONGEST_KEPT = 200_000, 40
"""Words whose pieces are kept, and letters of the longest of them."""

_USUAL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a all an and any are as at be by di die do for from give had has have her here hi him his how i "
        "if in is it l la le les line my new no not now of on one only or order point present rate she si "
        "so that the these they this to was what when will with you your",
    )
)
"""Words of most texts: a group that has one of them says little."""

_NO_WORD = ("CATEGORY_SPACE", "CATEGORY_NOT_WORD")
_EDGES = ("AT_BOUNDARY", "AT_BEGINNING", "AT_BEGINNING_STRING", "AT_END", "AT_END_STRING")


@dataclass(frozen=True, slots=True)
class NeededPieces:
    r"""What stands in every text that a pattern matches.

    Attributes:
        groups: Of each, one piece; where a word begins or ends, it has a `\\0`.
        choices: Of each, all that one of its alternatives needs.
    """

    groups: tuple[frozenset[str], ...] = ()
    choices: tuple[tuple["NeededPieces", ...], ...] = ()

    def rarest(self) -> frozenset[str]:
        """Return pieces of which one stands in every such text, and which most texts lack."""
        some = [
            *self.groups,
            *(frozenset[str]().union(*(each.rarest() for each in some)) for some in self.choices),
        ]
        return max(some, key=_rarity) if some else frozenset()

    def pieces(self) -> Iterator[str]:
        """Yield every piece."""
        for group in self.groups:
            yield from group
        for choice in self.choices:
            for each in choice:
                yield from each.pieces()


class LikelyPatterns:
    r"""Says which patterns may match a text of small letters.

    The pieces of a word are looked for once, in whatever texts it stands.

    >>> LikelyPatterns([r"\bforget\s+it", r"(?:say|write)\s+\d"]).of("you may forget to write it")
    [0, 1]
    >>> LikelyPatterns([r"\bai\b", r"\bai"]).of("an aim"), LikelyPatterns([r"\bai"]).of("he said")
    ([1], [])
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        needed = list(map(needed_pieces, patterns))
        pieces = {piece for each in needed for piece in each.pieces()}
        self._bits = {piece: 1 << at for at, piece in enumerate(sorted(pieces))}
        self._masks = [_Masks.of(each, self._bits) for each in needed]
        self._patterns: dict[str, int] = defaultdict(int)
        for at, each in enumerate(needed):
            for piece in each.rarest():
                self._patterns[piece] |= 1 << at
        self._always = sum(1 << at for at, each in enumerate(needed) if not each.rarest())
        in_words = {piece for piece in pieces if _PIECE.fullmatch(piece)}
        self._whole = sorted(pieces - in_words)
        self._whole_ascii = list(filter(str.isascii, self._whole))
        self._beginnings: dict[str, list[str]] = defaultdict(list)
        for piece in in_words:
            self._beginnings[piece[:_BEGINNING]].append(piece)
        self._known: set[str] = set()
        self._in_words: set[str] = set()
        self._rare_in_words: set[str] = set()
        self._found: dict[str, tuple[int, int]] = {}

    def of(self, text: str) -> list[int]:
        """Return the positions of the patterns whose pieces stand in the text."""
        words = set(text.split())
        if len(self._known) > _MOST_KEPT:
            self._forget(set(self._known))
        unknown = words - self._known
        for word in unknown:
            self._look_through(word)
        found = self._with(words, text)
        if long := {word for word in unknown if len(word) > _LONGEST_KEPT}:
            self._forget(long)
        return found

    def _with(self, words: set[str], text: str) -> list[int]:
        """Return the same, once every word is known; most texts have nothing that is rare."""
        bits, patterns = 0, self._always
        for piece in self._whole_ascii if text.isascii() else self._whole:
            if piece in text:
                bits |= self._bits[piece]
                patterns |= self._patterns.get(piece, 0)
        for word in words & self._rare_in_words:
            patterns |= self._found[word][1]
        if not patterns:
            return []
        for word in words & self._in_words:
            bits |= self._found[word][0]
        return [at for at in _set_bits(patterns) if self._masks[at].are_met(bits)]

    def _look_through(self, word: str) -> None:
        whole = "".join(f"{_EDGE}{part}{_EDGE}" for part in _WORD.findall(word))
        beginnings = [
            (at, whole[at:end])
            for at in range(len(whole) - 1)
            for end in (at + _SHORTEST, at + _BEGINNING)
        ]
        found = {
            piece
            for at, beginning in beginnings
            if beginning in self._beginnings
            for piece in self._beginnings[beginning]
            if whole.startswith(piece, at)
        }
        self._known.add(word)
        if not found:
            return
        bits = sum(self._bits[piece] for piece in found)
        patterns = reduce(int.__or__, (self._patterns.get(piece, 0) for piece in found))
        self._found[word] = (bits, patterns)
        self._in_words.add(word)
        if patterns:
            self._rare_in_words.add(word)

    def _forget(self, words: set[str]) -> None:
        self._known -= words
        self._in_words -= words
        self._rare_in_words -= words
        for word in words & self._found.keys():
            del self._found[word]


def _set_bits(number: int) -> Iterator[int]:
    """Yield the places of the ones in a number, the lowest first."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


@dataclass(frozen=True, slots=True)
class _Masks:
    """What a pattern needs, each group of pieces as the bits of one number."""

    groups: tuple[int, ...]
    choices: tuple[tuple["_Masks", ...], ...]

    @classmethod
    def of(cls, needed: NeededPieces, bits: Mapping[str, int]) -> "_Masks":
        of_choices = (
            frozenset[str]().union(*(each.rarest() for each in some)) for some in needed.choices
        )
        groups = sorted({*needed.groups, *of_choices}, key=_rarity, reverse=True)
        return cls(
            tuple(sum(bits[piece] for piece in group) for group in groups),
            tuple(tuple(cls.of(each, bits) for each in some) for some in needed.choices),
        )

    def are_met(self, found: int) -> bool:
        for group in self.groups:
            if not found & group:
                return False
        return all(any(each.are_met(found) for each in choice) for choice in self.choices)


def needed_pieces(pattern: str) -> NeededPieces:
    r"""Return what stands in every text of small letters that a pattern matches.

    >>> [sorted(group) for group in needed_pieces(r"\bforgets?\s+(?:all|any)?\s*rule").groups]
    [['\x00forget\x00', '\x00forgets\x00'], ['rule']]
    >>> needed_pieces(r"\w+")
    NeededPieces(groups=(), choices=())
    """
    parser = import_module("re._parser")
    return _of_sequence(parser.parse(pattern, re.IGNORECASE))


def _rarity(group: frozenset[str]) -> tuple[bool, int, int]:
    """Return how seldom one of a group is likely to stand in a text."""
    has_usual = any(piece.strip(_EDGE) in _USUAL_WORDS for piece in group)
    return not has_usual, min(map(len, group)), -len(group)


class _Run:
    """Letters of a pattern that follow one another, in all their alternatives."""

    def __init__(self, *, is_at_edge: bool) -> None:
        self.groups: list[frozenset[str]] = []
        self._alternatives = {_EDGE if is_at_edge else ""}

    @property
    def is_at_edge(self) -> bool:
        """Return whether a word begins here, if there is a letter."""
        return self._alternatives == {_EDGE}

    def add(self, texts: Iterable[str]) -> None:
        """Add what may stand next, one of some texts."""
        longer = {_joined(*pair) for pair in product(self._alternatives, texts)}
        if len(longer) > _MOST_ALTERNATIVES:
            self.end()
            longer = set(texts)
        self._alternatives = longer

    def edge(self) -> None:
        """Note that a word begins or ends here, if there is a letter."""
        self._alternatives = {_joined(each, _EDGE) for each in self._alternatives}
        self.end()
        self._alternatives = {_EDGE}

    def end(self) -> None:
        """End the run: what stands next does not follow it letter by letter."""
        pieces = {_as_piece(each) for each in self._alternatives}
        if all(len(each) >= _SHORTEST for each in pieces):
            self.groups.append(frozenset(pieces))
        self._alternatives = {""}


def _joined(text: str, more: str) -> str:
    """Return two parts of a run as one, with an edge only beside a letter."""
    if more == _EDGE:
        return text + _EDGE if text and _LETTER.fullmatch(text[-1]) else text
    if text == _EDGE and more and not _LETTER.fullmatch(more[0]):
        return more
    return text + more


def _as_piece(text: str) -> str:
    """Return a run as it is looked for: edges are known of words alone."""
    return text if _PIECE.fullmatch(text) else text.replace(_EDGE, "")


def _of_sequence(
    items: Sequence[Any], *, opens: bool = False, closes: bool = False
) -> NeededPieces:
    """Return what all parts of a sequence need.

    Args:
        items: The parts.
        opens: Whether a word begins before it.
        closes: Whether a word ends behind it.
    """
    run = _Run(is_at_edge=opens)
    choices: list[tuple[NeededPieces, ...]] = []
    ends = [*(_is_edge(str(name), argument) for name, argument in items), closes][1:]
    for (operation, argument), is_end in zip(items, ends, strict=True):
        name = str(operation)
        if _is_edge(name, argument):
            run.edge()
        elif (exact := _exact(name, argument)) is not None:
            run.add(exact)
        elif name != "ASSERT_NOT":
            at_edge = run.is_at_edge
            run.end()
            inner = _of_item(name, argument, opens=at_edge, closes=is_end)
            run.groups += inner.groups
            choices += inner.choices
    if closes:
        run.edge()
    run.end()
    return NeededPieces(tuple(dict.fromkeys(run.groups)), tuple(dict.fromkeys(choices)))


def _of_item(name: str, argument: Any, *, opens: bool, closes: bool) -> NeededPieces:  # noqa: ANN401 - a parsed pattern
    if name == "SUBPATTERN":
        return _of_sequence(argument[-1], opens=opens, closes=closes)
    if name in ("MAX_REPEAT", "MIN_REPEAT") and argument[0] >= 1:
        is_once = argument[1] == 1
        return _of_sequence(argument[2], opens=opens, closes=closes and is_once)
    if name == "ASSERT" and argument[0] == 1:
        return _of_sequence(argument[1], opens=opens)
    if name == "BRANCH":
        some = [_of_sequence(each, opens=opens, closes=closes) for each in argument[1]]
        if all(each != NeededPieces() for each in some):
            return NeededPieces(choices=(tuple(some),))
    return NeededPieces()


def _exact(name: str, argument: Any) -> set[str] | None:  # noqa: ANN401 - a parsed pattern
    """Return all texts that a part matches, where these are a few; None where they are not."""
    if name == "LITERAL":
        return {chr(argument).lower()}
    if name == "IN":
        is_few = len(argument) <= 4 and all(str(each) == "LITERAL" for each, _ in argument)
        return {chr(code).lower() for _, code in argument} if is_few else None
    if name == "SUBPATTERN":
        return _exact_sequence(argument[-1])
    if name == "BRANCH":
        return _united(map(_exact_sequence, argument[1]))
    if name in ("MAX_REPEAT", "MIN_REPEAT") and tuple(argument[:2]) == (0, 1):
        return _united([{""}, _exact_sequence(argument[2])])
    return None


def _united(some: Iterable[set[str] | None]) -> set[str] | None:
    found: set[str] = set()
    for each in some:
        if each is None:
            return None
        found |= each
    return found


def _exact_sequence(items: Iterable[Any]) -> set[str] | None:
    found = {""}
    for operation, argument in items:
        name = str(operation)
        some = {""} if name in ("AT", "ASSERT_NOT") else _exact(name, argument)
        if some is None:
            return None
        found = {one + other for one, other in product(found, some)}
        if len(found) > _MOST_ALTERNATIVES:
            return None
    return found


def _is_edge(name: str, argument: Any) -> bool:  # noqa: ANN401 - a parsed pattern
    """Return whether no letter stands here: an end of a word, or blanks and signs."""
    if name == "AT":
        return str(argument) in _EDGES
    if name == "LITERAL":
        return not _LETTER.fullmatch(chr(argument))
    if name in ("MAX_REPEAT", "MIN_REPEAT") and argument[0] >= 1:
        items = list(argument[2])
        return len(items) == 1 and str(items[0][0]) == "IN" and _are_no_letters(items[0][1])
    return name == "IN" and _are_no_letters(argument)


def _are_no_letters(items: Iterable[Any]) -> bool:
    return all(
        (str(operation) == "CATEGORY" and str(argument) in _NO_WORD)
        or (str(operation) == "LITERAL" and not _LETTER.fullmatch(chr(argument)))
        for operation, argument in items
    )
