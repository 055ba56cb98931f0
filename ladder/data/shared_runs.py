"""Which of many texts share runs of letters, or rare words, with which others: in numpy, in blocks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

RUN = 8
"""Letters of a run: rarely the same by chance, and most of a text stays after one word changed."""

_BLOCK_LETTERS = 250_000
"""Letters of other texts that are looked through at once: their keys stay in the processor's cache."""

_MOST_MATCHES = 2_000_000
"""Matches followed up in a block. Beyond it the runs that most texts share are passed over."""

_TABLE_BITS = 22
_DISTANCE_BITS = 25
_MIDDLE = 1 << (_DISTANCE_BITS - 1)
_BASE, _MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)


class Keys(NamedTuple):
    """Keys (64-bit hashes), the text that each belongs to, and where in it each stands."""

    hashes: Hashes
    owners: Ints
    places: Ints


class TextRuns(NamedTuple):
    """The runs of some texts that stand behind one another, also those that begin in one and end in the next.

    Attributes:
        hashes: A key for each.
        starts: Where each text begins.
        lengths: Letters of each text, and the one that parts it from the next.
    """

    hashes: Hashes
    starts: Ints
    lengths: Ints

    def keys(self, at: Ints) -> Keys:
        """Return the keys of the runs at some places that lie within one text."""
        owners = np.searchsorted(self.starts, at, side="right") - 1
        places = at - self.starts[owners]
        is_whole = places + RUN < self.lengths[owners]
        return Keys(self.hashes[at[is_whole]], owners[is_whole], places[is_whole])


class Places(NamedTuple):
    """Pairs of a text and another that share enough, and where.

    Attributes:
        at: Position of the text.
        to: Position of the other text.
        low: The least distance from a place in the text to the same place in the other.
        high: The greatest.
    """

    at: int
    to: int
    low: int
    high: int


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
    """Finds the keys of some texts among the keys of others."""

    def __init__(self, keys: Keys, n: int) -> None:
        order = np.argsort(keys.hashes, kind="stable")
        self._owners, self._places = keys.owners[order], keys.places[order]
        self._keys, self._starts, self._counts = np.unique(
            keys.hashes[order], return_index=True, return_counts=True
        )
        self._table = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
        self._table[_slot(self._keys)] = True
        self._kept = np.bincount(keys.owners, minlength=n)
        self._commonest = np.argsort(-self._counts, kind="stable")

    def find(
        self, runs: TextRuns, least: Callable[[Ints], Ints], *, spread: int, most: int | None = None
    ) -> Iterator[Places]:
        """Yield the pairs of texts that share enough keys, at about the same distance.

        Args:
            runs: Those of the other texts.
            least: How many each text must share, given how many of its keys are looked for.
            spread: How much the distances may differ.
            most: Texts that share a key from which it is passed over.
        """
        keys = runs.keys(np.flatnonzero(self._table[_slot(runs.hashes)]))
        numbers = self._known(keys.hashes)
        found = np.flatnonzero(numbers >= 0)
        numbers = numbers[found]
        common = self._common(numbers, most=most)
        is_rare = ~common[numbers]
        found, numbers = found[is_rare], numbers[is_rare]
        lost = self._owners[np.repeat(common, self._counts)]
        kept = self._kept - np.bincount(lost, minlength=len(self._kept))
        times = self._counts[numbers]
        hit = np.repeat(found, times)
        first = np.repeat(np.cumsum(times) - times, times)
        inner = np.repeat(self._starts[numbers], times) + np.arange(len(hit)) - first
        pairs = keys.owners[hit] * len(kept) + self._owners[inner]
        distances = keys.places[hit] - self._places[inner]
        # One sorted number holds both: first the pair, then the distance.
        matches = np.sort((pairs << _DISTANCE_BITS) + distances + _MIDDLE)
        yield from self._clusters(matches, least(kept), spread)

    def _clusters(self, matches: Ints, least: Ints, spread: int) -> Iterator[Places]:
        pairs = matches >> _DISTANCE_BITS
        starts = np.flatnonzero(np.diff(pairs, prepend=-1) != 0)
        counts = np.diff(np.append(starts, len(pairs)))
        # Most pairs share a run or two by chance, and are done with here.
        wanted = np.maximum(1, least[pairs[starts] % len(least)])
        is_likely = np.repeat(counts >= wanted, counts)
        matches, pairs = matches[is_likely], pairs[is_likely]
        wanted = np.repeat(wanted, counts)[is_likely]
        ends = np.searchsorted(matches, matches + spread, side="right")
        sizes = ends - np.arange(len(matches))
        enough = np.flatnonzero(sizes >= wanted)
        # Of the places of a pair, the one that shares the most comes first.
        order = enough[np.lexsort((-sizes[enough], pairs[enough]))]
        best = order[np.diff(pairs[order], prepend=-1) != 0]
        low = (matches[best] & ((1 << _DISTANCE_BITS) - 1)) - _MIDDLE
        high = (matches[ends[best] - 1] & ((1 << _DISTANCE_BITS) - 1)) - _MIDDLE
        to, at = np.divmod(pairs[best], len(least))
        columns = (at.tolist(), to.tolist(), low.tolist(), high.tolist())
        yield from map(Places._make, zip(*columns, strict=True))

    def _known(self, hashes: Hashes) -> Ints:
        """Return the number of each key, or -1 where it is none."""
        if not len(self._keys):
            return np.full(len(hashes), -1, dtype=np.int64)
        place = np.searchsorted(self._keys, hashes)
        place[place == len(self._keys)] = 0
        return np.where(self._keys[place] == hashes, place, -1)

    def _common(self, keys: Ints, *, most: int | None) -> npt.NDArray[np.bool_]:
        """Return the keys that stand in more than so many texts, or are too many to follow up."""
        matches = np.bincount(keys, minlength=len(self._keys)) * self._counts
        common = self._counts > (most or len(self._owners))
        order = self._commonest
        left = np.cumsum(np.where(common, 0, matches)[order][::-1])[::-1]
        common[order[left > _MOST_MATCHES]] = True
        return common


def run_keys(texts: Sequence[str]) -> Keys:
    """Return a key for every run of `RUN` letters."""
    runs = runs_of(texts)
    return runs.keys(np.arange(len(runs.hashes), dtype=np.int64))


def runs_of(texts: Sequence[str]) -> TextRuns:
    """Return the same before it is told which of them lie within one text."""
    joined = "".join(text + "\0" for text in texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    hashes = codes.astype(np.uint64) * _MIX
    width = 1
    while width < RUN:
        hashes = hashes[:-width] * _power(width) + hashes[width:]
        width *= 2
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    return TextRuns(hashes, np.cumsum(lengths) - lengths, lengths)


def _power(exponent: int) -> np.uint64:
    return np.uint64(pow(int(_BASE), exponent, 1 << 64))


def _slot(hashes: Hashes) -> Hashes:
    return hashes >> np.uint64(64 - _TABLE_BITS)
