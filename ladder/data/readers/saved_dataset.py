"""`read_saved_dataset`: the rows of a folder that `Dataset.save_to_disk` of the library `datasets` wrote."""

import json
from collections.abc import Iterator
from pathlib import Path

from ladder.data.readers.parquet import class_labels, with_label_names
from ladder.data.readers.row import MOST_FILE_BYTES, Row
from ladder.errors import DataError
from ladder.installation import install_line

_STATE, _SPLITS = "state.json", "dataset_dict.json"
_TESTS = ("test", "validation", "eval", "dev")


def is_saved_dataset(folder: Path) -> bool:
    """Return whether a folder holds a saved data set, or the splits of one."""
    return (folder / _SPLITS).is_file() or (
        (folder / _STATE).is_file() and any(folder.glob("*.arrow"))
    )


def split_in(folder: Path) -> Path:
    """Return the folder of the split that is for measuring; of a data set without splits itself.

    Raises:
        DataError: None of its splits is called so.
    """
    if not (folder / _SPLITS).is_file():
        return folder
    splits = _splits(folder)
    found = next((name for name in _TESTS if name in splits), None)
    if found is None:
        raise _names_no_split(folder)
    return folder / found


def read_saved_dataset(folder: Path) -> Iterator[Row]:
    """Yield one row a record, with the names of class labels.

    Raises:
        DataError: pyarrow is missing, the folder holds several splits, or a file cannot be read.
    """
    if (folder / _SPLITS).is_file():
        raise _names_no_split(folder)
    try:
        import pyarrow as pa
    except ImportError:
        raise DataError(
            f"{folder.name} needs pyarrow, which is not installed.",
            next_step=f"{install_line('data')}, or save the data as .jsonl.",
        ) from None
    position = 0
    for file in _files(folder):
        try:
            with pa.memory_map(str(file)) as source:
                table = pa.ipc.open_stream(source)
                labels = class_labels(table.schema.metadata)
                for batch in table:
                    for columns in batch.to_pylist():
                        position += 1
                        yield Row(
                            f"{folder.name} row {position}", with_label_names(columns, labels)
                        )
        except (pa.ArrowException, OSError) as error:
            raise DataError(
                f"{folder.name}/{file.name} is no readable Arrow file: {str(error).splitlines()[0]}.",
                next_step="Save the data set again.",
            ) from None


def _files(folder: Path) -> list[Path]:
    try:
        named = json.loads((folder / _STATE).read_text(encoding="utf-8"))["_data_files"]
        files = [folder / Path(str(each["filename"])).name for each in named]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{folder.name}/{_STATE} does not say which files hold the rows ({type(error).__name__}).",
            next_step="Save the data set again.",
        ) from None
    if sum(each.stat().st_size for each in files if each.is_file()) > MOST_FILE_BYTES:
        raise DataError(
            f"{folder.name} is larger than {MOST_FILE_BYTES // 1024**3} GiB.",
            next_step="Take a random sample of its rows.",
        )
    return files


def _splits(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if (each / _STATE).is_file())


def _names_no_split(folder: Path) -> DataError:
    splits = _splits(folder)
    first = next((name for name in _TESTS if name in splits), splits[0] if splits else "test")
    return DataError(
        f"{folder} holds the splits {', '.join(splits)} of a data set.",
        next_step=f"Name the folder of one: {folder / first}.",
    )
