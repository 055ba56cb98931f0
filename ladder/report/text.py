"""Model text is data: special tokens, control characters and line breaks made visible."""

import re
from dataclasses import dataclass
from typing import Literal

from ladder.data.quoting import SPECIAL

CONTROL = (
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Characters that have no shape of their own, or that change the shape of their neighbours."""

NAMES = {0: "NUL", 7: "BEL", 8: "BS", 11: "VT", 12: "FF", 13: "CR", 27: "ESC", 127: "DEL"}

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


def name_of(character: str) -> str:
    r"""Return the name under which a control character is shown.

    >>> name_of("\x1b"), name_of("\u202e")
    ('ESC', 'U+202E')
    """
    code = ord(character)
    return NAMES.get(code, f"U+{code:04X}")


def visible(text: str) -> str:
    r"""Return a text in which every control character is spelled out; breaks and tabs stay.

    >>> visible("a\x1b[2Jb")
    'a⟨ESC⟩[2Jb'
    """
    return _CONTROL.sub(lambda match: f"⟨{name_of(match.group())}⟩", text)


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
