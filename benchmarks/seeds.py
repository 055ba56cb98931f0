"""Ask processes about one seed after the other, until enough of them gave a result."""

from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing.pool import Pool
from typing import TypeVar

R = TypeVar("R")

BLOCK = 40
"""Seeds that are handed out at a time."""


def results_of_seeds(workers: Pool, of_seed: Callable[[int], R | None], first: int) -> Iterator[R]:
    """Yield what `of_seed` returns for `first`, the seed after it, and so on, but for None.

    Seeds are handed out in blocks: `imap` over endless seeds fills the queue of the processes, and
    what they are asked next never gets its turn.
    """
    for start in count(first, BLOCK):
        found = workers.map(of_seed, range(start, start + BLOCK), chunksize=1)
        yield from (one for one in found if one is not None)
