"""Digests of data: what a decision was made on, in 64 hexadecimal digits."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ladder.data.readers.read_rows import check_file
from ladder.data.sample import Sample
from ladder.frozen import digest_of

_BLOCK = 1024 * 1024


def digest_samples(samples: Iterable[Sample]) -> str:
    """Return the sha256 of a set of samples; their order does not count, everything else does.

    >>> a, b = Sample("1", "x", ("y",)), Sample("2", "z", ("y",))
    >>> digest_samples([a, b]) == digest_samples([b, a]) != digest_samples([a])
    True
    """
    return digest_of(sorted(_digest_sample(sample) for sample in samples))


def digest_file(path: str | Path) -> str:
    """Return the sha256 of a file's bytes.

    Raises:
        DataError: There is no such file, or it is empty.
    """
    digest = hashlib.sha256()
    with check_file(str(path)).open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _digest_sample(sample: Sample) -> str:
    columns = {name: str(value) for name, value in sample.columns.items()}
    return digest_of([sample.id, sample.input, sample.targets, sample.cluster, columns])
