"""`quantities_in`: the numbers, times, dates and ranges of a text, each as the one thing that it is.

Nothing is ever read by its last digits: `3/4` is a fraction, `10:30` a time, `1.2.3` a version, and
what is glued to letters (`A622`, `2x`) or cannot be read is a code.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from ladder.scoring.calendar_dates import DATES, MONTH_BEFORE, Date, read_date
from ladder.scoring.clock_times import TIMES, read_time
from ladder.scoring.measurement_units import (
    BEFORE,
    BEHIND,
    BEHIND_ANY_CASE,
    UNITS,
    scales,
    unit_named,
)
from ladder.scoring.written_numbers import Convention, read_number

QuantityKind = Literal["number", "bound", "time", "date", "range", "ratio", "version", "code"]
Value = Fraction | str | Date | tuple[Fraction, Fraction]

LETTER = "A-Za-z\u00aa\u00b5\u00ba\u00c0-\u02af\u0370-\u052f"
_NUMBER = r"(?:\d{1,3}(?:[ '’_]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\.\d+)"
_SIGN = r"(?:(?<![^\W_])(?<![)\]%.])[-+–](?=\.?\d)|(?<=[=:] )- (?=\d)|(?<![\w.,)])(?:minus|negative) (?=\d))"
_POWER_OF_TEN = r"\s?[x×*·]\s?10\s?(?:\^|\*\*)\s?[-+]?\d{1,4}"
_PATTERN = re.compile(
    rf"(?P<date>{DATES})"
    rf"|(?P<time>{TIMES})"
    rf"|(?P<word>(?<![{LETTER}\d])(?!(?:USD|EUR|GBP|CHF|INR|Rs)\.?\d)[{LETTER}][{LETTER}_]*\d\w*(?:\.\d+)*)"
    r"|(?P<chain>(?<![\d.,])\d+(?:-\d+){2,})"
    rf"|(?P<range>{_SIGN}?(?<![\d.,]){_NUMBER}\s?[%€$£°]?"
    rf"(?: [–—] |[-–—~\uff5e]|\s(?:to|bis|through)\s)[€$£]?{_NUMBER}(?![-/:\d]))"
    rf"|(?P<power>{_SIGN}?\d+(?:\.\d+)?(?:\^|\*\*)[-+]?\d{{1,4}}(?!\d))"
    r"|(?P<colons>(?<![\d:])\d+(?::\d+){2,})"
    r"|(?P<ratio>(?<!\d:)\d{1,6}:\d{1,6}(?![:\d]))"
    rf"|(?P<fraction>{_SIGN}?(?:\d+[ -])?\d+\s?/\s?\d+(?![/\d]))"
    r"|(?P<slashed>\d+(?:/\d+)+)"
    rf"|(?P<number>{_SIGN}?(?<!\d){_NUMBER}(?:[eE][-+]?\d{{1,4}}(?!\w)|{_POWER_OF_TEN})?)"
)
_LEAD = re.compile(rf"(?:{MONTH_BEFORE}|(?:minus|negative) |- |[{LETTER}_]{{1,20}})?[-+–]?\.?\Z")
_RANGE = re.compile(rf"(?P<sign>[-–]?)(?P<low>{_NUMBER})[^\d.]+(?P<high>{_NUMBER})")
_TEN = re.compile(r"\s?[x×*·]\s?10\s?(?:\^|\*\*)\s?|[eE]")
_RUN = re.compile(rf"[{LETTER}\d_]*(?:[.:]\d+)*")
_GLUED = re.compile(rf"[{LETTER}]+")
_MULTIPLIERS = {
    "k": 10**3, "thousand": 10**3, "tsd": 10**3, "千": 10**3, "천": 10**3, "百": 100,
    "hundred": 100, "dozen": 12, "万": 10**4, "萬": 10**4, "만": 10**4, "lakh": 10**5,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "mio": 10**6, "mn": 10**6,
    "百万": 10**6, "백만": 10**6, "crore": 10**7, "億": 10**8, "亿": 10**8, "억": 10**8,
    "billion": 10**9, "billions": 10**9, "bn": 10**9, "mrd": 10**9, "milliarden": 10**9,
    "trillion": 10**12, "兆": 10**12,
}  # fmt: skip
_MULTIPLIER = re.compile(
    r"\s?(?:" + "|".join(sorted(_MULTIPLIERS, key=len, reverse=True)) + rf")\b\.?(?![{LETTER}])"
    r"|(?:百万|[千百万萬億亿兆천만억])",
    re.IGNORECASE,
)
_MILLION = re.compile(r"\s?M(?!\w)")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|e|º|ª)(?!\w)")
_DIGIT = re.compile(r"\d")
_MOST_EXPONENT = 400
_MOST_CHARACTERS = 50_000
_ENDS = frozenset(" \n.,;:!?)]}\"'*")
_AND = re.compile(r",?\s*(?:and|und|et|y)?\s*")


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
        unit: As `units.UNITS` writes it; nothing where there is none.
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
    shows: Convention | None = None

    def value(self, convention: Convention) -> Value:
        """Return the value under a convention."""
        return self.point if convention == "point" else self.comma


def quantities_in(text: str) -> list[Quantity]:
    """Return the quantities of a text (`plain_math`) in order.

    >>> [(each.kind, each.written) for each in quantities_in("from -3.5 kg at 10:30 to A622")]
    [('number', '-3.5'), ('time', '10:30'), ('code', 'A622')]
    >>> [str(each.point) for each in quantities_in("1 1/2, 3-5, 2.5 million, 1.2e3, 1,2,3")]
    ['3/2', '(Fraction(3, 1), Fraction(5, 1))', '2500000', '1200', '1', '2', '3']
    """
    text = text[-_MOST_CHARACTERS:]
    found: list[Quantity] = []
    at = 0
    while (match := _next(text, at)) is not None:
        at = match.end()
        for each in _read(match):
            at = max(at, each.after)
            merged = _merged(text, found[-1], each) if found else None
            found[-1:] = [merged] if merged else [*found[-1:], each]
    return found


def _next(text: str, at: int) -> re.Match[str] | None:
    """Return the next match: only what stands before a digit is looked at, as that is costly."""
    digit = _DIGIT.search(text, at)
    if digit is None:
        return None
    first = max(at, digit.start() - 24)
    lead = _LEAD.search(text[first : digit.start()])
    return _PATTERN.search(text, first + lead.start() if lead else digit.start())


def convention_of(quantities: Sequence[Quantity]) -> Convention | None:
    """Return the convention that the numbers of one text show, if they agree.

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
        return _is_full_hour(said, wanted) or _is_full_hour(wanted, said)
    scale = scales(said.unit, wanted.unit)
    if scale is None:
        return False
    if (said.point, said.comma) == (wanted.point, wanted.comma) and scale[0] == scale[1]:
        return True
    one, other = said.value(said_in), wanted.value(wanted_in)
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one * scale[0] == other * scale[1]
    return one == other


