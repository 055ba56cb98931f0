"""Texts in the form in which a copy is known: without what a copy may change."""

import re
import unicodedata

from ladder.data.split import normal_form

_POINT = re.compile(r"(?<=\d)[.,:](?=\d)")
_BLANK = re.compile(r"(?<=\d)\s+(?=\d)")
_MEANING = frozenset("#%&*/@+-_\x1e\x1f")
_CIVIL = re.compile(
    r"^(?:(?:please|kindly|hi|hello|hey|dear|ok|okay|well|so|um)\b[\s,.!:-]*)+"
    r"|(?:[\s,.!:-]*\b(?:please|kindly|thanks|thank you|thx|cheers)\b)+[\s,.!?:-]*$"
)


def same_letters(text: str) -> str:
    """Return a text without case, blanks and punctuation; signs that carry meaning stay.

    >>> same_letters("Where's  my Card?") == same_letters("wheres my card")
    True
    >>> same_letters("2 - 1?") == same_letters("2 + 1?"), same_letters("1.5") == same_letters("15")
    (False, False)
    """
    normal = normal_form(text)
    marked = _BLANK.sub("\x1f", _POINT.sub("\x1e", normal))
    return "".join(each for each in marked if _means(each)) or normal


def bare_letters(text: str) -> str:
    """Return the same without words of courtesy at either end.

    >>> bare_letters("Hi, please: where is my card? Thanks!")
    'whereismycard'
    """
    normal = normal_form(text)
    return same_letters(_CIVIL.sub("", normal) or normal)


def _means(character: str) -> bool:
    """Return whether two texts differ that differ in this character."""
    return (
        character.isalnum()
        or character in _MEANING
        or unicodedata.category(character) in ("Sm", "Sc", "Mn", "Mc", "So")
    )
