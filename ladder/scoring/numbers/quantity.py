"""`Quantity`: one thing that digits say, and when two of them are the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isclose
from typing import Literal

from ladder.scoring.numbers.calendar_dates import Date
from ladder.scoring.numbers.measurement_units import dimension_of, scales
from ladder.scoring.numbers.written_numbers import Convention

QuantityKind = Literal["number", "bound", "time", "date", "range", "ratio", "version", "code"]
Value = Fraction | str | Date | tuple[Fraction, Fraction]

_LONG_DECIMAL = re.compile(r"[-+]?(?=(?:\.?\d){15})\d+\.\d+")
"""A number with a point and 15 digits or more, as programs print the result of a division."""

_DEGREES = ("celsius", "fahrenheit")
_OPEN_SIGNS = str.maketrans("≳≲", "><")


@dataclass(frozen=True)
class Quantity:
    """One thing that digits say, and where it stands.

    Attributes:
        kind: What it is; `code` is compared by its letters and digits, and is no number.
        point: Its value where `.` stands before the decimals, and the month before the day.
        comma: Its value where `,` does, and the day before the month.
        written: The number as it is written, without its unit.
        start: Where it begins, with its sign.
        end: Where the number ends.
        after: Where its unit ends.
        unit: As `UNITS` writes it; nothing where there is none.
        sign: Of a bound: `≥`, `≤`, `>`, `<`, or `≳`, `≲` where the word may mean another thing.
        shows: The convention that it can be written in alone, if there is but one.
    """

    kind: QuantityKind
    point: Value
    comma: Value
    written: str
    start: int
    end: int
    after: int
    unit: str = ""
    sign: str = ""
    shows: Convention | None = None

    def value(self, convention: Convention) -> Value:
        """Return the value under a convention."""
        return self.point if convention == "point" else self.comma


def convention_of(quantities: Sequence[Quantity]) -> Convention | None:
    """Return the convention that the numbers of one text show, if they agree.

    >>> from ladder.scoring.numbers.quantities import quantities_in
    >>> convention_of(quantities_in("1.234 and 7,5")), convention_of(quantities_in("1,234"))
    ('comma', None)
    """
    shown = {each.shows for each in quantities if each.shows is not None}
    return shown.pop() if len(shown) == 1 else None


def same_quantity(
    said: Quantity, wanted: Quantity, *, said_in: Convention, wanted_in: Convention
) -> bool:
    """Return whether two quantities are equal, each read in its convention.

    An amount without a unit is taken to be in the unit of the other.
    """
    if said.kind != wanted.kind:
        said, wanted = _as_duration(said, wanted), _as_duration(wanted, said)
    if said.kind != wanted.kind:
        return _is_full_hour(said, wanted) or _is_full_hour(wanted, said)
    scale = scales(said.unit, wanted.unit)
    if scale is None or not _same_sign(said, wanted):
        return False
    if (said.point, said.comma) == (wanted.point, wanted.comma) and scale[0] == scale[1]:
        return True
    one, other = said.value(said_in), wanted.value(wanted_in)
    if _is_same_float(said, wanted):
        return scale[0] == scale[1]
    if scale[0] != scale[1] and isinstance(one, Fraction) and isinstance(other, Fraction):
        return one * scale[0] == other * scale[1]
    return one == other


def _is_same_float(one: Quantity, other: Quantity) -> bool:
    """Return whether two decimals are one float but for its last digits, which arithmetic leaves open."""
    if not all(_LONG_DECIMAL.fullmatch(each.written) for each in (one, other)):
        return False
    values = one.point, other.point
    floats = [float(each) for each in values if isinstance(each, Fraction)]
    return len(floats) == len(values) and isclose(*floats, rel_tol=1e-14)


def _same_sign(one: Quantity, other: Quantity) -> bool:
    return one.sign.translate(_OPEN_SIGNS) == other.sign.translate(_OPEN_SIGNS)


def any_sense_equal(said: Quantity, wanted: Quantity) -> bool:
    """Return whether two quantities are equal in some sense.

    In either convention, a percentage also as the share that it is, degrees as those of the other,
    2:30 as hours or minutes where the other is a length of time, a date as its year, "at least 42"
    as 42, and one of the two rounded to three digits or more.
    """
    senses = [*_senses(said, wanted), *_year(said, wanted)]
    pairs = [(one, other) for one in senses for other in _senses(wanted, said)]
    return any(
        _is_rounded(one, other)
        or _is_rounded(other, one)
        or same_quantity(one, other, said_in=said_in, wanted_in=wanted_in)
        for one, other in pairs
        for said_in in _conventions(one)
        for wanted_in in _conventions(other)
    )


def _conventions(quantity: Quantity) -> tuple[Convention, ...]:
    return ("point",) if quantity.point == quantity.comma else ("point", "comma")


def _senses(quantity: Quantity, other: Quantity) -> list[Quantity]:
    """Return a quantity, and what else it may be taken for beside the other one."""
    senses = [quantity]
    if dimension_of(quantity.unit) == "percent" and not other.unit:
        share = scales(quantity.unit, "%")
        senses += [scaled(replace(quantity, unit=""), share[0] / 100)] if share else []
    if dimension_of(quantity.unit) == "angle" and dimension_of(other.unit) in _DEGREES:
        senses.append(replace(quantity, unit=""))
    if quantity.sign in ("≥", "≤", "≳", "≲") and not other.sign:
        senses.append(replace(quantity, kind="number", sign=""))
    if quantity.kind == "time" and dimension_of(other.unit) == "time":
        length = replace(quantity, kind="number", unit="s")
        senses += [length, scaled(length, Fraction(1, 60))]
    return senses


def _year(date: Quantity, wanted: Quantity) -> list[Quantity]:
    """Return the year of a date where a year is wanted; a year alone is no date."""
    if date.kind != "date" or wanted.kind != "number" or not isinstance(date.point, tuple):
        return []
    year = Fraction(date.point[0] or 0)
    return [replace(date, kind="number", point=year, comma=year)]


def scaled(quantity: Quantity, factor: int | Fraction) -> Quantity:
    """Return a quantity so many times as large."""
    if not (isinstance(quantity.point, Fraction) and isinstance(quantity.comma, Fraction)):
        return quantity
    return replace(quantity, point=quantity.point * factor, comma=quantity.comma * factor)


def _as_duration(quantity: Quantity, other: Quantity) -> Quantity:
    """Return `2h30` as two hours and a half where the other quantity is a length of time."""
    is_length = other.kind == "number" and dimension_of(other.unit) == "time"
    if quantity.kind != "time" or not is_length or not re.match(r"\d+\s?h\s?\d", quantity.written):
        return quantity
    return replace(quantity, kind="number", unit="s")


def _is_rounded(said: Quantity, wanted: Quantity) -> bool:
    """Return whether a number is another one, rounded: `3.14` for `3.14159`."""
    decimals = re.fullmatch(r"[-+]?\d+\.(\d+)", said.written)
    is_plain = said.kind == wanted.kind == "number" and said.unit == wanted.unit
    if decimals is None or not is_plain or len(said.written.strip("-+0").replace(".", "")) < 3:
        return False
    if not (isinstance(said.point, Fraction) and isinstance(wanted.point, Fraction)):
        return False
    step = Fraction(1, int("1" + "0" * len(decimals.group(1))))
    return abs(said.point - wanted.point) * 2 <= step


def _is_full_hour(time: Quantity, number: Quantity) -> bool:
    """Return whether `10 am` meets a bare `10`."""
    if time.kind != "time" or number.kind != "number" or ":" in time.written or number.unit:
        return False
    hour = re.match(r"\d+", time.written)
    return hour is not None and Fraction(int(hour.group())) == number.point
