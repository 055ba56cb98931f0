"""`Journal`: every answer on disk before it counts, under a key of all that can change it."""

import hashlib
import json
import sqlite3
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from ladder.errors import InfrastructureError
from ladder.frozen import FOR_DIGEST, digest_of
from ladder.models.base import Request

ANSWER_FORMAT = 1
"""Part of every key: raise it when the meaning of a stored answer changes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS {table} (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, sha256 TEXT NOT NULL, written REAL NOT NULL
) WITHOUT ROWID
"""


class DamagedJournalWarning(UserWarning):
    """A row or file of the journal is damaged; its answers are asked for again."""


def request_key(identity: str, request: Request, *, kind: str = "answer") -> str:
    """Return the key of one request to the model that `identity` names.

    `kind` parts what is stored beside answers: a log-likelihood, or a repeat that measures noise.
    """
    parts = {
        "format": ANSWER_FORMAT,
        "kind": kind,
        "model": identity,
        "messages": [message.turn for message in request.messages],
        "chat": request.chat.model_dump(mode="json"),
        "decoding": request.decoding.model_dump(mode="json", context=FOR_DIGEST),
    }
    # A request without these keeps the key that it had before there were any.
    blank = [message.turn for message in request.blank]
    used = {name: each for name, each in (("tools", request.tools), ("blank", blank)) if each}
    return digest_of({**parts, **used})


class Journal:
    """A key-value store of JSON values in one SQLite file; `None` keeps it in memory.

    A value is committed when `write` returns. Each row carries its own sha256: SQLite's own
    check does not see flipped bytes inside a row. A damaged row counts as absent; a damaged
    file is moved aside, never deleted.

    Args:
        path: The file.
        table: `answers`, or `transcript` for what the search was told (`ladder.search`).
        is_read_only: Change nothing, not even a damaged file: what reads is a judge.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        table: Literal["answers", "transcript"] = "answers",
        is_read_only: bool = False,
    ) -> None:
        self.path = path
        if path is not None and is_read_only:
            self._connection = _open_to_read(path)
        else:
            self._connection = _open(path, _SCHEMA.format(table=table))
        self._select = f"SELECT value, sha256 FROM {table} WHERE key = ?"  # noqa: S608 - two names
        self._insert = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)"  # noqa: S608
        self._count = f"SELECT count(*) FROM {table}"  # noqa: S608
        self._keys = f"SELECT key FROM {table} ORDER BY key"  # noqa: S608

    def read(self, keys: Iterable[str]) -> dict[str, Any]:
        """Return the values of those keys that are stored and whole.

        Raises:
            InfrastructureError: The file cannot be read.
        """
        found = {}
        for key in keys:
            row = self._row(key)
            if row is None:
                continue
            if row[1] != _row_digest(key, row[0]):
                warnings.warn(
                    f"A row of {self.path} is damaged; its answer is asked for again.",
                    DamagedJournalWarning,
                    stacklevel=2,
                )
                continue
            found[key] = json.loads(row[0])
        return found

    def _row(self, key: str) -> tuple[str, str] | None:
        try:
            row: tuple[str, str] | None = self._connection.execute(self._select, (key,)).fetchone()
        except sqlite3.Error as error:
            raise InfrastructureError(
                f"The journal {self.path} cannot be read: {error}.",
                next_step="Run the same command again: a damaged file is moved aside.",
            ) from error
        return row

    def write(self, values: Mapping[str, Any]) -> None:
        """Store values; they are on disk when this returns."""
        rows = []
        for key, value in values.items():
            text = json.dumps(value, ensure_ascii=True)
            rows.append((key, text, _row_digest(key, text), time.time()))
        try:
            with self._connection:
                self._connection.executemany(self._insert, rows)
        except sqlite3.Error as error:
            raise InfrastructureError(
                f"The journal {self.path} cannot be written: {error}.",
                next_step="Free disk space or check permissions, then run the same command again.",
            ) from error

    def values(self) -> Iterator[Any]:
        """Yield every stored value that is whole.

        Raises:
            InfrastructureError: The file cannot be read.
        """
        keys = [key for (key,) in self._connection.execute(self._keys)]
        for key in keys:
            yield from self.read([key]).values()

    def __len__(self) -> int:
        """Return the number of stored values."""
        return int(self._connection.execute(self._count).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return the journal itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()


def _row_digest(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()


def _open(path: Path | None, schema: str) -> sqlite3.Connection:
    try:
        return _connect(path, schema)
    except sqlite3.DatabaseError as error:
        if path is None or isinstance(error, sqlite3.OperationalError):
            raise InfrastructureError(
                f"The journal {path} cannot be opened: {error}.",
                next_step="Check that the run folder exists and can be written.",
            ) from error
        return _connect(_move_aside(path), schema)


def _open_to_read(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    except sqlite3.Error as error:
        raise InfrastructureError(
            f"The journal {path} cannot be opened: {error}.",
            next_step="Check that it is there and can be read.",
        ) from error


def _connect(path: Path | None, schema: str) -> sqlite3.Connection:
    """Return a file that is whole: opening alone reads the first page.

    Raises:
        DatabaseError: Pages are missing or broken.
    """
    connection = sqlite3.connect(path or ":memory:", timeout=30)
    try:
        # A network file system may refuse WAL: then SQLite says so here and keeps its default.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(schema)
        connection.commit()
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise sqlite3.DatabaseError(said)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _move_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.corrupt-{time.time_ns()}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    warnings.warn(
        f"The journal {path} is damaged; it was moved to {aside.name} and starts anew.",
        DamagedJournalWarning,
        stacklevel=4,
    )
    return path
