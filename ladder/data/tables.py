"""`with_files`: a task in which tables in memory are replaced by files that hold the same rows."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from ladder.data.readers.decoding_text import WrittenFloat
from ladder.data.readers.hub import named_label
from ladder.disk import write_lines
from ladder.errors import DataError, NoRowsError

IN_MEMORY = "table in memory"
"""How the place of a row ends that came from no file."""

_WRITTEN = re.compile(r"rows-[0-9a-f]{16}\.jsonl:(\d+)")

_PLACES = (
    ("data",),
    ("data", "path"),
    ("training", "path"),
    ("examples", "pool"),
    ("retrieval", "corpus"),
    ("levers", "few_shot", "pool"),
    ("levers", "rag", "corpus"),
)
"""Where a task names rows."""


def with_files(task: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a task whose tables stand in JSONL files, named by their content.

    A table is a pandas or polars DataFrame, a `datasets.Dataset`, or a list of dicts. The same rows
    give the same file, so what was asked of them stays known.

    Args:
        task: A spec as a mapping; it is not changed.
        folder: Where the files go; made when there is a table.

    Raises:
        DataError: A table has no rows, or a cell that cannot be written.
    """
    made = dict(task)
    for place in _PLACES:
        made = _replaced(made, place, folder)
    return made


def rows_as_files(data: Any, folder: Path) -> list[Path]:  # noqa: ANN401 - whatever stands there
    """Return the files of new rows: those that are named, one or several, or one with a table's rows.

    A table without rows has no file.

    Raises:
        DataError: It is neither.
    """
    rows = _rows(data)
    if rows is not None:
        with suppress(NoRowsError):
            return [_write(rows, folder)]
        return []
    named = [data] if isinstance(data, str | Path) else data
    if isinstance(named, list | tuple) and all(isinstance(each, str | Path) for each in named):
        return list(map(Path, named))
    raise DataError(
        f"data: {type(data).__name__} is neither a file nor a table.",
        next_step="Give a path, several, a DataFrame or a list of dicts.",
    )


def place_in_memory(where: str, *, is_other: bool = False) -> str:
    """Return the place of a row as whoever gave the table knows it; "" where it is one of a file.

    Args:
        where: File and line, as readers name them.
        is_other: Whether it is a table beside the eval data, such as a pool.

    >>> place_in_memory("rows-21a8099829fb9b32.jsonl:4"), place_in_memory("eval.jsonl:4")
    ('row 4 of the table in memory', '')
    """
    found = _WRITTEN.fullmatch(where)
    if found is None:
        return ""
    return f"row {found[1]} of {'another' if is_other else 'the'} {IN_MEMORY}"


def _replaced(value: dict[str, Any], place: tuple[str, ...], folder: Path) -> dict[str, Any]:
    name, *below = place
    inner = value.get(name)
    if below:
        if not isinstance(inner, Mapping):
            return value
        return {**value, name: _replaced(dict(inner), tuple(below), folder)}
    rows = _rows(inner)
    if rows is None:
        return value
    return {**value, name: str(_write(rows, folder))}


def _rows(table: Any) -> Iterable[Mapping[str, Any]] | None:  # noqa: ANN401 - any value of a spec
    """Return the rows of a table, or None where a value is none."""
    if isinstance(table, Mapping) and table and all(map(_is_dataset, table.values())):
        raise DataError(
            f"data: it holds several splits ({', '.join(map(str, table))}).",
            next_step=f"Give one of them: data[{next(iter(table))!r}].",
        )
    if table is None or isinstance(table, str | Path | Mapping):
        return None
    if hasattr(table, "to_dicts"):
        return list(table.to_dicts())
    if hasattr(table, "iterrows"):
        return list(table.to_dict("records"))
    if _is_dataset(table):
        return _dataset_rows(table)
    if isinstance(table, list | tuple) and all(isinstance(row, Mapping) for row in table):
        return table
    return None


def _is_dataset(table: Any) -> bool:  # noqa: ANN401 - any value of a spec
    return hasattr(table, "features") and hasattr(table, "column_names")


def _dataset_rows(table: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - a datasets.Dataset
    for row in table:
        yield {
            name: named_label(value, table.features.get(name)) if table.features else value
            for name, value in row.items()
        }


def write_rows(rows: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write rows as JSON lines, each cell as the text it was read as."""
    write_lines(path, _lines_of(rows))


def _lines_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return [json.dumps(_plain(row), ensure_ascii=False, allow_nan=False) for row in rows]


def _write(rows: Iterable[Mapping[str, Any]], folder: Path) -> Path:
    lines = _lines_of(rows)
    if not lines:
        raise NoRowsError("data: the table has no rows.", next_step="Give one row an example.")
    digest = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    path = folder / f"rows-{digest}.jsonl"  # as `place_in_memory` knows it
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_lines(path, lines)
    return path


def _plain(value: Any) -> Any:  # noqa: ANN401, PLR0911 - any cell
    """Return a cell as JSON has it: numpy's values as Python's, a missing one as null.

    >>> _plain({"at": date(2026, 1, 2), "score": float("nan"), "tags": ("a", "b")})
    {'at': '2026-01-02', 'score': None, 'tags': ['a', 'b']}
    """
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, WrittenFloat):
        return value if repr(float(value)) == value.written else value.written
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time):
        return None if str(value) == "NaT" else value.isoformat()
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if str(value) in ("<NA>", "NaT"):
        return None
    raise DataError(
        f"data: a cell holds {type(value).__name__}, which is neither text nor a number.",
        next_step="Turn this column into text, or leave it out.",
    )
