"""`gold_passages`: which passages the eval data name as the right ones for a sample."""

import ast
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ladder.data.sample import Sample
from ladder.errors import DataError

_SEPARATOR = re.compile(r"[,;|\n]")
_UNPARTED = re.compile(r"""['"]\s+['"]""")
_ID, _GRADE = ("id", "passage", "passage_id"), ("grade", "relevance", "score")


def gold_passages(
    sample: Sample, column: str, known: Collection[str] = frozenset()
) -> dict[str, int]:
    """Return the grade of each passage that a sample's column names; those above 0 are relevant.

    Args:
        sample: One row.
        column: That of `data.gold`.
        known: Ids of passages: only they tell `p1, p2` in one cell from an id that holds a comma.

    >>> gold_passages(Sample("s", "?", ("a",), columns={"gold": ["p1", "p2"]}), "gold")
    {'p1': 1, 'p2': 1}
    >>> gold_passages(Sample("s", "?", ("a",), columns={"gold": '{"p1": 3, "p2": 0}'}), "gold")
    {'p1': 3, 'p2': 0}
    >>> gold_passages(Sample("s", "?", ("a",), columns={"gold": "p1, p2"}), "gold", {"p2"})
    {'p1': 1, 'p2': 1}

    Raises:
        DataError: The column is not there, or holds something else.
    """
    if column not in sample.columns:
        raise DataError(
            f"{sample.where or sample.id} has no column {column!r}, which data.gold names.",
            next_step="Name the column with the ids of the right passages in data.gold.",
        )
    try:
        return dict(_graded(_parted(_parsed(sample.columns[column]), known)))
    except (TypeError, ValueError, SyntaxError) as error:
        raise DataError(
            f"{sample.where or sample.id}: {column!r} names no passages: "
            f"{str(sample.columns[column])[:60]!r}.",
            next_step='Write one id, a list of ids, or grades by id such as {"p12": 3, "p40": 1}.',
        ) from error


def _parsed(cell: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """Return what a cell of a CSV file holds where it is written as JSON, or as pandas writes a list."""
    if not isinstance(cell, str) or cell.lstrip()[:1] not in ("[", "{"):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        if _UNPARTED.search(cell):  # Python reads two texts side by side as one
            raise
        return ast.literal_eval(cell.strip())


def _parted(cell: Any, known: Collection[str]) -> Any:  # noqa: ANN401 - as above
    """Return the ids that stand in one cell, where they are known and the whole cell is none."""
    if not isinstance(cell, str) or cell.strip() in known:
        return cell
    parts = [part.strip() for part in _SEPARATOR.split(cell) if part.strip()]
    return parts if any(part in known for part in parts) else cell


def _graded(cell: Any) -> Iterable[tuple[str, int]]:  # noqa: ANN401 - as above
    if _is_nothing(cell):
        return []
    if isinstance(cell, Mapping):
        return [(_name(name), _grade(grade)) for name, grade in cell.items() if grade is not None]
    if isinstance(cell, str | int | float):
        return [(_name(cell), 1)]
    return [_one(each) for each in cell if not _is_nothing(each)]


def _is_nothing(value: Any) -> bool:  # noqa: ANN401 - as above
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _one(each: Any) -> tuple[str, int]:  # noqa: ANN401 - as above
    if not isinstance(each, Mapping):
        return _name(each), 1
    name = next(each[key] for key in _ID if key in each)
    return _name(name), _grade(next((each[key] for key in _GRADE if key in each), 1))


def _name(value: Any) -> str:  # noqa: ANN401 - as above
    """Return an id as a corpus has it: a whole number, also where a table made a 12.0 of it."""
    is_whole = isinstance(value, float) and value.is_integer()
    return str(int(value)) if is_whole else str(value).strip()


def _grade(value: Any) -> int:  # noqa: ANN401 - as above
    if float(value) != int(float(value)):
        raise ValueError("a grade is a whole number")
    return int(float(value))
