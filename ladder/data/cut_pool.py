"""`cut_pool`: some rows of a data set set apart as worked examples, in two new files."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ladder.data.sample import Sample
from ladder.data.split import unit_of
from ladder.data.tables import write_rows
from ladder.errors import DataError

LEAST_LEFT = 30
"""Rows that must stay to measure on."""


def cut_pool(
    rows: Sequence[Mapping[str, Any]],
    samples: Sequence[Sample],
    size: int,
    eval_file: Path,
    pool_file: Path,
) -> None:
    """Write about `size` rows into a pool and all others into eval data; the source stays as it is.

    Rows are drawn by a hash of their content, and rows that belong together (a cluster, the same
    input) stay together: no row of the pool tells anything about one that is measured.

    Raises:
        DataError: Too few rows would be left.
    """
    if len(rows) != len(samples) or len(rows) - size < LEAST_LEFT:
        raise DataError(
            f"A pool of {size} leaves {max(0, len(rows) - size)} of {len(rows)} rows to measure on.",
            next_step=f"Cut off fewer, so that at least {LEAST_LEFT} are left, or give a pool file "
            "as levers.few_shot.pool.",
        )
    units = [unit_of(sample) for sample in samples]
    chosen: set[str] = set()
    taken = 0
    for unit in sorted(
        set(units), key=lambda each: hashlib.sha256(f"pool {each}".encode()).digest()
    ):
        if taken >= size:
            break
        chosen.add(unit)
        taken += units.count(unit)
    pairs = list(zip(rows, units, strict=True))
    write_rows([row for row, unit in pairs if unit not in chosen], eval_file)
    write_rows([row for row, unit in pairs if unit in chosen], pool_file)
