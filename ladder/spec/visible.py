"""Text of a stranger (data, answers, templates) made harmless for a terminal, and visible."""

import re

CONTROL = (
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Characters that have no shape of their own, or that change the shape of their neighbours."""

NAMES = {0: "NUL", 7: "BEL", 8: "BS", 11: "VT", 12: "FF", 13: "CR", 27: "ESC", 127: "DEL"}

_CONTROL = re.compile(CONTROL)


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
