"""`activity`: says what takes time right now to whoever watches; where nobody does, it costs nothing.

Slow code says so in its own place, and knows nothing of screens: weights that load, texts that are
encoded, a server that asks to wait. Threads know nothing of the block they were started in: what
starts them takes `activities_now()` along.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from ladder.text import one_line, visible

ASKING = "asking for answers"
"""The name of a round of calls, of which the total is known."""

_LONGEST = 120
"""Columns of a name, in which the path of a model may stand."""


@dataclass(slots=True, eq=False)
class Activity:
    """Something that takes time.

    Attributes:
        name: What it is, in words that go on after "now: ".
        total: Of how many steps, where that is known.
        done: How many of them are done.
        until: When a wait ends, on the monotonic clock; None for work.
        is_inside: Whether it is a part of other work, and told behind it.
    """

    name: str
    total: int | None = None
    done: int = 0
    until: float | None = None
    is_inside: bool = False

    def advance(self, steps: int = 1) -> None:
        """Count steps that are done."""
        self.done += steps

    def in_words(self, now: float) -> str:
        """Return it as a person reads it.

        >>> Activity("encoding texts", 1200, done=300).in_words(0.0)
        'encoding texts, 300 of 1,200'
        >>> Activity("the server is busy", until=12.0).in_words(4.0)
        'the server is busy: 8 s more'
        """
        name = one_line(visible(self.name), _LONGEST)
        if self.until is not None:
            return f"{name}: {max(0.0, self.until - now):.0f} s more"
        if self.total is not None and self.total > 1:
            return f"{name}, {self.done:,} of {self.total:,}"
        return name


@dataclass(slots=True)
class Activities:
    """What takes time in one run right now; threads may share it."""

    _going: list[Activity] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, one: Activity) -> None:
        """Know that something began."""
        with self._lock:
            self._going.append(one)

    def end(self, one: Activity) -> None:
        """Know that it ended."""
        with self._lock:
            self._going.remove(one)

    @property
    def work(self) -> Activity | None:
        """Return what was begun last and is no wait, nor a part of other work."""
        return self._last(is_inside=False)

    def in_words(self, now: float) -> str:
        """Return what is done right now, with the part of it that is under way; nothing where none is.

        >>> activities = Activities()
        >>> activities.begin(Activity("asking for answers", 40, done=16))
        >>> activities.begin(Activity("writing token by token", 64, done=9, is_inside=True))
        >>> activities.in_words(0.0)
        'asking for answers, 16 of 40: writing token by token, 9 of 64'
        """
        found = (self.work, self._last(is_inside=True))
        return ": ".join(each.in_words(now) for each in found if each is not None)

    def _last(self, *, is_inside: bool) -> Activity | None:
        with self._lock:
            found = (e for e in reversed(self._going) if e.until is None)
            return next((each for each in found if each.is_inside == is_inside), None)

    @property
    def waits(self) -> tuple[Activity, ...]:
        """Return what is waited for, the longest wait first."""
        with self._lock:
            waits = [each for each in self._going if each.until is not None]
        return tuple(sorted(waits, key=lambda each: -(each.until or 0.0)))


_WATCHED: ContextVar[Activities | None] = ContextVar("ladder_activities", default=None)


@contextmanager
def watched(activities: Activities) -> Iterator[None]:
    """Report to `activities` whatever takes time inside the block."""
    token = _WATCHED.set(activities)
    try:
        yield
    finally:
        _WATCHED.reset(token)


@contextmanager
def activity(name: str, total: int | None = None, *, is_inside: bool = False) -> Iterator[Activity]:
    """Say, as long as the block lasts, that something takes time; the value counts its steps."""
    with _said(Activity(name, total, is_inside=is_inside), _WATCHED.get()) as one:
        yield one


def activities_now() -> Activities | None:
    """Return to what this code says what it does; None where nobody watches."""
    return _WATCHED.get()


@contextmanager
def waiting(name: str, seconds: float, watcher: Activities | None) -> Iterator[None]:
    """Say to a watcher, as long as the block lasts, what is waited for, and for how long."""
    with _said(Activity(name, until=time.monotonic() + seconds), watcher):
        yield


@contextmanager
def _said(one: Activity, watcher: Activities | None) -> Iterator[Activity]:
    if watcher is None:
        yield one
        return
    watcher.begin(one)
    try:
        yield one
    finally:
        watcher.end(one)
