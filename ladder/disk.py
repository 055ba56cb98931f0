"""Write files so that a reader, or a crash, finds the old one or the new one, never a part."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ladder.errors import InfrastructureError


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write lines, each with its end; like `write_text`."""
    _write(path, (f"{line}\n" for line in lines))


def write_text(path: Path, text: str) -> None:
    """Write a text as it is, whole or not at all.

    Raises:
        InfrastructureError: The disk is full, or the folder may not be written.
    """
    _write(path, [text])


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
