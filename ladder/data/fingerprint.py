"""sha256 digests of samples and of data files."""

from collections.abc import Iterable
from pathlib import Path

from ladder.data.readers.read_rows import check_file
from ladder.data.sample import Sample
from ladder.disk import file_digest
from ladder.frozen import digest_of


def digest_samples(samples: Iterable[Sample]) -> str:
    """Return the sha256 of a set of samples; their order does not count, everything else does.

    >>> a, b = Sample("1", "x", ("y",)), Sample("2", "z", ("y",))
    >>> digest_samples([a, b]) == digest_samples([b, a]) != digest_samples([a])
    True
    """
    return digest_of(sorted(_digest_sample(sample) for sample in samples))


def digest_file(path: str | Path) -> str:
    """Return the sha256 of a file's bytes; of a folder that of its files with their names.

    Hidden files are left out, as nobody reads them: systems and editors change them at any time.

    Raises:
        DataError: There is no such file, or it is empty.
    """
    folder = Path(path).expanduser()
    if folder.is_dir():
        files = [each for each in shown_below(folder) if each.is_file()]
        return digest_of({each.relative_to(folder).as_posix(): file_digest(each) for each in files})
    return file_digest(check_file(str(path)))


def shown_below(folder: Path) -> list[Path]:
    """Return all that stands below a folder in the order of names, without what is hidden."""
    return sorted(
        each
        for each in folder.rglob("*")
        if not any(part.startswith(".") for part in each.relative_to(folder).parts)
    )


def _digest_sample(sample: Sample) -> str:
    columns = {name: str(value) for name, value in sample.columns.items()}
    parts = [sample.id, sample.input, sample.targets, sample.cluster, columns]
    # A sample without turns keeps the digest that it had before there were any.
    talk = sample.conversation
    return digest_of(parts if talk is None else [*parts, talk.whole])
