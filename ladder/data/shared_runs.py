"""Which of many texts share runs of letters, or rare words, with which others: in numpy, in blocks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

RUN = 8
"""Letters of a run: rarely the same by chance, and most of a text stays after one word changed."""

_BLOCK_LETTERS = 1_500_000
_COMMON = 200
"""Texts that share a key from which it tells none of them from another."""

_MOST_MATCHES = 4_000_000
"""Matches followed up in a block. Beyond it the runs that most texts share are passed over."""

_TABLE_BITS = 22
_BASE, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u31a0-\u31bf\u31f0-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Keys(NamedTuple):
    """Keys (64-bit hashes), the text that each belongs to, and where in it each stands."""

    hashes: Hashes
    owners: Ints
    places: Ints


class Shared(NamedTuple):
    """Places at which a text and another share a key, sorted by text, other text and diagonal.

    Attributes:
        at: Position of the text.
        to: Position of the other text.
        diagonal: Place in the other less place in the text: alike for one passage of both.
        kept: For each text, how many of its keys were looked for.
    """

    at: Ints
    to: Ints
    diagonal: Ints
    kept: Ints

    def groups(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield each pair of texts, with the first and the end of its places."""
        if not len(self.at):
            return
        is_new = (np.diff(self.at, prepend=-1) != 0) | (np.diff(self.to, prepend=-1) != 0)
        firsts = np.flatnonzero(is_new)
        ends = np.append(firsts[1:], len(self.at))
        # A pair that shares a single key is never enough, and there are very many of them.
        many = ends - firsts > 1
        firsts, ends = firsts[many], ends[many]
        columns = (self.at[firsts], self.to[firsts], firsts, ends)
        yield from zip(*(column.tolist() for column in columns), strict=True)


def stretched(letters: str) -> str:
    """Return letters with each character of a dense script threefold: it says as much as three.

    >>> stretched("a卡")
    'a卡卡卡'
    """
    return letters if letters.isascii() else _DENSE.sub(r"\g<0>\g<0>\g<0>", letters)


def blocks(texts: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the texts in blocks of some million letters, each with the position of its first."""
    start, block, letters = 0, list[str](), 0
    for text in texts:
        block.append(text)
        letters += len(text)
        if letters > _BLOCK_LETTERS:
            yield start, block
            start, block, letters = start + len(block), [], 0
    if block:
        yield start, block


class KeyIndex:
    """Finds the keys of some texts among the keys of others.

    Args:
        keys: Those of the texts.
        n: How many texts there are.
    """

    def __init__(self, keys: Keys, n: int) -> None:
        order = np.argsort(keys.hashes, kind="stable")
        self._owners, self._places = keys.owners[order], keys.places[order]
        self._keys, self._starts, self._counts = np.unique(
            keys.hashes[order], return_index=True, return_counts=True
        )
        self._table = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
        self._table[_slot(self._keys)] = True
        self._kept = np.bincount(keys.owners, minlength=n)

    def find(self, keys: Keys, *, is_distinct: bool = False) -> Shared:
        """Return all places at which one of the keys stands, the most common keys left out.

        Args:
            keys: Those of the other texts.
            is_distinct: Whether a key counts once in each of the other texts.
        """
        numbers = self._known(keys.hashes)
        found = np.flatnonzero(numbers >= 0)
        if is_distinct:
            pairs = keys.owners[found] * len(self._keys) + numbers[found]
            found = found[np.unique(pairs, return_index=True)[1]]
        numbers = numbers[found]
        common = self._common(numbers)
        is_rare = ~common[numbers]
        found, numbers = found[is_rare], numbers[is_rare]
        lost = self._owners[np.repeat(common, self._counts)]
        kept = self._kept - np.bincount(lost, minlength=len(self._kept))
        times = self._counts[numbers]
        hit = np.repeat(found, times)
        first = np.repeat(np.cumsum(times) - times, times)
        inner = np.repeat(self._starts[numbers], times) + np.arange(len(hit)) - first
        at, to = self._owners[inner], keys.owners[hit]
        diagonal = keys.places[hit] - self._places[inner]
        order = np.lexsort((diagonal, to * len(kept) + at))
        return Shared(at[order], to[order], diagonal[order], kept)

    def _known(self, hashes: Hashes) -> Ints:
        """Return the number of each key, or -1 where it is none."""
        numbers = np.full(len(hashes), -1, dtype=np.int64)
        maybe = np.flatnonzero(self._table[_slot(hashes)]) if len(self._keys) else numbers[:0]
        place = np.searchsorted(self._keys, hashes[maybe])
        place[place == len(self._keys)] = 0
        is_key = self._keys[place] == hashes[maybe] if len(maybe) else np.zeros(0, dtype=np.bool_)
        numbers[maybe[is_key]] = place[is_key]
        return numbers

    def _common(self, keys: Ints) -> npt.NDArray[np.bool_]:
        """Return the keys that stand in so many texts that they tell none from another."""
        matches = np.bincount(keys, minlength=len(self._keys)) * self._counts
        common = self._counts > _COMMON
        order = np.argsort(-self._counts, kind="stable")
        left = np.cumsum(np.where(common, 0, matches)[order][::-1])[::-1]
        common[order[left > _MOST_MATCHES]] = True
        return common


def run_keys(texts: Sequence[str]) -> Keys:
    """Return a key for every run of `RUN` letters."""
    codes, starts = _codes(texts, "\0")
    hashes = codes * _MIX
    width = 1
    while width < RUN:
        power = _power(width)
        hashes = hashes[:-width] * power + hashes[width:]
        width *= 2
    at = np.arange(len(hashes), dtype=np.int64)
    owners = np.searchsorted(starts, at, side="right") - 1
    ends = np.append(starts[1:], len(codes)) - 1
    is_whole = at + RUN <= ends[owners]
    return Keys(hashes[is_whole], owners[is_whole], (at - starts[owners])[is_whole])


def word_keys(texts: Sequence[str]) -> Keys:
    """Return a key for every word of spaced texts; all stand at the place 0."""
    codes, starts = _codes(texts, "\n")
    is_gap = (codes == ord(" ")) | (codes == ord("\n"))
    is_start = ~is_gap & np.concatenate(([True], is_gap[:-1]))
    words = np.flatnonzero(is_start)
    if not len(words):
        return Keys(np.zeros(0, dtype=np.uint64), words, words)
    inside = np.arange(len(codes)) - words[np.maximum(np.cumsum(is_start) - 1, 0)]
    powers = np.array([_power(at) for at in range(64)], dtype=np.uint64)
    values = np.where(is_gap, np.uint64(0), codes * _MIX * powers[np.clip(inside, 0, 63)])
    owners = np.searchsorted(starts, words, side="right") - 1
    return Keys(np.add.reduceat(values, words), owners, np.zeros_like(owners))


def _codes(texts: Sequence[str], end: str) -> tuple[Hashes, Ints]:
    """Return the characters of all texts, each text closed by `end`, and where each text begins."""
    joined = "".join(text + end for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    return codes.astype(np.uint64), np.cumsum(lengths) - lengths


def _power(exponent: int) -> np.uint64:
    return np.uint64(pow(int(_BASE), exponent, 1 << 64))


def _slot(hashes: Hashes) -> Hashes:
    return (hashes * _MIX) >> np.uint64(64 - _TABLE_BITS)
