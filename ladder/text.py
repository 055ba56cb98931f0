"""Text that nobody vouches for (data, answers, templates), made visible and harmless."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

CONTROL = (
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Characters that have no shape of their own, or that change the shape of their neighbours."""

NAMES = {0: "NUL", 7: "BEL", 8: "BS", 11: "VT", 12: "FF", 13: "CR", 27: "ESC", 127: "DEL"}

SPECIAL = (
    r"<\|[^|<>\n]{1,64}\|?>|<[^|<>\s]{1,64}\|>|<｜[^｜<>\n]{1,64}｜>|<</?SYS>>|</?s>"
    r"|</?(?:bos|eos|pad|unk|mask|start_of_turn|end_of_turn|think|tool_call|tool_response)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|CLS|SEP|PAD|UNK|MASK)\]"
)
"""What special tokens look like, for Python and JavaScript alike."""

REASONING_KEYS = ("reasoning_content", "reasoning", "thinking")
"""Keys under which a message holds what its model thought before it answered."""

_SHOWN = 8
_CONTROL = re.compile(CONTROL)
_PIECES = re.compile(f"(?P<special>{SPECIAL})|(?P<control>{CONTROL})|(?P<newline>\n)")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


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


def escaped(document: str) -> str:
    r"""Return a JSON document with its control characters escaped: the same values, harmless.

    >>> escaped('"a\u202eb"')
    '"a\\u202eb"'
    """
    return _CONTROL.sub(lambda match: f"\\u{ord(match.group()):04x}", document)


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


def without_escapes(text: str) -> str:
    r"""Return a text without the escape sequences that a terminal obeys.

    >>> without_escapes("a\x1b[31mred\x1b[0m")
    'ared'
    """
    return _ANSI.sub("", text)


def stripped(text: str) -> str:
    r"""Return a text without terminal escapes and control characters, for a terminal.

    >>> stripped("a\x1b[31mred\x1b[0m\u202eb")
    'aredb'
    """
    return _CONTROL.sub("", without_escapes(text))


def one_line(text: str, width: int) -> str:
    r"""Return a text on one line: breaks as `↵`, controls spelled out, cut with an ellipsis.

    >>> one_line("first\nsecond line", 14)
    'first↵ second…'
    """
    line = re.sub(r"[ \t]+", " ", visible(text).replace("\n", "↵ ")).strip()
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def listed(told: Sequence[str]) -> str:
    """Return the first of many rows, and how many more there are.

    >>> listed([str(at) for at in range(10)])
    '0; 1; 2; 3; 4; 5; 6; 7; and 2 more'
    """
    more = f"; and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return "; ".join(told[:_SHOWN]) + more


def joined(words: Sequence[str]) -> str:
    """Return words as a sentence lists them.

    >>> joined(["rag"]), joined(["rag", "rerank", "few_shot"])
    ('rag', 'rag, rerank and few_shot')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def capital(text: str) -> str:
    """Return a text whose first letter is a capital one.

    >>> capital("the search and not the model"), capital("")
    ('The search and not the model', '')
    """
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """Return a text whose first letter is a small one.

    >>> small("No model is asked.")
    'no model is asked.'
    """
    return text[:1].lower() + text[1:]


def hundredths(share: float) -> str:
    """Return a share or score with two places, and no zero before the point.

    >>> hundredths(0.846), hundredths(1.0)
    ('.85', '1.00')
    """
    return f"{share:.2f}".removeprefix("0")


def encodable(text: str) -> str:
    """Return a text that UTF-8 can hold: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _segment(match: re.Match[str]) -> Segment:
    if match.group("special") is not None:
        return Segment("special", match.group())
    if match.group("control") is not None:
        return Segment("control", name_of(match.group()))
    return Segment("newline", match.group())
