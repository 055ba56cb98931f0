"""`read_rows`: rows of a JSONL, JSON, CSV, Parquet file or a `datasets` id, values verbatim."""

import difflib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ladder.data.readers.delimited import read_delimited
from ladder.data.readers.hub import read_hub
from ladder.data.readers.json_rows import read_json, read_jsonl
from ladder.data.readers.label_folders import read_label_folders
from ladder.data.readers.parquet import read_parquet
from ladder.data.readers.row import MOST_FILE_BYTES, Row
from ladder.data.readers.saved_dataset import is_saved_dataset, read_saved_dataset
from ladder.data.readers.workbook import WORKBOOKS, read_workbook, sheet_names
from ladder.errors import DataError, NoRowsError, UnsafeError
from ladder.spec.data_source import DataSource

_HUB_ID = re.compile(r"^[\w.-]+(/[\w.-]+)?(:[\w.-]+)?$")
_READERS: dict[str, Callable[[Path, str | None], Iterator[Row]]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".parquet": lambda file, _: read_parquet(file),
    ".xlsx": lambda file, _: read_workbook(file),
    ".xlsm": lambda file, _: read_workbook(file),
}
ROW_ENDINGS = frozenset(_READERS)
"""Endings of files that hold rows."""

_POINTER_BYTES = 256
_PULL = (
    "Run `git lfs pull` in its repository; in a workflow write `lfs: true` under `with:` of "
    "actions/checkout."
)
_POINTERS = {
    b"version https://git-lfs.github.com/spec/": ("Git LFS", _PULL),
    b"version https://hawser.github.com/spec/": ("Git LFS", _PULL),
    b"/annex/objects/": ("git-annex", "Run `git annex get` for this file."),
}
_SHEETS = {".xls", ".ods", ".xlsb", ".numbers"}
_PACKED = {".gz", ".zip", ".zst", ".bz2", ".xz", ".tar", ".tgz", ".7z"}


def read_rows(
    path: str,
    *,
    split: str = "test",
    revision: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
) -> Iterator[Row]:
    """Yield the rows of a file by its ending, of a `datasets` id (`org/name:config`), or of a folder.

    A folder has a folder of text files for each label (a file is an input, its folder the target), or
    is a data set that the library `datasets` saved.

    Args:
        path: The file, folder or id.
        split: Of a data set of the hub.
        revision: Of a data set of the hub.
        encoding: Of a file of text that is neither UTF-8 nor marked as UTF-16.
        sheet: Of a workbook in which several hold rows.

    Raises:
        DataError: The file is absent, too large, or not well-formed; says at which line.
        UnsafeError: It is an address, a device or a pipe.
    """
    _refuse_address(path)
    reader = _READERS.get(Path(path).suffix.lower())
    if reader is None and is_hub_data(path):
        return read_hub(path, split=split, revision=revision)
    folder = Path(path).expanduser()
    if folder.is_dir():
        return (read_saved_dataset if is_saved_dataset(folder) else read_label_folders)(folder)
    file = check_file(path)
    if sheet is not None:
        return _read_sheet(file, sheet)
    if reader is None:
        raise DataError(f"{path} has no ending that ladder reads.", next_step=_advice(file))
    return reader(file, encoding)


def read_rows_like(path: str, data: DataSource) -> Iterator[Row]:
    """Yield the rows of another file than the eval data: written like them, if it can be."""
    sheet = data.sheet if data.sheet in sheet_names(path) else None
    return read_rows(path, split=data.split, encoding=data.encoding, sheet=sheet)


def _read_sheet(file: Path, sheet: str) -> Iterator[Row]:
    if file.suffix.lower() not in WORKBOOKS:
        raise DataError(
            f"{file.name} is no workbook, and has no sheet {sheet!r}.",
            next_step="Leave the sheet out (data.sheet, --sheet).",
        )
    return read_workbook(file, sheet)


def is_hub_data(path: str) -> bool:
    """Return whether a name can only be a data set of the hub: no typo in a path is asked of it.

    >>> is_hub_data("org/name"), is_hub_data("glue:sst2"), is_hub_data("org/name-v1.1")
    (True, True, True)
    >>> is_hub_data("tickets"), is_hub_data("data/eval.cvs"), is_hub_data("./data/eval")
    (False, False, False)
    """
    name, _, config = path.partition(":")
    owner, slash, _ = name.partition("/")
    if not _HUB_ID.match(path) or Path(path).exists() or not (slash or config):
        return False
    is_file_name = re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{1,6}", Path(name).suffix) is not None
    return not is_file_name and not (slash and Path(owner).is_dir())


def check_file(path: str) -> Path:
    """Return the path of an ordinary, readable, not too large, not empty file.

    Raises:
        DataError: It is absent, a folder, empty or too large.
        UnsafeError: It is an address, a device, a pipe or a socket.
    """
    _refuse_address(path)
    file = Path(path).expanduser()
    if not file.exists():
        raise DataError(f"There is no file {path}.", next_step=_nearest_file(file))
    if file.is_dir():
        raise DataError(f"{path} is a folder.", next_step="Name the file in it.")
    if not file.is_file():
        raise UnsafeError(
            f"{path} is a device, a pipe or a socket.", next_step="Name an ordinary file."
        )
    size = file.stat().st_size
    if size == 0:
        raise NoRowsError(f"{path} is empty.", next_step="Write one row an example.")
    if size > MOST_FILE_BYTES:
        raise DataError(
            f"{path} is larger than {MOST_FILE_BYTES // 1024**3} GiB.",
            next_step="Take a random sample of its rows.",
        )
    refuse_pointer(file, path)
    return file


def refuse_pointer(file: Path, path: str) -> None:
    """Raise DataError where a file is what Git leaves in the place of a large one."""
    with file.open("rb") as stream:
        start = stream.read(_POINTER_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, (what, step) in _POINTERS.items():
        if start.startswith(mark):
            raise DataError(
                f"{path} is no data: it is the pointer that {what} leaves in the place of a "
                "large file.",
                next_step=step,
            )


def _refuse_address(path: str) -> None:
    if "://" in path:
        raise UnsafeError(
            f"Data {path.split('?', maxsplit=1)[0]!r} is an address; ladder fetches nothing by itself.",
            next_step="Download it, and name the file.",
        )


def _advice(file: Path) -> str:
    ending = file.suffix.lower()
    if ending in _PACKED:
        return "Unpack it first."
    readable = f"{', '.join(sorted(ROW_ENDINGS))}, and folders of text files by label"
    if ending in _SHEETS:
        return f"Save it as .xlsx or as CSV with UTF-8. What is read: {readable}."
    near = difflib.get_close_matches(ending, ROW_ENDINGS, n=1)
    step = (
        f"Rename it to {file.stem}{near[0]} if that is what it holds" if near else "Save it as one"
    )
    return f"{step}. What is read: {readable}."


def _nearest_file(file: Path) -> str:
    folder = file.parent
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    # Compared without the ending, which all of them may share.
    stems = {Path(name).stem.lower(): name for name in names}
    near = difflib.get_close_matches(file.stem.lower(), stems, n=1)
    if near:
        return f"Did you mean {folder / stems[near[0]]}?"
    seen = (
        f"It is looked for in {folder.resolve()}; paths in a spec are meant from the spec's folder."
    )
    if file.suffix.lower() != ".jsonl":
        return seen
    return f'Create it, a line an example: {{"input": "2 + 2", "target": "4"}}. {seen}'
