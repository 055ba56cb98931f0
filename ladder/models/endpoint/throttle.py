"""`Throttle`: lets through as many calls at once as a server takes, found out by asking."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Throttle:
    """Lets calls through, fewer after a refusal and slowly more after answers.

    Additive increase and multiplicative decrease, as in TCP (Jacobson 1988). Refusals of calls
    that were let through before the last decrease say nothing new and are passed over.

    Args:
        most: How many calls may run at once at best.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._running = 0
        self._decreases = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """Return how many calls may run at once now."""
        return max(1, int(self._allowed))

    @contextmanager
    def slot(self) -> Iterator[int]:
        """Wait for a free slot, hold it, and yield the ticket that `refused` asks for."""
        with self._changed:
            self._changed.wait_for(lambda: self._running < self.allowed)
            self._running += 1
            ticket = self._decreases
        try:
            yield ticket
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def answered(self) -> None:
        """Allow a little more: one call more after as many answers as are allowed at once."""
        with self._changed:
            self._allowed = min(float(self._most), self._allowed + 1 / self._allowed)
            self._changed.notify_all()

    def refused(self, ticket: int) -> None:
        """Allow less, unless this was let through before the last decrease."""
        with self._changed:
            if ticket == self._decreases:
                self._allowed = max(1.0, self._allowed * 0.7)
                self._decreases += 1
