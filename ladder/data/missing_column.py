"""`missing_column`: the error of a row without a column that the task names, with what may be meant."""

import difflib
import json
from collections.abc import Collection, Sequence

from ladder.data.readers.chat_rows import UnreadableRowError, is_turns, parsed
from ladder.data.readers.row import Row
from ladder.data.readers.row_forms import read_form
from ladder.data.readers.usual_columns import likely_columns, usual_passage_column, usual_source
from ladder.data.tables import IN_MEMORY
from ladder.errors import MissingColumnError
from ladder.text import one_line

LONGEST = 60
"""Characters of the data that a message may show."""


def missing_column(
    row: Row, name: str, field: str, *, taken: Collection[str | None] = (), is_other: bool = False
) -> MissingColumnError:
    """Return the error of a row without a column that the task names, with what may be meant."""
    known = [one_line(str(column), LONGEST) for column in row.columns]
    free = [column for column in known if column not in taken]
    near = difflib.get_close_matches(name, free, n=1, cutoff=0.5)
    lower = [column for column in free if column.lower() == name.lower()]
    turns = next((name for name, cell in row.columns.items() if is_turns(parsed(cell))), None)
    guess = next(iter(lower or near), None)
    if field.endswith("passage_column"):
        guess = usual_passage_column(free) or guess
    if field == "data.input" and turns is not None:
        guess, step = turns, f"Write data.input: {turns}; it holds the turns."
    elif field in ("data.input", "data.target") and _has_form(row):
        step = (
            "Leave data.input and data.target out: rows of this form are read as they are, with the "
            "last answer as the target."
        )
    elif row.where.endswith(IN_MEMORY) and not is_other:
        step = _in_memory_step(field, guess, known, taken)
    else:
        step = _in_other_step(name) if is_other else _in_file_step(field, guess, known)
    return MissingColumnError(
        f"{row.where} has no column {name!r}; it has: {', '.join(known)}.",
        next_step=step,
        field=field,
        guess=guess or "",
    )


def _in_other_step(name: str) -> str:
    """Return how columns are named of a pool or of training data: as those of the eval data."""
    return (
        f"Call its columns as the spec calls those of the eval data ({name} …), or write rows of "
        'messages: {"messages": [{"role": "user", "content": …}, …]}.'
    )


def _in_file_step(field: str, guess: str | None, known: Sequence[str]) -> str:
    """Return how to name the columns of a file in the spec."""
    usual = usual_source(known)
    if guess is None and usual and field == "data.input":
        return f"Name question and answer, such as data: {usual}."
    if guess is None and len(known) == 1:
        return "Write question and answer apart, as columns input and target, or as messages."
    return f"Write {field}: {guess}." if guess else f"Name one of these columns in {field}."


def _in_memory_step(
    field: str, guess: str | None, known: Sequence[str], taken: Collection[str | None]
) -> str:
    """Return how to name the columns of a table in memory."""
    is_first = guess is None and field in ("data.input", "data.target")
    pairs = likely_columns(known) if is_first else {}
    free = [each for each in known if each not in taken]
    pairs = pairs or {field.removeprefix("data."): guess or next(iter(free), "…")}
    named = ", ".join(
        f"{json.dumps(key)}: {json.dumps(each, ensure_ascii=False)}" for key, each in pairs.items()
    )
    return f'Name it beside the table: data={{"path": rows, {named}}}.'


def _has_form(row: Row) -> bool:
    try:
        return read_form(row.columns) is not None
    except UnreadableRowError:
        return True
