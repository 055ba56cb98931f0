"""`working`: a block that takes a while, shown with a clock and with what goes on in it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from ladder.activity import Activities, watched
from ladder.progress.display import EVERY_SECONDS, Display, frame_at
from ladder.progress.line_parts import Part, clock, fitted


@dataclass(slots=True)
class WorkingLine:
    """One line: what is done, what of it goes on now, and for how long it has."""

    name: str
    now: Callable[[], float] = time.monotonic
    activities: Activities = field(default_factory=Activities)
    began: float = 0.0

    def __post_init__(self) -> None:
        """Begin to count."""
        self.began = self.now()

    def screen(self, width: int, height: int) -> Text:
        """Return the line as wide as a screen."""
        del height
        return Text(fitted(self._parts(frame_at(self.now())), width), style="cyan")

    def line(self) -> str:
        """Return the line for a log."""
        return fitted(self._parts(""), 10_000)

    def _parts(self, frame: str) -> list[Part]:
        now = self.now()
        waits = [f"waiting: {each.in_words(now)}" for each in self.activities.waits[:1]]
        return [
            Part(0, f"{frame} {self.name}".strip()),
            Part(2, self.activities.in_words(now)),
            Part(3, "".join(waits)),
            Part(1, clock(now - self.began)),
        ]


@dataclass(frozen=True, slots=True)
class Work:
    """What is under way, for whoever does it."""

    _line: WorkingLine
    _display: Display

    def rename(self, name: str) -> None:
        """Say that something else is done from now on."""
        self._line.name = name

    def say(self, text: str) -> None:
        """Print a line that stays."""
        self._display.say(text)

    @property
    def is_log(self) -> bool:
        """Return whether lines are printed one after another."""
        return self._display.is_log


@contextmanager
def working(console: Console | None, name: str, *, every: float = EVERY_SECONDS) -> Iterator[Work]:
    """Show, as long as the block lasts, that it is alive; nothing of it stays on a screen.

    Args:
        console: Where; None shows nothing.
        name: What is done, such as "checking".
        every: Seconds without a line after which a log gets one.
    """
    line = WorkingLine(name)
    with watched(line.activities), Display(console, line, every=every, is_kept=False) as display:
        yield Work(line, display)
