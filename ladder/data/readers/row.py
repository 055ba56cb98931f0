"""`Row`: what every reader yields, and how large a row and a file may be."""

from typing import Any, NamedTuple

from ladder.errors import DataError

MOST_FILE_BYTES = 5 * 1024**3
MOST_ROW_BYTES = 10 * 1024**2


class Row(NamedTuple):
    """One row: where it stands (`eval.jsonl:12`), and its columns."""

    where: str
    columns: dict[str, Any]


def checked_row(line: bytes, where: str) -> bytes:
    """Return a line unchanged, if it is no longer than a row may be.

    Raises:
        DataError: It is longer than 10 MiB.
    """
    if len(line) > MOST_ROW_BYTES:
        raise DataError(f"{where} is longer than 10 MiB.", next_step="Shorten this row.")
    return line
