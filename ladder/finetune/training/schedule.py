"""Which rows stand in which batch: decided before the first step, by the seed alone."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

Row = TypeVar("Row")


def plan_batches(
    rows: Sequence[Row],
    replay: Sequence[Row],
    *,
    steps: int,
    batch_size: int,
    share: float,
    seed: int,
) -> list[Row]:
    """Return `steps` batches as one list; of each, `share` is replay, to the nearest row.

    Every batch has the same mix, so that no stretch of the training forgets. A training that is
    continued reads on in the same list.

    >>> plan_batches(["a"], ["r"], steps=2, batch_size=4, share=0.25, seed=0)
    ['a', 'a', 'a', 'r', 'a', 'a', 'a', 'r']
    """
    n_replay = min(round(batch_size * share), batch_size - 1) if replay else 0
    own = _forever(rows, np.random.default_rng([seed, 0]))
    general = _forever(replay, np.random.default_rng([seed, 1]))
    plan: list[Row] = []
    for _ in range(steps):
        plan.extend(next(own) for _ in range(batch_size - n_replay))
        plan.extend(next(general) for _ in range(n_replay))
    return plan


def _forever(rows: Sequence[Row], generator: np.random.Generator) -> Iterator[Row]:
    while True:
        for place in generator.permutation(len(rows)):
            yield rows[int(place)]
