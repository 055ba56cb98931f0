"""CSV and TSV, every cell as the text that stands there."""

import csv
from collections.abc import Iterator
from pathlib import Path

from ladder.data.readers.decoding_text import decode
from ladder.data.readers.row import MOST_ROW_BYTES, Row, checked_row
from ladder.errors import DataError


def read_delimited(file: Path) -> Iterator[Row]:
    """Yield one row a record: `007`, `NA` and `1e5` stay what they are.

    The header decides the separator: a comma, else a semicolon, else a tab.
    """
    csv.field_size_limit(MOST_ROW_BYTES)
    lines = _lines(file)
    first = next(lines, "")
    records = csv.reader(_again(first, lines), delimiter=_delimiter(file, first), strict=True)
    header: list[str] | None = None
    while True:
        start = records.line_num + 1
        try:
            cells = next(records, None)
        except csv.Error as error:
            raise DataError(
                f"{file.name}:{start} cannot be read: {error}.",
                next_step="Close the quotes, and write a quote inside a cell twice.",
            ) from None
        if cells is None:
            return
        if header is None:
            header = _header(cells, f"{file.name}:{start}")
        elif cells:
            yield _row(header, cells, f"{file.name}:{start}")


def _lines(file: Path) -> Iterator[str]:
    with file.open("rb") as stream:
        number = 0
        while line := stream.readline(MOST_ROW_BYTES + 1):
            number += 1
            yield decode(checked_row(line, f"{file.name}:{number}"), f"{file.name}:{number}")


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(file: Path, header: str) -> str:
    if file.suffix.lower() == ".tsv":
        return "\t"
    return next((mark for mark in ",;\t" if mark in header), ",")


def _header(cells: list[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError(
            f"{where} has the column {twice[0]!r} more than once.",
            next_step="Rename one of the two.",
        )
    return names


def _row(header: list[str], cells: list[str], where: str) -> Row:
    if len(cells) != len(header):
        raise DataError(
            f"{where} has {len(cells)} cells, and the header has {len(header)}.",
            next_step="Put cells that hold the separator into double quotes.",
        )
    return Row(where, dict(zip(header, cells, strict=True)))
