"""`read_columns`: a table with a row a question, and a column of answers for each candidate."""

from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from ladder.data.guess_columns import guess_columns
from ladder.data.readers.decoding_text import text_of
from ladder.data.readers.row import Row
from ladder.errors import DataError
from ladder.importing.logged_run import LoggedAnswer, LoggedRun


def read_columns(
    path: Path, rows: Sequence[Row], names: Sequence[str], *, key: str | None
) -> list[LoggedRun]:
    """Return a run for each named column; an empty cell is a failed call, and no wrong answer.

    Args:
        path: The table.
        rows: Its rows.
        names: The columns with answers, one a candidate.
        key: The column with ids; guessed unless given, and the whole row stands for it where there
            is none.

    Raises:
        DataError: A column does not exist.
    """
    known = list(rows[0].columns) if rows else []
    missing = [name for name in (*names, *((key,) if key else ())) if name not in known]
    if missing:
        raise DataError(
            f"{path} has no column {missing[0]!r}; it has {', '.join(known)}.",
            next_step=f"Write one of these, such as --as {quote(f'baseline={known[-1]}')}."
            if known
            else "Write a first line with the names of the columns, and a row below it.",
        )
    guess = guess_columns([row.columns for row in rows]) if key is None else None
    named_by = guess.id if guess is not None and guess.id not in names else key
    return [
        _run(name, [_answer(row, name, set(names), named_by) for row in rows]) for name in names
    ]


def _run(name: str, answers: Sequence[LoggedAnswer]) -> LoggedRun:
    empty = sum(answer.fault == "failed" for answer in answers)
    note = f"{empty} of {len(answers)} cells are empty, and count as failed calls"
    return LoggedRun("a table", name, tuple(answers), (note,) if empty else ())


def _answer(row: Row, name: str, taken: set[str], key: str | None) -> LoggedAnswer:
    columns = {each: value for each, value in row.columns.items() if each not in taken}
    text = text_of(row.columns.get(name))
    return LoggedAnswer(
        key=str(columns[key]) if key else repr(sorted(columns.items())),
        where=row.where,
        columns=columns,
        text=text or None,
        fault="" if text else "failed",
        why="" if text else "the cell is empty",
    )
