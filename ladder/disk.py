"""Write a file whole or not at all, take its digest, and hold a lock on it."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ladder.errors import InfrastructureError, LadderError


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines, each with its end; like `write_text`."""
    _write(path, (f"{line}\n" for line in lines))


def write_text(path: Path, text: str) -> None:
    """Write a text as it is, whole or not at all.

    Raises:
        InfrastructureError: The disk is full, or the folder may not be written.
    """
    _write(path, [text])


def write_json(path: Path, value: object) -> None:
    """Write JSON with sorted keys; like `write_text`."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False))


def read_json_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file; an empty one where none can be read."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def file_digest(path: Path) -> str:
    """Return the sha256 of a file's bytes, read now, as 64 hexadecimal digits.

    Raises:
        OSError: There is no such file, or it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def draft_of(folder: Path) -> Iterator[Path]:
    """Give a folder beside another, which takes its name where the block ends well, else is removed."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    draft.rename(folder)


@contextmanager
def locked(
    path: Path,
    *,
    wait_seconds: float = -1,
    busy: Callable[[], LadderError] | None = None,
    is_shared: bool = False,
) -> Iterator[None]:
    """Hold a lock file in the block; it frees itself when the process dies, however it dies.

    Args:
        path: The lock file. It is made where it is missing, and stays.
        wait_seconds: How long to wait for it; a negative number waits for ever.
        busy: Makes the error to raise where another process still holds the lock then.
        is_shared: Whether all of this process holds the lock together, so that it may be taken
            again inside the block.
    """
    lock = FileLock(path, timeout=wait_seconds, is_singleton=is_shared)
    try:
        lock.acquire()
    except Timeout:
        if busy is None:
            raise
        raise busy() from None
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, pieces: Iterable[str]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync(path.parent)
    except OSError as error:
        raise InfrastructureError(
            f"{path} cannot be written: {error.strerror}.",
            next_step="Free disk space or check permissions, then run the same command again.",
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink()


def _sync(folder: Path) -> None:
    """Make the new name last: without this a crash of the machine may bring back the old file."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
