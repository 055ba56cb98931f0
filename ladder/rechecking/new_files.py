"""`read_months`: the rows of new files, under the names of the eval data's columns and by their months."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ladder.data import Sample, load_samples
from ladder.data.load_samples import cell_named
from ladder.data.new_columns import refuse_absent, told_how_to_name, under_our_names
from ladder.data.readers.delimited import check_form
from ladder.data.readers.read_rows import read_rows_like
from ladder.data.readers.row import Row
from ladder.data.tables import place_in_memory
from ladder.errors import DataError, MissingColumnError, NoRowsError
from ladder.rechecking.row_months import DatedCell, RowMonths, checked_month, date_text, is_future
from ladder.spec.data_source import DataSource, OnLeak


@dataclass(frozen=True, slots=True)
class NewFiles:
    """Files of new rows, and what is said of them.

    Attributes:
        paths: The files, in any form that eval data may have.
        input_column, answer_column: What the files call the columns of question and right answer,
            where it is not as in the eval data.
        columns: Other columns of the eval data that the files call otherwise, with their names there.
        date_column: The column that holds the date of a row: the rows of each month are a batch.
        month: Of which month all rows are, such as `2026-10`.
    """

    paths: Sequence[Path]
    input_column: str | None = None
    answer_column: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    date_column: str | None = None
    month: str | None = None

    def called(self, data: DataSource) -> dict[str, str]:
        """Return every column of the eval data that the files call otherwise, with its name there.

        >>> NewFiles([], input_column="message").called(DataSource(path="", input="text"))
        {'text': 'message'}
        """
        named = {data.input: self.input_column, data.target: self.answer_column}
        given = {str(ours): theirs for ours, theirs in named.items() if theirs is not None}
        return {**self.columns, **given}


@dataclass(frozen=True, slots=True)
class MonthsRead:
    """New rows that have an answer, by month, and how many others there are.

    Attributes:
        months: The rows of each month, the first month first; under "" where nobody named one.
        n_without_answer: Rows without input or answer.
        n_without_date: Rows without a date, where a column should hold it.
        notes: What is odd in how the files are written.
    """

    months: Mapping[str, Sequence[Sample]]
    n_without_answer: int = 0
    n_without_date: int = 0
    notes: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Return how many rows were read."""
        left_out = self.n_without_answer + self.n_without_date
        return left_out + sum(map(len, self.months.values()))


def read_months(data: DataSource, new: NewFiles, now: datetime) -> MonthsRead:
    """Return the rows of new files by month.

    Args:
        data: Of the run's task: what its columns are called.
        new: The files.
        now: When this is.

    Raises:
        DataError: A file or a date cannot be read, or a column is not there.
        SpecError: The month that was named is none, or has not come yet.
    """
    columns = new.called(data)
    files = [rows for path in new.paths if (rows := _rows(path, data, columns))]
    dates = [_dates(rows, new.date_column) for rows in files]
    cells = [each for found in dates for each in found.values() if each.text]
    months = RowMonths(cells, new.date_column or "")
    by_month: dict[str, list[Sample]] = {}
    n_without_answer = n_without_date = 0
    for rows, found in zip(files, dates, strict=True):
        samples, without = _samples(rows, data)
        n_without_answer += without
        for sample in samples:
            if new.date_column is None:
                month = checked_month(new.month, now) if new.month is not None else ""
            elif found[sample.where].text:
                month = months.of(found[sample.where].text)
                _refuse_future(month, found[sample.where], now)
            else:
                n_without_date += 1
                continue
            by_month.setdefault(month, []).append(sample)
    notes = tuple(note for path in new.paths for note in _written_oddly(path, data))
    return MonthsRead(dict(sorted(by_month.items())), n_without_answer, n_without_date, notes)


def _written_oddly(path: Path, data: DataSource) -> Iterator[str]:
    """Yield what may make other texts of a file than were meant, such as how its letters are stored."""
    with suppress(NoRowsError):
        found = check_form(str(path), data.encoding)
        yield from (each.problem for each in found if each.severity == "warning")


def _rows(path: Path, data: DataSource, columns: Mapping[str, str]) -> list[Row]:
    """Return the rows of a file; none where it is empty, as that of a quiet month is."""
    try:
        read = list(read_rows_like(str(path), data))
    except NoRowsError:
        return []
    placed = [row._replace(where=place_in_memory(row.where) or row.where) for row in read]
    return under_our_names(placed, columns)


def _samples(rows: Sequence[Row], data: DataSource) -> tuple[list[Sample], int]:
    """Return the rows of a file that have an answer, and the number of those that have none."""
    source = data.replace(id=None, gold=None, slices=(), looks=None, on_leak=OnLeak())
    without: list[str] = []
    try:
        samples = load_samples(source, rows=rows, left_out=without)
    except MissingColumnError as error:
        raise told_how_to_name(error, rows, data) from error
    except NoRowsError:
        samples = []
    return samples, len(without)


def _dates(rows: Sequence[Row], column: str | None) -> dict[str, DatedCell]:
    """Return the cell with the date of each row, by where the row stands; none without a column."""
    if column is None:
        return {}
    refuse_absent(rows, column, "which should hold the date of each row")
    return {row.where: DatedCell(row.where, date_text(cell_named(row, column))) for row in rows}


def _refuse_future(month: str, cell: DatedCell, now: datetime) -> None:
    if is_future(month, now):
        raise DataError(
            f"{cell.where}: {cell.text[:40]!r} is read as {month}, which has not come yet. Nothing was "
            "counted.",
            next_step="Correct the date; write it as 2026-10-31, so that month and day cannot be mistaken.",
        )
