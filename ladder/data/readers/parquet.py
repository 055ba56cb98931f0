"""Parquet, read in batches."""

from collections.abc import Iterator
from pathlib import Path

from ladder.data.readers.row import MOST_FILE_BYTES, Row
from ladder.errors import DataError

_BATCH = 1024


def read_parquet(file: Path) -> Iterator[Row]:
    """Yield one row a record."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise DataError(
            f"{file.name} needs pyarrow, which is not installed.",
            next_step='pip install "finetune-ladder[data]", or save the data as .jsonl.',
        ) from None
    try:
        table = parquet.ParquetFile(file)
        _check(table, file)
        position = 0
        for batch in table.iter_batches(batch_size=_BATCH):
            for columns in batch.to_pylist():
                position += 1
                yield Row(f"{file.name} row {position}", columns)
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{file.name} is not a readable Parquet file: {str(error).splitlines()[0]}.",
            next_step="Write it again, or correct its ending.",
        ) from None


def _check(table: object, file: Path) -> None:
    metadata = table.metadata  # type: ignore[attr-defined]
    unpacked = sum(
        metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups)
    )
    if unpacked > MOST_FILE_BYTES:
        raise DataError(
            f"{file.name} unpacks to more than {MOST_FILE_BYTES // 1024**3} GiB.",
            next_step="Take a random sample of its rows.",
        )
    names = table.schema_arrow.names  # type: ignore[attr-defined]
    if len(set(names)) < len(names):
        raise DataError(f"{file.name} repeats a column.", next_step="Rename one of the two.")