def any_sense_equal(said: Quantity, wanted: Quantity) -> bool:
    """Return whether two quantities are equal in some sense.

    In either convention, a percentage also as the share that it is, and rounded to three digits or
    more.
    """
    both: tuple[Convention, Convention] = ("point", "comma")
    pairs = [(said, wanted), (_as_share(said), _as_share(wanted))]
    return _is_rounded(said, wanted) or any(
        same_quantity(one, other, said_in=said_in, wanted_in=wanted_in)
        for one, other in pairs
        for said_in in both
        for wanted_in in both
    )


def _as_share(quantity: Quantity) -> Quantity:
    if quantity.unit not in ("%", "percent"):
        return quantity
    return _scaled(replace(quantity, unit=""), Fraction(1, 100))


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


def _read(match: re.Match[str]) -> Iterator[Quantity]:
    kind = str(match.lastgroup)
    reader = _READERS.get(kind)
    if reader is None:
        yield _code(match)
        return
    read = list(reader(match))
    yield from read or [_code(match)]


def _code(match: re.Match[str]) -> Quantity:
    written = match.group().strip()
    return _made("code", match, written.casefold(), written.casefold())


def _made(
    kind: QuantityKind, match: re.Match[str], point: Value, comma: Value | None = None
) -> Quantity:
    return Quantity(
        kind=kind,
        point=point,
        comma=point if comma is None else comma,
        written=match.group().strip(),
        start=match.start(),
        end=match.end(),
        after=match.end(),
    )


