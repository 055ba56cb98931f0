"""Parquet, read in batches."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ladder.data.readers.row import MOST_FILE_BYTES, Row
from ladder.errors import DataError
from ladder.installation import install_line

_BATCH = 1024


def read_parquet(file: Path) -> Iterator[Row]:
    """Yield one row a record."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise DataError(
            f"{file.name} needs pyarrow, which is not installed.",
            next_step=f"{install_line('data')}, or save the data as .jsonl.",
        ) from None
    try:
        table = parquet.ParquetFile(file)
        _check(table, file)
        labels = class_labels(table.schema_arrow.metadata)
        position = 0
        for batch in table.iter_batches(batch_size=_BATCH):
            for columns in batch.to_pylist():
                position += 1
                yield Row(f"{file.name} row {position}", with_label_names(columns, labels))
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{file.name} is not a readable Parquet file: {str(error).splitlines()[0]}.",
            next_step="Write it again, or correct its ending.",
        ) from None


def class_labels(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Return the names of each column of class labels, as `datasets` writes them into its files."""
    given = (metadata or {}).get(b"huggingface", b"{}")
    try:
        features = json.loads(given)["info"]["features"]
        kinds = {name: each for name, each in features.items() if each.get("_type") == "ClassLabel"}
        return {name: list(map(str, each["names"])) for name, each in kinds.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def with_label_names(columns: Mapping[str, Any], labels: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a row whose class labels have their names."""
    named = {name: _named(columns.get(name), names) for name, names in labels.items()}
    return {**columns, **named}


def _named(value: object, names: list[str]) -> object:
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else None


def _check(table: Any, file: Path) -> None:  # noqa: ANN401 - pyarrow has no types
    metadata = table.metadata
    unpacked = sum(
        metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)
    )
    if unpacked > MOST_FILE_BYTES:
        raise DataError(
            f"{file.name} unpacks to more than {MOST_FILE_BYTES // 1024**3} GiB.",
            next_step="Take a random sample of its rows.",
        )
    names = table.schema_arrow.names
    if len(set(names)) < len(names):
        raise DataError(f"{file.name} repeats a column.", next_step="Rename one of the two.")
