"""`read_number`: which values a written number has where `.` and `,` may mean either thing."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Convention = Literal["point", "comma"]
"""Which mark stands before the decimals: 1,234.5 or 1.234,5."""

_GROUPS = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
_INDIAN = re.compile(r"[1-9]\d?(?:,\d{2})+,\d{3}")
_SPACED = re.compile(r"(?<=\d)[ '’_](?=\d)")
_MOST_DIGITS = 400


@dataclass(frozen=True)
class NumberValues:
    """The values of a written number.

    Attributes:
        point: Its value where `.` stands before the decimals.
        comma: Its value where `,` does.
        shows: The convention that the number can be written in alone, if there is but one.
    """

    point: Fraction
    comma: Fraction
    shows: Convention | None = None


def read_number(written: str) -> NumberValues | None:
    """Return the values of a number of digits and marks; nothing where it is none, or a list.

    >>> read_number("1,234")
    NumberValues(point=Fraction(1234, 1), comma=Fraction(617, 500), shows=None)
    >>> read_number("1.000,50").shows, read_number("7,5").comma, read_number("10,00,000").point
    ('comma', Fraction(15, 2), Fraction(1000000, 1))
    >>> read_number("1.2.3"), read_number("1,2,3")
    (None, None)
    """
    text = _SPACED.sub("", written)
    marks = [character for character in text if character in ".,"]
    if len(text) > _MOST_DIGITS:
        return None
    if not marks:
        return _one(Fraction(int(text)), None)
    if len(set(marks)) == 2:
        return _both_marks(text, marks)
    return _one_mark(text, marks[0], len(marks), is_grouped=text != written)


def _one(value: Fraction, shows: Convention | None) -> NumberValues:
    return NumberValues(value, value, shows)


def _both_marks(text: str, marks: list[str]) -> NumberValues | None:
    """Read 1,234.5 and 1.234,5: what stands last is before the decimals."""
    decimal, group = marks[-1], marks[0]
    whole, _, decimals = text.rpartition(decimal)
    if decimal in whole or not _is_grouped(whole):
        return None
    value = Fraction(f"{whole.replace(group, '')}.{decimals}")
    return _one(value, "point" if decimal == "." else "comma")


def _one_mark(text: str, mark: str, count: int, *, is_grouped: bool) -> NumberValues | None:
    own: Convention = "point" if mark == "." else "comma"
    if count > 1:
        if not _is_grouped(text):
            return None
        return _one(Fraction(text.replace(mark, "")), "comma" if mark == "." else "point")
    decimal = Fraction(text.replace(mark, ".")) if text[-1] != mark else None
    if decimal is None:
        return None
    if is_grouped or not _is_grouped(text):
        return _one(decimal, own)
    whole = Fraction(text.replace(mark, ""))
    return NumberValues(decimal, whole) if mark == "." else NumberValues(whole, decimal)


def _is_grouped(whole: str) -> bool:
    return _GROUPS.fullmatch(whole) is not None or _INDIAN.fullmatch(whole) is not None
