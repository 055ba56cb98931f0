"""Rows of a `datasets` id. Scripts are never run."""

from collections.abc import Iterator

from ladder.data.readers.row import Row
from ladder.errors import DataError, InfrastructureError, UnsafeError
from ladder.installation import install_line


def read_hub(path: str, *, split: str, revision: str | None) -> Iterator[Row]:
    """Yield the rows of one split of `org/name` or `org/name:config`."""
    try:
        import datasets
        from datasets.exceptions import DatasetNotFoundError
    except ImportError:
        raise DataError(
            f"The data set {path!r} needs the library datasets, which is not installed.",
            next_step=f"{install_line('data')}, or name a .jsonl file.",
        ) from None
    name, _, config = path.partition(":")
    try:
        rows = datasets.load_dataset(name, config or None, split=split, revision=revision)
    except (DatasetNotFoundError, ConnectionError, OSError) as error:
        raise InfrastructureError(
            f"The data set {path!r} could not be loaded: {str(error).splitlines()[0]}",
            next_step=(
                f"Check the name; where there is no network, run `hf download {name} --repo-type "
                "dataset` where there is one, or name a local .jsonl file."
            ),
        ) from None
    except (ValueError, RuntimeError) as error:
        if "scripts are no longer supported" in str(error):
            raise UnsafeError(
                f"The data set {path!r} is made by a script of its own, which is never run.",
                next_step="Name a revision with data files (`refs/convert/parquet`), or a .jsonl.",
            ) from None
        raise DataError(
            f"The data set {path!r} cannot be read: {str(error).splitlines()[0]}",
            next_step="Check data.split and the config (`org/name:config`).",
        ) from None
    for position, columns in enumerate(rows, start=1):
        named = {
            name: named_label(value, rows.features.get(name)) for name, value in columns.items()
        }
        yield Row(f"{path}[{split}] row {position}", named)


def named_label(value: object, feature: object) -> object:
    """Return a class label by its name: a model answers `positive`, not 1; -1 stands for none.

    A list of labels is one by its names.
    """
    inner = getattr(feature, "feature", None)
    if inner is not None and isinstance(value, list | tuple):
        return [named_label(each, inner) for each in value]
    names = getattr(feature, "names", None)
    if names is None or isinstance(value, bool) or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None
