"""`places_of`: where many short texts stand in a long one, in the time that a few finds take."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

_WIDTH = 4
"""Bytes of each text by which places are told at once."""

_BITS = 20
_TOGETHER = 1 << 22
_SAMPLE = 1 << 20
"""Bytes by which it is learnt which parts of a text are rare."""


class _RarePart(NamedTuple):
    """A rare part of a text, and how far from its beginning it stands."""

    number: int
    offset: int


def places_of(needles: Sequence[bytes], text: bytes, *, most: int) -> list[list[int]]:
    """Return where each of some texts stands in a long one: its first `most` places, in order.

    >>> places_of([b"gate", b"code", b"no"], b"gate code, gate", most=9)
    [[0, 11], [5], []]
    """
    found: list[list[int]] = [[] for _ in needles]
    anchors: dict[int, list[_RarePart]] = defaultdict(list)
    often = np.bincount(_slots(_codes(text[:_SAMPLE])), minlength=1 << _BITS)
    for number, needle in enumerate(needles):
        if len(needle) < _WIDTH:
            found[number] = _found_one_by_one(needle, text, most)
            continue
        codes = _codes(needle)
        offset = int(often[_slots(codes)].argmin())
        anchors[int(codes[offset])].append(_RarePart(number, offset))
    wanted = np.array(sorted(anchors), dtype=np.uint32)
    is_likely = np.zeros(1 << _BITS, dtype=np.bool_)
    is_likely[_slots(wanted)] = True
    for start in range(0, len(text) if anchors else 0, _TOGETHER):
        codes = _codes(text[start : start + _TOGETHER + _WIDTH - 1])
        likely = np.flatnonzero(is_likely[_slots(codes)])
        hits = likely[np.isin(codes[likely], wanted)]
        for at, code in zip((hits + start).tolist(), codes[hits].tolist(), strict=True):
            for number, offset in anchors[code]:
                places = found[number]
                if len(places) < most and text.startswith(needles[number], at - offset):
                    places.append(at - offset)
    return found


def _codes(text: bytes) -> npt.NDArray[np.uint32]:
    """Return each run of four bytes as a number."""
    each = np.frombuffer(text, dtype=np.uint8).astype(np.uint32)
    n = max(len(each) - _WIDTH + 1, 0)
    found: npt.NDArray[np.uint32] = np.zeros(n, dtype=np.uint32)
    for at in range(_WIDTH):
        found |= each[at : at + n] << np.uint32(8 * at)
    return found


def _slots(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Return numbers of few bits that stand for codes (Knuth's multiplicative hash)."""
    spread: npt.NDArray[np.uint32] = (codes * np.uint32(2654435761)) >> np.uint32(32 - _BITS)
    return spread


def _found_one_by_one(needle: bytes, text: bytes, most: int) -> list[int]:
    found: list[int] = []
    start = text.find(needle) if needle else -1
    while start >= 0 and len(found) < most:
        found.append(start)
        start = text.find(needle, start + 1)
    return found
