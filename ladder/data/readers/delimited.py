"""CSV and TSV, every cell as the text that stands there."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from ladder.data.readers.row import MOST_ROW_BYTES, Row
from ladder.data.readers.text_encoding import check_encoding, text_lines
from ladder.errors import DataError
from ladder.finding import Finding
from ladder.text import listed

_MARKS = ",;\t|"
_BLANKS = " \r\n"
_LOOKED_AT = 50
"""Lines from which the separator is found."""

_MOST_LOOKED_THROUGH = 50 * 1024**2
_TEXT_FILES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_QUOTED_CELL = re.compile(r'(?:(?<=[,;\t|])|^)"(?:[^"]|"")*"')
_QUOTE_AFTER_BLANK = re.compile(r'[,;\t|][ \t]+"')


class DelimitedForm(NamedTuple):
    """How a CSV or TSV file is written.

    Attributes:
        separator: What stands between its cells.
        in_header: What the header line alone would make of it.
        has_separator_line: Whether it begins with a line `sep=;`, as spreadsheets write it.
        quote_after_blank: The first line in which a cell begins with a blank and a quote; or 0.
    """

    separator: str
    in_header: str
    has_separator_line: bool
    quote_after_blank: int


def read_delimited(file: Path, encoding: str | None = None) -> Iterator[Row]:
    """Yield one row a record: `007`, `NA` and `1e5` stay what they are.

    The records decide the separator: the first of comma, semicolon, tab and bar by which the
    header and all of them have the same number of cells. A first line `sep=;` is followed. Records
    without any text (`;;;`, as spreadsheets leave them) are passed over.
    """
    return (row for where, row in _records(file, encoding) if row is not None)


def _records(file: Path, encoding: str | None) -> Iterator[tuple[str, Row | None]]:
    """Yield each record below the header with its place; None stands for one without any text."""
    csv.field_size_limit(MOST_ROW_BYTES)
    lines = _lines(file, encoding)
    first = list(islice(lines, _LOOKED_AT))
    form = _form(file, first)
    skipped = int(form.has_separator_line)
    records = csv.reader(chain(first[skipped:], lines), delimiter=form.separator, strict=True)
    header: list[str] | None = None
    while True:
        start = records.line_num + 1 + skipped
        try:
            cells = next(records, None)
        except csv.Error as error:
            raise DataError(
                f"{file.name}:{start} cannot be read: {error}.",
                next_step="Close the quotes, and write a quote inside a cell twice.",
            ) from None
        if cells is None:
            return
        where = f"{file.name}:{start}"
        if not any(map(str.strip, cells)):
            yield where, None
        elif header is None:
            header = _header(cells, where)
        else:
            yield where, _row(header, cells, where, form)


def check_form(path: str, encoding: str | None = None) -> list[Finding]:
    """Return what is odd in how a file of text is written: D40, D41, D56, D57."""
    file = Path(path)
    if file.suffix.lower() not in _TEXT_FILES or not file.is_file():
        return []
    findings = check_encoding(file, encoding)
    if file.suffix.lower() not in (".csv", ".tsv"):
        return findings
    form = _form(file, list(islice(_lines(file, encoding), _LOOKED_AT)))
    findings += _check_blank(file, encoding)
    if form.has_separator_line or form.separator != form.in_header:
        why = "its first line `sep=` says" if form.has_separator_line else "its records show"
        findings.append(
            Finding(
                code="D40 csv-separator",
                severity="info",
                problem=f"{file.name} is read with the separator {form.separator!r}, as {why}.",
                next_step="Save it with commas, and without a line `sep=`, for other readers.",
            )
        )
    if form.quote_after_blank:
        findings.append(
            Finding(
                code="D41 csv-quote-after-blank",
                severity="warning",
                problem=f"{file.name}:{form.quote_after_blank}: a cell begins with a quote after a "
                "blank, so the quotes are part of its text: a writer put a blank after each "
                "separator.",
                next_step="Write data.clean: [strip_quotes], or take the blanks out of the file.",
            )
        )
    return findings


def _check_blank(file: Path, encoding: str | None) -> list[Finding]:
    """Return a finding where a file has records without any text; a large file is not read for it."""
    if file.stat().st_size > _MOST_LOOKED_THROUGH:
        return []
    blank = [where for where, row in _records(file, encoding) if row is None]
    if not blank:
        return []
    many = "1 line holds" if len(blank) == 1 else f"{len(blank)} lines hold"
    return [
        Finding(
            code="D57 lines-without-text",
            severity="info",
            problem=f"{many} no text in any column of {file.name}; passed over.",
            evidence=listed(blank),
            next_step="",
        )
    ]


def _form(file: Path, lines: Sequence[str]) -> DelimitedForm:
    said = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    rest = lines[1:] if said else lines
    while rest and not rest[0].strip(_MARKS + _BLANKS):
        rest = rest[1:]
    header = rest[0] if rest else ""
    in_header = "\t" if file.suffix.lower() == ".tsv" else _first_in(header)
    quoted = (
        at
        for at, line in enumerate(lines, start=1)
        if _QUOTE_AFTER_BLANK.search(_QUOTED_CELL.sub("", line))
    )
    return DelimitedForm(
        separator=said[1] if said else _by_records(rest, in_header),
        in_header=in_header,
        has_separator_line=said is not None,
        quote_after_blank=next(quoted, 0),
    )


def _first_in(header: str) -> str:
    return next((mark for mark in ",;\t" if mark in header), ",")


def _by_records(lines: Sequence[str], in_header: str) -> str:
    """Return the separator that gives all records as many cells; else the header's own.

    >>> _by_records(["Question, long;Answer", "Where, then?;Here", "Who?;Me"], ",")
    ';'
    """
    fitting = [mark for mark in dict.fromkeys([in_header, *_MARKS]) if _fits(lines, mark)]
    return fitting[0] if fitting else in_header


def _fits(lines: Sequence[str], mark: str) -> bool:
    try:
        records = [
            cells for cells in csv.reader(lines, delimiter=mark) if any(map(str.strip, cells))
        ]
    except csv.Error:
        return False
    if len(lines) == _LOOKED_AT:
        records = records[:-1]  # it may go on in the lines that were not looked at
    widths = {len(cells) for cells in records}
    return len(widths) == 1 and widths.pop() > 1


def _lines(file: Path, encoding: str | None) -> Iterator[str]:
    """Yield the lines of a file, parted at single carriage returns too: old spreadsheets end so."""
    for line in text_lines(file, encoding):
        if "\r" in line[:-2]:
            yield from re.findall(r"[^\r]*\r\n?|[^\r]+", line)
        else:
            yield line


def _header(cells: list[str], where: str) -> list[str]:
    names = [cell.strip() for cell in cells]
    names = [name.strip('"') if name[:1] == name[-1:] == '"' else name for name in names]
    while len(names) > 1 and not names[-1]:  # a spreadsheet's columns without a name
        names.pop()
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError(
            f"{where} has the column {twice[0]!r} more than once.",
            next_step="Rename one of the two.",
        )
    return names


def _row(header: list[str], cells: list[str], where: str, form: DelimitedForm) -> Row:
    while len(cells) > len(header) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) == len(header):
        return Row(where, dict(zip(header, cells, strict=True)))
    step = "Put cells that hold the separator into double quotes."
    if form.quote_after_blank:
        step = (
            "Take the blanks after the separator out of the file: a quote after a blank opens no "
            "cell."
        )
    if len(header) == 1:
        step = "Take out what stands above the names of the columns: the first line must be those."
    raise DataError(
        f"{where} has {len(cells)} cells, and the header has {len(header)}.", next_step=step
    )
