"""`under_our_names`: new rows whose columns have the names of the eval data, and how to say what they are called."""

from collections.abc import Iterator, Mapping, Sequence

from ladder.data.guess_columns import guess_columns
from ladder.data.load_samples import cell_named
from ladder.data.missing_column import LONGEST
from ladder.data.readers.row import Row
from ladder.errors import DataError, MissingColumnError
from ladder.spec.data_source import DataSource
from ladder.text import one_line

_LOOKED_AT = 200


def under_our_names(rows: Sequence[Row], columns: Mapping[str, str]) -> list[Row]:
    """Return rows with some columns renamed; others keep their names, but for one that is taken.

    Args:
        rows: Of one file.
        columns: The columns of the eval data that the file calls otherwise, with their names there.

    Raises:
        DataError: No row has such a column.

    >>> row = Row("new.csv:2", {"message": "Hi", "text": "-", "label": "a"})
    >>> under_our_names([row], {"text": "message"})[0].columns
    {'label': 'a', 'text': 'Hi'}
    """
    if not (columns and rows):
        return list(rows)
    for ours, theirs in columns.items():
        refuse_absent(rows, theirs, f"which is to stand for {ours!r}")
    return [row._replace(columns=dict(_renamed(row, columns))) for row in rows]


def _renamed(row: Row, columns: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    taken = {*columns, *columns.values()}
    yield from ((name, cell) for name, cell in row.columns.items() if name not in taken)
    for ours, theirs in columns.items():
        cell = cell_named(row, theirs)
        if cell is not None or theirs in row.columns:
            yield ours, cell


def refuse_absent(rows: Sequence[Row], name: str, what: str) -> None:
    """Raise where no row of a file has a column.

    Raises:
        DataError: None has it; names those that are there.
    """
    if all(cell_named(row, name) is None and name not in row.columns for row in rows):
        known = ", ".join(one_line(str(each), LONGEST) for each in rows[0].columns)
        raise DataError(
            f"{_file_of(rows[0])} has no column {name!r}, {what}.",
            next_step=f"Name one of its columns: {known}.",
        )


def told_how_to_name(
    error: MissingColumnError, rows: Sequence[Row], data: DataSource
) -> MissingColumnError:
    """Return the error of a column that new rows lack, with the options that say what they call it."""
    guess = guess_columns([row.columns for row in rows[:_LOOKED_AT]])
    ways = {
        "data.input": ("--input {}", "input_column={!r}", "" if guess is None else guess.input),
        "data.target": ("--answer {}", "answer_column={!r}", "" if guess is None else guess.target),
    }
    ours = str(getattr(data, error.field.removeprefix("data."), error.field))
    other = f"--column {ours}={{}}", f"columns={{{{{ours!r}: {{!r}}}}}}", error.guess
    option, in_python, likely = ways.get(error.field, other)
    theirs = likely or error.guess or "COLUMN"
    return MissingColumnError(
        str(error),
        next_step="If the new rows call it otherwise, name their column: "
        f"{option.format(theirs)} (in Python {in_python.format(theirs)}).",
        field=error.field,
        guess=theirs,
    )


def _file_of(row: Row) -> str:
    return row.where.rpartition(":")[0] or row.where
