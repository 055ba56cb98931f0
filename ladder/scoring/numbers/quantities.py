"""`quantities_in`: the numbers, times, dates and ranges of a text, each as the one thing that it is.

Nothing is ever read by its last digits: `3/4` is a fraction, `10:30` a time, `1.2.3` a version, and
what is glued to letters (`A622`, `2x`) or cannot be read is a code.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

from ladder.scoring.numbers.calendar_dates import DATES, MONTH_BEFORE, read_date
from ladder.scoring.numbers.clock_times import TIMES, read_time
from ladder.scoring.numbers.measurement_units import BEFORE, UNITS, dimension_of, scales, unit_at
from ladder.scoring.numbers.number_bounds import bound_sign
from ladder.scoring.numbers.number_multipliers import multiplier_at
from ladder.scoring.numbers.quantity import Quantity, QuantityKind, Value, scaled
from ladder.scoring.numbers.written_numbers import read_number

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
    rf"|(?P<number>{_SIGN}?(?<!\d){_NUMBER}(?:[eE][-+]?\d{{1,4}}(?![{LETTER}\d_])|{_POWER_OF_TEN})?)"
)
_LEAD = re.compile(rf"(?:{MONTH_BEFORE}|(?:minus|negative) |- |[{LETTER}_]{{1,20}})?[-+–]?\.?\Z")
_RANGE = re.compile(rf"(?P<sign>[-–]?)(?P<low>{_NUMBER})[^\d.]+(?P<high>{_NUMBER})")
_TEN = re.compile(r"\s?[x×*·]\s?10\s?(?:\^|\*\*)\s?|[eE]")
_RUN = re.compile(rf"[{LETTER}\d_]*(?:[.:]\d+)*")
_VARIABLE = re.compile(rf"(?<![^\W_])[{LETTER}](?:[\^/*+]| \+ )\Z")
_GLUED = re.compile(rf"[{LETTER}]+")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|e|º|ª)(?!\w)")
_DIGIT = re.compile(r"\d")
_MOST_EXPONENT = 400
_MOST_CHARACTERS = 50_000
_EURO = re.compile(r"\s?(?:€|EUR|Euro)")
_ENDS = frozenset(" \n.,;:!?)]}\"'*")
_AND = re.compile(r",?\s*(?:and|und|et|y)?\s*")


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
        made = scaled(made, sign * Fraction(10) ** exponent)
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
    is_money = BEFORE.search(text, max(made.start - 5, 0), made.start) is not None
    multiplier = multiplier_at(text, made.end, is_money=is_money)
    if multiplier is not None:
        factor, end = multiplier
        made = replace(scaled(made, factor), end=end, after=end)
    made = _with_unit(text, made)
    if not made.unit and multiplier is None and _is_in_formula(text, made):
        run = _RUN.match(text, made.end)
        stop = run.end() if run else made.end
        written = text[made.start : stop]
        return replace(made, kind="code", point=written, comma=written, end=stop, after=stop)
    return _bounded(text, _with_currency_mark(text, made))


def _with_unit(text: str, made: Quantity) -> Quantity:
    """Return a quantity with its unit, which stands behind it or, for money, before it."""
    unit = unit_at(text, made.end)
    if unit is not None:
        return replace(made, unit=unit[0], after=unit[1])
    return _with_money(text, made)


def _with_money(text: str, made: Quantity) -> Quantity:
    """Return an amount with the currency that stands before it."""
    before = BEFORE.search(text[max(made.start - 6, 0) : made.start])
    if before is None:
        return made
    start = made.start - len(before.group())
    name = before.group().strip(" .")
    if text[max(start - 1, 0) : start] in ("-", "–"):
        made = scaled(replace(made, start=start - 1), -1)
    return replace(made, unit=name if name in UNITS else "")


def _with_currency_mark(text: str, made: Quantity) -> Quantity:
    """Return a price without an ambiguity: 1.234 € has no thousandths of a cent."""
    if made.point == made.comma or not _EURO.match(text, made.end):
        return made
    return replace(made, point=made.comma) if "." in made.written else made


def _bounded(text: str, made: Quantity) -> Quantity:
    """Return a number that is said to be a bound as the bound that it is."""
    sign = bound_sign(text, made.start, made.after)
    return replace(made, kind="bound", sign=sign) if sign else made


def _is_in_formula(text: str, made: Quantity) -> bool:
    """Return whether letters, a root or pi stand so close that this is no number by itself."""
    if _VARIABLE.search(text, max(made.start - 5, 0), made.start):
        return True
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
    is_time = dimension_of(one.unit) == "time"
    return _sum(text, one, replace(other, unit="min") if is_time and other.unit == "m" else other)


def _sum(text: str, one: Quantity, other: Quantity) -> Quantity | None:
    scale = scales(other.unit, one.unit)
    if scale is None or one.kind != "number" or other.kind != "number":
        return None
    factor = scale[0] / scale[1]
    values = (one.point, one.comma, other.point, other.comma)
    numbers = [value for value in values if isinstance(value, Fraction)]
    if factor >= 1 or len(numbers) < len(values):
        return None
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
