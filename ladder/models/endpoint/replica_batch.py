"""`ReplicaBatch`: requests to several servers that wait, are worked on, or are answered."""

import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ladder.models.base import Answer, Request
from ladder.models.endpoint.replica import Replica

LOOK_SECONDS = 0.1
"""How often the servers are looked at while no answer comes."""

JOIN_SECONDS = 1.0
"""How long calls that were broken off are waited for."""


@dataclass(frozen=True, slots=True)
class ReplicaReply:
    """What one call to one replica gave."""

    replica: Replica
    position: int
    answer: Answer | None = None
    error: Exception | None = None
    seconds: float = 0.0


class ReplicaBatch:
    """Requests that wait, are worked on, or are answered."""

    def __init__(self, requests: Sequence[Request]) -> None:
        self.waiting = deque(range(len(requests)))
        self.done: set[int] = set()
        self.tries: Counter[int] = Counter()
        self.is_stopped = False
        self._requests = requests
        self._given: queue.SimpleQueue[tuple[int, Answer] | BaseException | None]
        self._given = queue.SimpleQueue()
        self._came: queue.SimpleQueue[ReplicaReply] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    @property
    def is_over(self) -> bool:
        """Return whether all requests are answered."""
        return len(self.done) == len(self._requests)

    def give(self, found: tuple[int, Answer] | BaseException | None) -> None:
        """Hand an answer to whoever awaits it, or an error; None at the end."""
        self._given.put(found)

    def given(self) -> Iterator[tuple[int, Answer]]:
        """Yield the answers as they are given; raise an error."""
        while (found := self._given.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found

    def begin(self, replica: Replica) -> None:
        """Let a server work on the next request."""
        position = self.waiting.popleft()
        self.tries[position] += 1
        replica.running[position] = time.monotonic()
        # A daemon: a server that hangs must not keep the process.
        thread = threading.Thread(target=self._call, args=(replica, position), daemon=True)
        self._threads.append(thread)
        thread.start()

    def next(self) -> ReplicaReply | None:
        """Return what came next; None where nothing did for a moment."""
        try:
            came = self._came.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return None
        begun = came.replica.running.pop(came.position, None)
        if begun is not None and came.error is None:
            came.replica.seconds.append(came.seconds)
        return came

    def put_back(self, position: int) -> None:
        """Let a request wait for another server, before those that no server was given yet."""
        if position not in self.done and position not in self.waiting:
            self.waiting.appendleft(position)

    def take_from(self, replica: Replica) -> None:
        """Let what a server was working on wait for the others."""
        for position in replica.running:
            self.put_back(position)
        replica.running.clear()

    def join(self) -> None:
        """Wait a moment for calls that were broken off."""
        for each in self._threads:
            each.join(JOIN_SECONDS)

    def _call(self, replica: Replica, position: int) -> None:
        answer, error = None, None
        begun = time.monotonic()
        try:
            answer = replica.answer(self._requests[position])
        except Exception as caught:  # noqa: BLE001 - raised again where answers are awaited
            error = caught
        self._came.put(ReplicaReply(replica, position, answer, error, time.monotonic() - begun))