def _date(match: re.Match[str]) -> Iterator[Quantity]:
    dates = read_date(match.group())
    if dates is not None:
        yield _made("date", match, dates[0], dates[1])


def _time(match: re.Match[str]) -> Iterator[Quantity]:
    seconds = read_time(match.group())
    if seconds is not None:
        yield _made("time", match, Fraction(seconds))


def _ratio(match: re.Match[str]) -> Iterator[Quantity]:
    one, _, other = match.group().partition(":")
    if int(other):
        yield _made("ratio", match, Fraction(int(one), int(other)))


def _range(match: re.Match[str]) -> Iterator[Quantity]:
    ends = _RANGE.match(match.group())
    low = read_number(ends["low"]) if ends else None
    high = read_number(ends["high"]) if ends else None
    if ends is None or low is None or high is None or low.point >= high.point:
        return
    sign = -1 if ends["sign"] else 1
    pair = (low.point * sign, high.point), (low.comma * sign, high.comma)
    made = _made("range", match, pair[0], pair[1])
    yield _with_unit(match.string, replace(made, shows=low.shows or high.shows))


def _power(match: re.Match[str]) -> Iterator[Quantity]:
    base, _, exponent = match.group().replace("**", "^").partition("^")
    sign, digits = _signed(base)
    if abs(int(exponent)) > _MOST_EXPONENT or len(digits) > 20 or not Fraction(digits):
        return
    yield _with_unit(match.string, _made("number", match, sign * Fraction(digits) ** int(exponent)))


def _fraction(match: re.Match[str]) -> Iterator[Quantity]:
    sign, digits = _signed(match.group())
    numbers = [int(each[:_MOST_EXPONENT]) for each in re.findall(r"\d+", digits)]
    over, under = numbers[-2:]
    if not under or max(map(len, re.findall(r"\d+", digits))) > _MOST_EXPONENT:
        return
    whole = numbers[0] if len(numbers) == 3 else 0
    if len(numbers) == 3 and over >= under:
        return
    yield _with_unit(match.string, _made("number", match, sign * (whole + Fraction(over, under))))


def _number(match: re.Match[str]) -> Iterator[Quantity]:
    sign, written = _signed(match.group())
    power = _TEN.search(written)
    mantissa = written[: power.start()] if power else written
    exponent = int(written[power.end() :]) if power else 0
    values = read_number(mantissa) if abs(exponent) <= _MOST_EXPONENT else None
    if values is None:
        yield from _several(match, mantissa)
        return
    made = _made("number", match, values.point, values.comma)
    if sign < 0 or exponent:
        made = _scaled(made, sign * Fraction(10) ** exponent)
    yield _placed(match.string, replace(made, shows=values.shows))


def _several(match: re.Match[str], written: str) -> Iterator[Quantity]:
    """Yield the numbers of a list without spaces, or one version."""
    if "." in written and set(written) <= set("0123456789."):
        yield _made("version", match, match.group().strip())
        return
    for part in re.finditer(r"\d+(?:\.\d+)?", match.group()):
        at = match.start() + part.start()
        end = at + len(part.group())
        if len(part.group()) <= _MOST_EXPONENT:
            value = Fraction(part.group())
            yield Quantity("number", value, value, part.group(), at, end, end)


def _signed(written: str) -> tuple[int, str]:
    text = written.strip()
    for word in ("minus ", "negative ", "-", "–"):
        if text.startswith(word):
            return -1, text[len(word) :].strip()
    return 1, text.lstrip("+ ")


def _placed(text: str, made: Quantity) -> Quantity:
    """Return a number with what stands around it: multiplier, unit, bound, or a formula."""
    near = text[made.end : made.end + 2]
    if near[:1] in _ENDS and near[1:] in _ENDS:
        return _bounded(text, _with_money(text, made))
    multiplier = _MULTIPLIER.match(text, made.end)
    if multiplier is None and BEFORE.search(text[max(made.start - 5, 0) : made.start]):
        multiplier = _MILLION.match(text, made.end)
    if multiplier is not None:
        factor = _MULTIPLIERS.get(multiplier.group().strip(" .").casefold(), 10**6)
        end = multiplier.end()
        made = _scaled(replace(made, end=end, after=end), factor)
    made = _with_unit(text, made)
    if not made.unit and multiplier is None and _is_in_formula(text, made):
        run = _RUN.match(text, made.end)
        stop = run.end() if run else made.end
        written = text[made.start : stop]
        return replace(made, kind="code", point=written, comma=written, end=stop, after=stop)
    return _bounded(text, _with_currency_mark(text, made))


