"""`Deadlines`: cuts off calls that take too long, from one thread for all calls of a server."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Deadlines:
    """Shuts the socket of a call at its deadline. Threads may share it.

    A server that sends a byte now and then never times out. One thread sees to all calls: one
    for each would cost as much as the call itself.
    """

    def __init__(self) -> None:
        self._ends: dict[object, tuple[float, socket.socket]] = {}
        self._changed = threading.Condition()
        self._looks_at = float("inf")
        self._thread: threading.Thread | None = None
        self._is_closed = False

    @contextmanager
    def cut_off(self, plug: socket.socket | None, deadline: float) -> Iterator[None]:
        """Shut a socket where the block is not over at `deadline`, by the monotonic clock."""
        if plug is None:
            yield
            return
        ticket = object()
        with self._changed:
            self._ends[ticket] = deadline, plug
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, daemon=True)
                self._thread.start()
            elif deadline < self._looks_at:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._ends.pop(ticket, None)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                for ticket, (deadline, plug) in list(self._ends.items()):
                    if deadline <= now:
                        del self._ends[ticket]
                        shut(plug)
                ends = [deadline for deadline, _ in self._ends.values()]
                self._looks_at = min(ends, default=float("inf"))
                self._changed.wait(self._looks_at - now if ends else None)


def shut(plug: socket.socket) -> None:
    """Break off whatever runs over a socket."""
    with contextlib.suppress(OSError):
        plug.shutdown(socket.SHUT_RDWR)
