r"""`spellings`: a text as people type it who lack its marks: umlauts, accents, vowel signs, indices.

It belongs to the lenient reading alone: `schon` and `schön` are two words, and no strict score
takes one for the other. The letters of Arabic are folded as by Lucene's ArabicNormalizer.
"""

import unicodedata

import regex

from ladder.scoring.plain_math import RAISED, plain_math
from ladder.scoring.plain_text import readable

_ACCENTS = regex.compile(r"(?<=[\p{Latin}\p{Greek}])[\u0300-\u036f]+")
_VOWEL_SIGNS = regex.compile(
    r"[\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
)
_ALEF = "\u0627"
_LETTERS = str.maketrans(
    {
        "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D",
        "þ": "th", "Þ": "Th", "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
        "\u0131": "i", "ħ": "h", "ё": "\u0435", "Ё": "\u0415",
        "أ": _ALEF, "إ": _ALEF, "آ": _ALEF, "ٱ": _ALEF, "ى": "ي", "ی": "ي", "ک": "ك", "ة": "\u0647",
    }
)  # fmt: skip
_TWO_LETTERS = str.maketrans(
    {
        "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue",
        "å": "aa", "Å": "Aa", "ø": "oe", "Ø": "Oe",
    }
)  # fmt: skip
_LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-")
_RAISED_RUN = regex.compile(r"(?<=[\p{L}\p{N})\]])(?:[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+[⁻⁺]?|[⁻⁺])")
_UNIT_POWER = regex.compile(r"(?<![\p{L}\p{N}])([kcdm]?m)([23])(?![\p{L}\p{N}])")
_SUB = regex.compile(r"<sub>\s*([\w+-]{1,8})\s*</sub>", regex.IGNORECASE)
_SUP = regex.compile(
    r"<sup>\s*([\w+-]{1,8})\s*</sup>|(?<=\w)\*\*(?=\d)|\^\{([\w+-]{1,8})\}", regex.IGNORECASE
)
_INDEX = regex.compile(
    r"(?<=(?<![\p{L}_])\p{L}|[A-Z][a-z]?|[)\]])\$?_(?:\{(\d{1,4})\}|(\d{1,4})(?!\d))\$?"
)


_ACRONYM = regex.compile(r"(?<![\p{L}\p{N}.])(?:\p{L}\.){2,}(?:\p{L}(?![\p{L}\p{N}]))?")
_HYPHEN = regex.compile(r"(?<=\p{L})[-\u2010\u2011](?=\p{Ll})")


def spellings(text: str) -> tuple[str, ...]:
    r"""Return a text without the marks of its letters: once left out, once as two letters.

    >>> spellings("Zürich"), spellings("São Paulo"), spellings("Oslo")
    (('Zurich', 'Zuerich'), ('Sao Paulo',), ('Oslo',))
    >>> spellings("H₂O"), spellings("H_2SO_4"), spellings("10 m²"), spellings(r"$\mathrm{CO_2}$")
    (('H2O',), ('H2SO4',), ('10 m^2',), ('CO2',))
    >>> spellings("U.S.A."), spellings("e-mail")
    (('USA',), ('email',))
    """
    typed = _joined(_typed(readable(text)))
    if typed.isascii():
        return (typed,)
    composed = unicodedata.normalize("NFC", typed)
    return tuple(dict.fromkeys((_bare(composed), _bare(composed.translate(_TWO_LETTERS)))))


def _joined(text: str) -> str:
    """Return a text with acronyms and words in one piece: `USA`, `email`."""
    if "." in text:
        text = _ACRONYM.sub(lambda found: str(found.group()).replace(".", ""), text)
    return str(_HYPHEN.sub("", text))


def _typed(text: str) -> str:
    """Return a text with indices and powers as they are typed without LaTeX or HTML."""
    if not text.isascii():
        text = _RAISED_RUN.sub(_raised, text)
        text = text.translate(_LOWERED)
    if "<" in text or "^" in text or "**" in text:
        text = _SUP.sub(lambda found: f"^{found.group(1) or found.group(2) or ''}", text)
        text = _SUB.sub(r"\1", text)
    if "_" in text:
        text = _INDEX.sub(lambda found: found.group(1) or found.group(2), text)
    return str(_UNIT_POWER.sub(r"\1^\2", plain_math(text)))


def _raised(found: "regex.Match[str]") -> str:
    typed = str(found.group()).translate(RAISED)
    return typed if typed in ("+", "-") else f"^{typed}"


def _bare(text: str) -> str:
    bare = _VOWEL_SIGNS.sub("", text.translate(_LETTERS))
    parted = unicodedata.normalize("NFD", bare)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", parted))