def _scaled(made: Quantity, factor: int | Fraction) -> Quantity:
    if not (isinstance(made.point, Fraction) and isinstance(made.comma, Fraction)):
        return made
    return replace(made, point=made.point * factor, comma=made.comma * factor)


def _with_unit(text: str, made: Quantity) -> Quantity:
    """Return a quantity with its unit, which stands behind it or, for money, before it."""
    behind = BEHIND.match(text, made.end) or BEHIND_ANY_CASE.match(text, made.end)
    if behind is not None and (name := unit_named(behind.group())):
        return replace(made, unit=name, after=behind.end())
    return _with_money(text, made)


def _with_money(text: str, made: Quantity) -> Quantity:
    """Return an amount with the currency that stands before it."""
    before = BEFORE.search(text[max(made.start - 6, 0) : made.start])
    if before is None:
        return made
    start = made.start - len(before.group())
    name = before.group().strip(" .")
    if text[max(start - 1, 0) : start] in ("-", "–"):
        made = _scaled(replace(made, start=start - 1), -1)
    return replace(made, unit=name if name in UNITS else "")


def _with_currency_mark(text: str, made: Quantity) -> Quantity:
    """Return a price without an ambiguity: 1.234 € has no thousandths of a cent."""
    if made.point == made.comma or not re.match(
        r"\s?(?:€|EUR|Euro)", text[made.end : made.end + 6]
    ):
        return made
    return replace(made, point=made.comma) if "." in made.written else made


def _bounded(text: str, made: Quantity) -> Quantity:
    """Return a number behind an inequality sign as the bound that it is."""
    before = text[max(made.start - 3, 0) : made.start].rstrip()
    if before[-1:] in ("≤", "≥") or (before[-1:] == "<" and made.start):
        sign = before[-1]
    elif before[-2:] in (">=", "<="):
        sign = "≥" if before[-2] == ">" else "≤"
    elif before[-1:] == ">" and len(before) > 1 and before[-2] == " ":
        sign = ">"
    else:
        return made
    return replace(made, kind="bound", point=f"{sign}{made.point}", comma=f"{sign}{made.comma}")


def _is_in_formula(text: str, made: Quantity) -> bool:
    """Return whether letters, a root or pi stand so close that this is no number by itself."""
    before = text[max(made.start - 2, 0) : made.start].rstrip("({ ")
    if before.endswith("√") or text.startswith("√", made.end):
        return True
    glued = _GLUED.match(text, made.end)
    if glued is None or _ORDINAL.match(text, made.end):
        return False
    return len(glued.group()) < 3 or text[glued.end() : glued.end() + 1].isdigit()


def _merged(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    """Return `2 h 30 min` as one amount, and a date with its time as one date."""
    between = text[one.after : other.start]
    if one.kind == "date" and other.kind == "time" and between.strip(" ,T") == "":
        date = (f"{one.point} {other.point}", f"{one.comma} {other.comma}")
        written = text[one.start : other.end]
        return replace(
            one, point=date[0], comma=date[1], written=written, end=other.end, after=other.after
        )
    if not (one.unit and other.unit) or _AND.fullmatch(between) is None:
        return None
    return _sum(text, one, other)


def _sum(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    (dimension, size), (same, smaller) = UNITS[one.unit], UNITS[other.unit]
    values = (one.point, one.comma, other.point, other.comma)
    if dimension != same or smaller >= size or one.kind != "number" or other.kind != "number":
        return None
    numbers = [value for value in values if isinstance(value, Fraction)]
    factor = smaller / size
    return replace(
        one,
        point=numbers[0] + numbers[2] * factor,
        comma=numbers[1] + numbers[3] * factor,
        written=text[one.start : other.end],
        end=other.end,
        after=other.after,
        shows=one.shows or other.shows,
    )


_READERS: dict[str, Callable[[re.Match[str]], Iterator[Quantity]]] = {
    "date": _date,
    "time": _time,
    "ratio": _ratio,
    "range": _range,
    "power": _power,
    "fraction": _fraction,
    "number": _number,
}
