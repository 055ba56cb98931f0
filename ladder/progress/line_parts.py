"""`fitted`: as many parts as fit into the width of a line; times and counts, written short."""

from collections.abc import Sequence
from typing import NamedTuple

SEPARATOR = " · "


class Part(NamedTuple):
    """A part of a line; of those that do not fit the one with the highest rank goes first."""

    rank: int
    text: str


def fitted(parts: Sequence[Part], width: int) -> str:
    """Return the parts that fit, in their order; the last one left is cut.

    >>> line = [Part(1, "3 of 5 left"), Part(2, "32 of 80"), Part(0, "best .62")]
    >>> fitted(line, 40), fitted(line, 24), fitted(line, 5)
    ('3 of 5 left · 32 of 80 · best .62', '3 of 5 left · best .62', 'best…')
    """
    kept = [part for part in parts if part.text]
    while len(kept) > 1 and len(_joined(kept)) > width:
        kept.remove(max(kept, key=lambda part: part.rank))
    line = _joined(kept)
    return line if len(line) <= width else f"{line[: max(width - 1, 0)]}…"


def _joined(parts: Sequence[Part]) -> str:
    return SEPARATOR.join(part.text for part in parts)


def clock(seconds: float) -> str:
    """Return a time as a clock shows it.

    >>> clock(7.9), clock(75), clock(3700)
    ('0:07', '1:15', '1:01:40')
    """
    whole = int(max(seconds, 0))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def about(seconds: float) -> str:
    """Return a guess at a time, no finer than it is.

    >>> about(3), about(44), about(100), about(3_000), about(9_000)
    ('a few seconds', '40 s', '2 min', '50 min', '2.5 h')
    """
    if seconds < 5:
        return "a few seconds"
    if seconds < 55:
        return f"{round(seconds / 10) * 10 or 10} s"
    if seconds < 5_400:
        return f"{max(1, round(seconds / 60))} min"
    return f"{seconds / 3600:.1f} h"


def tokens(count: int) -> str:
    """Return a number of tokens in few letters.

    >>> tokens(940), tokens(12_345), tokens(3_200_000)
    ('940 tokens', '12k tokens', '3.2M tokens')
    """
    if count < 1_000:
        return f"{count} tokens"
    if count < 1_000_000:
        return f"{count / 1_000:.0f}k tokens"
    return f"{count / 1_000_000:.1f}M tokens"
