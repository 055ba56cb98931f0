"""`Replica`: one of several servers of a model, what it works on, and its first question."""

import threading
import time
from collections import deque
from dataclasses import dataclass, field

from ladder.models.base import Answer, Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding

MOST_SECONDS_KEPT = 200
"""Answers of a replica whose time is remembered: a server may slow down for all, in a long run."""

HELLO = Request((Message("user", "Say yes."),), ChatSetup(), Decoding(max_new_tokens=16))
"""What each server is asked first, to learn which model answers."""


@dataclass(slots=True)
class Replica:
    """One server: what it works on, and how it did.

    Attributes:
        why_out: Why it is asked no more; empty while it is.
        running: When each of the calls that it works on was begun, by position.
        seconds: How long its last answers took.
        n_answered: How many it gave.
        n_failed: Calls that failed since its last answer.
        greeting: What it is asked first, while that is not answered: it gets nothing else.
        n_greetings: How often it was asked so.
        spoke_after: How long its first answer took; None before, while nobody knows its model.
    """

    url: str
    endpoint: EndpointGenerator
    why_out: str = ""
    running: dict[int, float] = field(default_factory=dict)
    seconds: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_SECONDS_KEPT))
    n_answered: int = 0
    n_failed: int = 0
    greeting: "Greeting | None" = None
    n_greetings: int = 0
    spoke_after: float | None = None
    _preparing: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Answer:
        """Answer one request; threads may do so side by side."""
        with self._preparing:
            self.endpoint.prepare([request])
        return self.endpoint.answer(request)


class Greeting:
    """A server's first question, asked beside whatever the others do."""

    def __init__(self, replica: Replica) -> None:
        self.begun = time.monotonic()
        self.seconds = 0.0
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self._replica = replica
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Return whether it was answered, or failed."""
        return not self._thread.is_alive()

    def is_pending_for(self, seconds: float) -> bool:
        """Return whether nothing came for so long."""
        return not self.is_over and time.monotonic() - self.begun > seconds

    def wait(self, seconds: float) -> None:
        """Wait a moment for the answer."""
        self._thread.join(seconds)

    def _ask(self) -> None:
        try:
            self.answer = self._replica.answer(HELLO)
        except Exception as caught:  # noqa: BLE001 - raised again where greetings are looked at
            self.error = caught
        self.seconds = time.monotonic() - self.begun
