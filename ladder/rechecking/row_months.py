"""`RowMonths`: of which month each row is, by a column that holds a date; what could be two months is refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ladder.data.readers.decoding_text import text_of
from ladder.errors import DataError, SpecError

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_YEAR_FIRST = re.compile(r"(\d{4})(?:([-./])(\d{1,2})(?:\2\d{1,2})?|(\d{2})\d{2})(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})(?!\d)")
_SECONDS = re.compile(r"(\d{10})(?:\.\d+)?|(\d{13})(?:\.\d+)?")
_NAMED = re.compile(r"(?:\d{1,2}\.? )?([A-Z][a-z]{2})[a-z]*\.?(?: \d{1,2},?)? (\d{4})(?!\d)")
_DAY_NAME = re.compile(r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? ")
_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTHS_A_YEAR = 12
_FIRST_YEAR = 1990
"""Dates before it stand for a missing one: 1900-01-01, 0001-01-01, 1970."""


@dataclass(frozen=True, slots=True)
class DatedCell:
    """A cell that holds a date: where it stands, and its text."""

    where: str
    text: str


class RowMonths:
    """The months of rows, by the cells of one column.

    Days and months with numbers alone (`03/10/2026`) are told apart by the whole column: a number
    above 12 is a day, and with a full stop between them the day stands first.

    Raises:
        DataError: A cell holds no date, or nobody can tell day and month apart.

    >>> months = RowMonths([DatedCell("a:1", "10/03/2026"), DatedCell("a:2", "10/31/2026")], "at")
    >>> months.of("10/03/2026"), months.of("2026-10-03T12:00Z"), months.of("3.10.2026")
    ('2026-10', '2026-10', '2026-10')
    """

    def __init__(self, cells: Iterable[DatedCell], column: str) -> None:
        self._column = column
        self._has_day_first: bool | None = None
        cells = list(cells)
        pairs = [found for each in cells if (found := _YEAR_LAST.match(each.text))]
        slashed = [each for each in pairs if each[2] != "."]
        if slashed:
            self._has_day_first = self._order(slashed)
        for each in cells:
            if not self.of(each.text):
                raise DataError(
                    f"{each.where}: {each.text[:40]!r} in {column!r} is no date. Nothing was counted.",
                    next_step="Write dates as 2026-10-31, or name the month of a whole file: "
                    "--month 2026-10.",
                )

    def of(self, text: str) -> str:
        """Return the month of a cell, such as `2026-10`; nothing where it holds no date."""
        for read in (_year_first, self._year_last, _named, _seconds):
            found = read(text.strip())
            if found:
                return found
        return ""

    def _year_last(self, text: str) -> str:
        found = _YEAR_LAST.match(text)
        if found is None:
            return ""
        has_day_first = found[2] == "." or self._has_day_first
        day, month = (found[1], found[3]) if has_day_first else (found[3], found[1])
        return _month(found[4], month) if 1 <= int(day) <= 31 else ""

    def _order(self, pairs: Iterable[re.Match[str]]) -> bool:
        """Return whether the day stands first.

        Raises:
            DataError: Nobody can tell: no number is above 12, or some are on both sides.
        """
        pairs = list(pairs)
        is_day = [any(int(each[at]) > _MONTHS_A_YEAR for each in pairs) for at in (1, 3)]
        if is_day[0] != is_day[1]:
            return is_day[0]
        raise DataError(
            f"{pairs[0][0]!r} in {self._column!r} can be of two months: day first, or month first. "
            "Nothing was counted.",
            next_step="Write dates as 2026-10-31, or name the month of a whole file: --month 2026-10.",
        )


def date_text(cell: Any) -> str:  # noqa: ANN401 - any cell
    """Return a cell that should hold a date as text; nothing where it is empty.

    >>> date_text(datetime(2026, 10, 3, 12)), date_text(None)
    ('2026-10-03T12:00:00', '')
    """
    if isinstance(cell, date):
        return cell.isoformat()
    return (text_of(cell) or "").strip()


def checked_month(text: str, now: datetime) -> str:
    """Return a month as it was given.

    Raises:
        SpecError: It is none, or has not come yet.
    """
    if _MONTH.fullmatch(text) is None or int(text[:4]) < _FIRST_YEAR:
        raise SpecError(
            f"--month: {text!r} is no month.", next_step=f"Write it as --month {now:%Y-%m}."
        )
    if is_future(text, now):
        raise SpecError(
            f"--month: {text} has not come yet.",
            next_step=f"Name a month up to {now:%Y-%m}, such as --month {now:%Y-%m}.",
        )
    return text


def is_future(month: str, now: datetime) -> bool:
    """Return whether a month begins more than a day from now; a day, as clocks and time zones differ."""
    begins = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    return (begins - now).total_seconds() > 86_400


def _year_first(text: str) -> str:
    found = _YEAR_FIRST.match(text)
    return "" if found is None else _month(found[1], found[3] or found[4])


def _named(text: str) -> str:
    """Return the month of a date with its English name, also behind the name of a day.

    >>> _named("Sat, 03 Oct 2026 12:00:00 GMT"), _named("Oct 3, 2026"), _named("3 Foo 2026")
    ('2026-10', '2026-10', '')
    """
    found = _NAMED.match(_DAY_NAME.sub("", text))
    if found is None or found[1] not in _NAMES:
        return ""
    return _month(found[2], str(_NAMES.index(found[1]) + 1))


def _seconds(text: str) -> str:
    """Return the month of seconds, or thousandths of them, since 1970.

    >>> _seconds("1791028800"), _seconds("1791028800000.0")
    ('2026-10', '2026-10')
    """
    found = _SECONDS.fullmatch(text)
    if found is None:
        return ""
    at = float(text) if found[1] else float(text) / 1000
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m")


def _month(year: str, month: str) -> str:
    is_real = int(year) >= _FIRST_YEAR and 1 <= int(month) <= _MONTHS_A_YEAR
    return f"{year}-{int(month):02}" if is_real else ""
