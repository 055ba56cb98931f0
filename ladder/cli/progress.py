"""What a person sees while waiting: one line a lever, with its race."""

import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ladder.search.problem import Observer, Progress
from ladder.text import visible


@dataclass(slots=True)
class ProgressLines:
    """An Observer that keeps one line a lever; plain lines where stderr is not a terminal.

    Use as a context manager around the run.
    """

    console: Console
    started: float = field(default_factory=time.monotonic)
    lines: dict[str, str] = field(default_factory=dict)
    live: Live | None = None

    def __enter__(self) -> Observer:
        if self.console.is_terminal:
            self.live = Live(console=self.console, transient=False, refresh_per_second=8)
            self.live.start()
        return self.observe

    def __exit__(self, *_: object) -> None:
        if self.live is not None:
            self.live.stop()
        elif self.lines:
            self.console.print(list(self.lines.values())[-1], markup=False)

    def observe(self, progress: Progress) -> None:
        """Show one step; a note stays on the screen above the lines."""
        if progress.note:
            self.console.print(visible(progress.note), markup=False)
            return
        is_new = progress.lever not in self.lines
        if is_new and self.live is None and self.lines:
            self.console.print(list(self.lines.values())[-1], markup=False)
        self.lines.pop(progress.lever, None)
        self.lines[progress.lever] = line_of(progress, time.monotonic() - self.started)
        if self.live is not None:
            self.live.update(Text("\n".join(self.lines.values())))


def line_of(progress: Progress, seconds: float) -> str:
    """Return one lever's line.

    >>> line_of(Progress("few_shot", 5, 6, 64, 80, 0.98), 12.3)
    '  few_shot      5 of 6 left · 64 of 80 · best .98 · 12 s'
    """
    parts = [f"{progress.alive} of {progress.variants} left"] if progress.variants > 1 else []
    is_asking = progress.lever == "confirmation" and not progress.n_seen
    seen = f"asks up to {progress.n_total}" if is_asking else ""
    parts.append(seen or f"{progress.n_seen} of {progress.n_total}")
    if progress.best is not None:
        parts.append(f"best {progress.best:.2f}".replace("0.", "."))
    return f"  {progress.lever:<13} {' · '.join([*parts, f'{seconds:.0f} s'])}"
