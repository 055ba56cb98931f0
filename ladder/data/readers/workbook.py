"""`read_workbook`: the rows of an Excel workbook (`.xlsx`), each cell as its sheet shows it."""

import difflib
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from ladder.data.readers.decoding_text import WrittenFloat
from ladder.data.readers.row import Row
from ladder.errors import DataError, NoRowsError
from ladder.installation import install_line

WORKBOOKS = frozenset({".xlsx", ".xlsm"})
"""Endings of workbooks."""

_ZEROS = re.compile(r"0+")
_PERCENT = re.compile(r"0(?:\.(0+))?%")


def read_workbook(file: Path, sheet: str | None = None) -> Iterator[Row]:
    """Yield the rows of a sheet; its first row with text names the columns.

    Formulas give the value that Excel last computed. Rows without any text are passed over.

    Args:
        file: The workbook.
        sheet: The sheet's name; needed where several hold rows.

    Raises:
        DataError: openpyxl is missing, the file is none, it has no such sheet, several hold rows and
            none is named, or a cell has an error.
    """
    book = _opened(file)
    try:
        meant = [each for each in book.worksheets if sheet is None or each.title == sheet]
        sheets = {each.title: _filled(each) for each in meant}
        titles = [each.title for each in book.worksheets]
    finally:
        book.close()
    title = _only_sheet(file, sheets, sheet, titles)
    yield from _rows(sheets[title], f"{file.name}:{title}")


def sheet_names(path: str) -> tuple[str, ...]:
    """Return the sheets of a workbook; none of any other file, or of what cannot be opened."""
    if Path(path).suffix.lower() not in WORKBOOKS or not Path(path).is_file():
        return ()
    try:
        book = _opened(Path(path))
    except DataError:
        return ()
    names = tuple(each.title for each in book.worksheets)
    book.close()
    return names


def _opened(file: Path) -> Any:  # noqa: ANN401 - a workbook of openpyxl
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise DataError(
            f"{file.name} is an Excel workbook, and the library openpyxl is not installed.",
            next_step=f"{install_line('data')}, or save the sheet as CSV.",
        ) from None
    from zipfile import BadZipFile

    try:
        return load_workbook(file, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise DataError(
            f"{file.name} is no Excel workbook that can be read: {type(error).__name__}.",
            next_step="Open it in a spreadsheet, without a password, and save it as .xlsx or CSV.",
        ) from None


def _only_sheet(
    file: Path, sheets: Mapping[str, Sequence[Any]], named: str | None, titles: Sequence[str]
) -> str:
    """Return the sheet that is read: the one that is named, or the only one with rows."""
    filled = [title for title, rows in sheets.items() if len(rows) > 1]
    if named is not None and named not in titles:
        near = difflib.get_close_matches(named, titles, n=1, cutoff=0.5) or titles[:1]
        raise DataError(
            f"{file.name} has no sheet {named!r}; it has: {', '.join(titles)}.",
            next_step=f"Write data.sheet: {near[0]} (ladder init: --sheet {shlex.quote(near[0])}).",
        )
    if not filled:
        what = "no sheet with a header and rows" if named is None else f"no rows in {named}"
        raise NoRowsError(f"{file.name} has {what}.", next_step="Write one row an example.")
    if len(filled) > 1:
        raise DataError(
            f"{file.name} has rows in several sheets: {', '.join(filled)}.",
            next_step=f"Of eval data name the one that is meant: data.sheet: {filled[0]} (ladder init: "
            f"--sheet {shlex.quote(filled[0])}). Save that of any other file as a file of its own.",
        )
    return filled[0]


def _filled(sheet: Any) -> list[tuple[int, list[Any]]]:  # noqa: ANN401 - a sheet of openpyxl
    """Return the rows of a sheet that hold any text, with their numbers."""
    found = []
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        values = [_value(cell, f"{sheet.title}, row {number}") for cell in cells]
        if any(str(each).strip() for each in values if each is not None):
            found.append((number, values))
    return found


def _rows(rows: Sequence[tuple[int, list[Any]]], where: str) -> Iterator[Row]:
    (_, first), *rest = rows
    columns = [(at, str(name).strip()) for at, name in enumerate(first) if name is not None]
    names = [name for _, name in columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(
            f"{where} has the column {twice!r} more than once.", next_step="Rename one of the two."
        )
    for number, values in rest:
        cells = {name: values[at] if at < len(values) else None for at, name in columns}
        yield Row(f"{where}!{number}", cells)


def _value(cell: Any, where: str) -> Any:  # noqa: ANN401 - a cell of openpyxl
    """Return the value of a cell; a number as its sheet shows it where the format adds zeros or %."""
    value = cell.value
    if getattr(cell, "data_type", "") == "e":
        raise DataError(
            f"{where} holds the error {value}.", next_step="Correct the cell, or empty it."
        )
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _as_shown(value, cell.number_format or "")
    return value


def _as_shown(value: float, form: str) -> int | float | str:
    """Return a number as a plain format shows it.

    >>> _as_shown(7, "00000"), _as_shown(0.8, "0%"), _as_shown(0.125, "0.0%"), _as_shown(7, "General")
    ('00007', '80%', '12.5%', 7)
    """
    if _ZEROS.fullmatch(form) and len(form) > 1 and float(value).is_integer():
        return f"{int(value):0{len(form)}d}"
    percent = _PERCENT.fullmatch(form)
    if percent:
        return f"{value * 100:.{len(percent[1] or '')}f}%"
    if isinstance(value, int):
        return value
    return int(value) if value.is_integer() else WrittenFloat(f"{value:.15g}")
