"""Model text is data: special tokens, control characters and line breaks made visible."""

import re
from dataclasses import dataclass
from typing import Literal

from ladder.data.quoting import SPECIAL
from ladder.spec.visible import CONTROL, name_of, visible

_PIECES = re.compile(f"(?P<special>{SPECIAL})|(?P<control>{CONTROL})|(?P<newline>\n)")
_CONTROL = re.compile(CONTROL)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of model text: plain, or one thing that must be made visible."""

    kind: Literal["plain", "special", "control", "newline"]
    text: str


def segments(text: str) -> list[Segment]:
    r"""Return the pieces of a text, in order.

    >>> [(piece.kind, piece.text) for piece in segments("<s>a\x1bb")]
    [('special', '<s>'), ('plain', 'a'), ('control', 'ESC'), ('plain', 'b')]
    """
    pieces: list[Segment] = []
    end = 0
    for match in _PIECES.finditer(text):
        if match.start() > end:
            pieces.append(Segment("plain", text[end : match.start()]))
        pieces.append(_segment(match))
        end = match.end()
    if end < len(text):
        pieces.append(Segment("plain", text[end:]))
    return pieces


def stripped(text: str) -> str:
    r"""Return a text without terminal escapes and control characters, for a terminal.

    >>> stripped("a\x1b[31mred\x1b[0m\u202eb")
    'aredb'
    """
    return _CONTROL.sub("", _ANSI.sub("", text))


def one_line(text: str, width: int) -> str:
    r"""Return a text on one line: breaks as `↵`, controls spelled out, cut with an ellipsis.

    >>> one_line("first\nsecond line", 14)
    'first↵ second…'
    """
    line = re.sub(r"[ \t]+", " ", visible(text).replace("\n", "↵ ")).strip()
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def _segment(match: re.Match[str]) -> Segment:
    if match.group("special") is not None:
        return Segment("special", match.group())
    if match.group("control") is not None:
        return Segment("control", name_of(match.group()))
    return Segment("newline", match.group())
