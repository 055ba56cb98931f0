"""`Display`: shows what changes while one waits: redrawn in a terminal and in a notebook, else in lines.

In a terminal and in a notebook it is redrawn several times a second, so a clock in it ticks. Elsewhere,
as in the log of a CI, a line is printed when nothing was for a while.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.text import Text

from ladder.text import visible

EVERY_SECONDS = 20.0
"""How long a log stays without a line at most, while something runs."""

REDRAWN = 4
"""Times a second in a terminal."""

_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"

_ASCII = str.maketrans(
    {"·": "-", "…": "~", "━": "=", "─": "-", "▲": "!", "✓": "*"} | dict.fromkeys(_FRAMES, "*")
)


class Redrawable(Protocol):
    """What a Display shows."""

    def screen(self, width: int, height: int) -> Text:
        """Return what stands on the screen now, in lines of at most `width` columns."""
        ...

    def line(self) -> str:
        """Return the same as one line for a log."""
        ...


@dataclass(slots=True)
class Display:
    """Shows a `Redrawable` as long as a `with` block lasts, on one console.

    Args:
        console: Where; None shows nothing.
        shown: What.
        every: Seconds without a line after which a log gets one.
        is_kept: Whether the last state stays on the screen.
    """

    console: Console | None
    shown: Redrawable
    every: float = EVERY_SECONDS
    is_kept: bool = True
    _live: Live | None = None
    _cell: Any = None
    _ticker: "Ticker | None" = None
    _printed: float = field(default_factory=time.monotonic)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __enter__(self) -> Self:
        """Begin to show."""
        if self.console is None:
            return self
        self._printed = time.monotonic()
        if in_notebook():
            show: Any = sys.modules["IPython"].display.display
            self._cell = show({"text/plain": self._page()}, raw=True, display_id=True)
            self._ticker = Ticker(1.0, self._redraw_cell)
        elif is_redrawn(self.console):
            self._live = Live(
                _Drawn(self.shown),
                console=self.console,
                refresh_per_second=REDRAWN,
                transient=not self.is_kept,
                vertical_overflow="crop",
            )
            self._live.start()
        else:
            self._ticker = Ticker(min(1.0, self.every / 4), self._print_when_silent)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the screen in order, whatever ended the block."""
        if self._ticker is not None:
            self._ticker.stop()
        if self._live is not None:
            self._live.stop()
        if self._cell is not None:
            self._redraw_cell(is_last=True)

    @property
    def is_log(self) -> bool:
        """Return whether lines are printed one after another."""
        return self.console is not None and self._live is None and self._cell is None

    def say(self, text: str, *, style: str = "") -> None:
        """Print a line that stays, above what is redrawn."""
        self.put(Text(visible(text), style=style))

    def put(self, what: RenderableType, *, is_wrapped: bool | None = None) -> None:
        """Print something that stays, above what is redrawn; `is_wrapped` breaks its lines at words."""
        if self.console is None:
            return
        with self._lock:
            self._printed = time.monotonic()
            try:
                self.console.print(what, markup=False, soft_wrap=False if is_wrapped else None)
            except BrokenPipeError:
                raise
            except OSError:
                return  # a full disk behind a log ends no run

    def _print_when_silent(self) -> None:
        with self._lock:
            if time.monotonic() - self._printed >= self.every:
                self.say(self.shown.line())

    def _page(self) -> str:
        return self.shown.screen(100, 40).plain

    def _redraw_cell(self, *, is_last: bool = False) -> None:
        text = "" if is_last and not self.is_kept else self._page()
        self._cell.update({"text/plain": text}, raw=True)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A rich renderable that asks anew, at each redrawing, what stands on the screen."""

    shown: Redrawable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        text = self.shown.screen(options.max_width, console.height)
        if options.ascii_only:
            plain = text.plain.translate(_ASCII).encode("ascii", "replace").decode("ascii")
            text = Text(plain)
        text.no_wrap, text.overflow = True, "crop"
        yield text


class Ticker:
    """Calls something again and again, on a thread of its own, until it is stopped."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self._seconds, self._call = seconds, call
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ladder-progress", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Call it no more."""
        self._stopped.set()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            # A stream that was closed meanwhile ends no run.
            with suppress(OSError, ValueError):
                self._call()


def frame_at(now: float) -> str:
    """Return a sign that turns with the clock."""
    return _FRAMES[int(now * 8) % len(_FRAMES)]


def is_redrawn(console: Console) -> bool:
    """Return whether a console is a terminal in which lines can be written over.

    `FORCE_COLOR` makes rich take the log of a CI for one.
    """
    is_forced = bool(os.environ.get("FORCE_COLOR")) and not console.file.isatty()
    return console.is_terminal and not console.is_dumb_terminal and not is_forced


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    module: Any = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return shell is not None and hasattr(shell, "kernel")
