"""JSON lines, and a JSON array of objects."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ladder.data.readers.decoding_text import WrittenFloat, is_encodable
from ladder.data.readers.row import MOST_ROW_BYTES, Row
from ladder.data.readers.text_encoding import text_lines, text_start, whole_text
from ladder.errors import DataError

_ROWS = frozenset(
    {"data", "rows", "examples", "items", "records", "samples", "instances"}
    | {"test", "train", "validation", "eval"}
)
"""Keys under which a file that is one object has its rows."""


def read_jsonl(file: Path, encoding: str | None = None) -> Iterator[Row]:
    """Yield one row a line; blank lines are passed over.

    A file that is one array of objects after all, whatever it is called, is read as that.
    """
    if _is_array(file):
        yield from read_json(file, encoding)
        return
    for number, text in enumerate(text_lines(file, encoding), start=1):
        if text.strip():
            where = f"{file.name}:{number}"
            yield Row(where, _object(_parse(text.rstrip(), where), where, text))


def read_json(file: Path, encoding: str | None = None) -> Iterator[Row]:
    """Yield the objects of a JSON array; a file that starts with `{` is read as JSON lines."""
    if text_start(file, encoding).lstrip().startswith("{"):
        _refuse_table(file)
        yield from read_jsonl(file, encoding)
        return
    text = whole_text(file, encoding)
    values = _parse(text, file.name)
    if not isinstance(values, list):
        raise DataError(f"{file.name} is not an array of objects.", next_step="Write .jsonl.")
    for position, value in enumerate(values, start=1):
        where = f"{file.name} row {position}"
        yield Row(where, _object(value, where, text))


def _is_array(file: Path) -> bool:
    """Return whether a file begins with an array of objects that does not end on its line."""
    with file.open("rb") as stream:
        first = stream.readline(MOST_ROW_BYTES).removeprefix(b"\xef\xbb\xbf").strip()
        more = any(stream.readline(MOST_ROW_BYTES).strip() for _ in range(2))
    is_whole = first.endswith(b"]") and more
    return first == b"[" or (first.startswith((b"[{", b"[ {")) and not is_whole)


_SQUAD = (
    ".paragraphs[] | .context as $context | .qas[] | {question, context: $context, "
    "answers: [.answers[].text]}"
)
"""What turns the articles of SQuAD into rows, for jq."""


def _refuse_table(file: Path) -> None:
    """Raise where a file is one object that holds the rows: a list of them, or a list a column."""
    if file.stat().st_size > MOST_ROW_BYTES:
        return
    try:
        value = json.loads(file.read_bytes().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return
    if not isinstance(value, dict):
        return
    named = value if len(value) == 1 else _ROWS & value.keys()
    lists = [name for name in named if isinstance(value[name], list) and value[name]]
    rows = next((name for name in lists if all(isinstance(one, dict) for one in value[name])), None)
    if rows is not None and not {"role", "from"} & value[rows][0].keys():
        inner = ".row" if list(value[rows][0])[1:] == ["row"] else ""
        inner = _SQUAD if "paragraphs" in value[rows][0] else inner
        raise DataError(
            f"{file.name} is one object; its rows stand under {rows!r}.",
            next_step=f"Write them one a line: jq -c '.{rows}[]{inner}' {file.name} > "
            f"{file.stem}.jsonl",
        )
    if _is_keyed(value):
        raise DataError(
            f"{file.name} is one object with a key for each row.",
            next_step=f"Write them one a line: jq -c '.[]' {file.name} > {file.stem}.jsonl",
        )
    if _is_by_column(value) or {"columns", "data"} <= value.keys():
        raise DataError(
            f"{file.name} is a table by columns, as pandas writes it.",
            next_step='Write it by rows: frame.to_json(path, orient="records", lines=True)',
        )


def _is_keyed(value: dict[str, Any]) -> bool:
    """Return whether each key of an object holds a row, all with the same columns.

    >>> _is_keyed({"k1": {"input": "a"}, "k2": {"input": "b"}}), _is_keyed({"input": "a"})
    (True, False)
    """
    rows = list(value.values())
    is_row = bool({"input", "inputs"} & value.keys())
    are_rows = len(rows) > 1 and all(isinstance(each, dict) and each for each in rows)
    are_rows = are_rows and not is_row
    return are_rows and len({tuple(each) for each in rows}) == 1 and not _is_by_column(value)


def _is_by_column(value: dict[str, Any]) -> bool:
    """Return whether each key of an object holds a column: a list, or its cells by their number.

    >>> _is_by_column({"input": {"0": "a"}, "target": {"0": "b"}})
    True
    >>> _is_by_column({"input": ["a", "b"], "target": ["c", "d"]}), _is_by_column({"input": "a"})
    (True, False)
    """
    columns = list(value.values())
    if len(columns) < 2:
        return False
    if all(isinstance(each, dict) and each and all(map(str.isdigit, each)) for each in columns):
        return True
    texts = [each for each in columns if isinstance(each, list) and each]
    is_flat = all(not isinstance(cell, dict | list) for each in texts for cell in each)
    return len(texts) == len(columns) and is_flat and len({len(each) for each in texts}) == 1


def _parse(text: str, where: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return _decoder().decode(text)
    except json.JSONDecodeError as error:
        place = where if error.lineno == 1 else f"{where}, line {error.lineno}"
        raise DataError(
            f"{place} is not JSON: {error.msg} (column {error.colno}).",
            next_step="Write one JSON object a line.",
        ) from None
    except _RepeatError as error:
        raise DataError(
            f"{where} has the key {error} twice.", next_step="Keep one of them."
        ) from None
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{where} cannot be read: {reason}.", next_step="Simplify it.") from None


def _object(value: Any, where: str, text: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return a row that was read out of some text."""
    if isinstance(value, list):
        raise DataError(
            f"{where} is an array, not an object.",
            next_step="Name a file that is one array .json, or write one object a line.",
        )
    if not isinstance(value, dict):
        raise DataError(f"{where} is not an object.", next_step='Write {"input": …, "target": …}.')
    # Half of a pair can only be written as an escape: the bytes around it are sound.
    if "\\u" in text and not is_encodable(json.dumps(value, ensure_ascii=False)):
        raise DataError(
            f"{where} holds half of a surrogate pair, which is no character.",
            next_step="Write the character itself, or both halves.",
        )
    return value


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_without_repeats,
        parse_float=WrittenFloat,
        # NaN is what pandas writes for "nothing": it is listed with the empty cells.
        parse_constant=lambda _: None,
    )


class _RepeatError(Exception):
    """A key stands twice in one object."""


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatError(repr(next(key for key in keys if keys.count(key) > 1)))
    return row
