"""Text files in folders whose names are labels."""

from collections.abc import Iterator
from pathlib import Path

from ladder.data.readers.decoding_text import decode
from ladder.data.readers.row import MOST_ROW_BYTES, Row
from ladder.errors import DataError

_ENDINGS = ("", ".txt", ".text", ".md", ".eml", ".html", ".log", ".json", ".xml")


def read_label_folders(folder: Path) -> Iterator[Row]:
    """Yield one row a file, in the order of their names: its text as `input`, its folder as `target`.

    The line break at the end of a file is no part of its text; files whose name starts with a dot
    are none of the data.

    Raises:
        DataError: A file stands in no folder of a label, is no text, or is too large.
    """
    files = [path for path in sorted(folder.rglob("*")) if _is_data(path, folder)]
    if not files:
        raise DataError(
            f"{folder} is a folder without text files.",
            next_step="Name a file, or a folder with a folder of text files for each label.",
        )
    for path in files:
        name = path.relative_to(folder).as_posix()
        _check(path, name, folder)
        text = decode(path.read_bytes(), f"{folder.name}/{name}").removesuffix("\n")
        columns = {"input": text.removesuffix("\r"), "target": path.parent.name, "file": name}
        yield Row(f"{folder.name}/{name}", columns)


def _is_data(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    return path.is_file() and not any(part.startswith(".") for part in parts)


def _check(path: Path, name: str, folder: Path) -> None:
    depth = name.count("/")
    if depth == 0:
        raise DataError(
            f"{folder} is a folder, and {name} stands in it without a label.",
            next_step="Name the file in it that holds the rows, or put each text file into a "
            "folder whose name is its label.",
        )
    if depth > 1:
        raise DataError(
            f"{folder}/{name} stands more than one folder deep, so its label is not known.",
            next_step="Name the folder whose own folders are the labels.",
        )
    if path.suffix.lower() not in _ENDINGS:
        raise DataError(
            f"{folder}/{name} is no text file by its ending.",
            next_step="Take it out of the folder, or save it as .txt.",
        )
    if path.stat().st_size > MOST_ROW_BYTES:
        raise DataError(f"{folder}/{name} is longer than 10 MiB.", next_step="Shorten it.")
