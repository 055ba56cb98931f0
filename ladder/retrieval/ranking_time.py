"""`RankingTime`: how long something took that was done for the first time, and how often it was."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class RankingTime:
    """Seconds of work, without what was known before: a second run over known texts takes none.

    >>> spent = RankingTime()
    >>> spent.milliseconds is None
    True
    >>> spent.add(0.5, 10)
    >>> spent.milliseconds
    50.0
    """

    seconds: float = 0.0
    n: int = 0

    @property
    def milliseconds(self) -> float | None:
        """Return what one of them took; None before anything was done."""
        return 1000 * self.seconds / self.n if self.n else None

    def add(self, seconds: float, n: int) -> None:
        """Count work that was timed elsewhere."""
        self.seconds += seconds
        self.n += n

    @contextmanager
    def of(self, n: int) -> Iterator[None]:
        """Count the work of the block, as that of so many."""
        started = time.perf_counter()
        yield
        self.add(time.perf_counter() - started, n)
