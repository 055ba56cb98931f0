"""`RunScreen`: a run as a person sees it: a clock, what is left, a line a lever, what goes on now."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Self

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from ladder.activity import ASKING, Activities, Activity, watched
from ladder.finding import Finding
from ladder.measure.budget import Spending, Tally
from ladder.progress.display import Display, frame_at, in_notebook, is_redrawn
from ladder.progress.lever_line import LeverLine
from ladder.progress.line_parts import Part, about, clock, fitted
from ladder.report import numbers
from ladder.runs.plan_and_use import PlanAndUse
from ladder.search.problem import Progress
from ladder.text import one_line, visible

FEWEST_CALLS = 8
"""Calls from which the time that is left is told."""

NOTHING_IS_LOST = (
    "Ctrl-C loses nothing: what was answered is kept, and the same command goes on from there."
)


@dataclass(slots=True)
class RunScreen:
    """An Observer of a run that always shows that it is alive; use it as a context manager.

    Args:
        console: Where; None shows nothing.
        now: The clock.

    Attributes:
        activities: What takes time right now.
        lines: A line a lever, in the order in which they began.
    """

    console: Console | None
    now: Callable[[], float] = time.monotonic
    activities: Activities = field(default_factory=Activities)
    lines: dict[str, LeverLine] = field(default_factory=dict)
    _title: str = ""
    _began: float = 0.0
    _secret_since: float | None = None
    _current: str = ""
    _spending: Spending | None = None
    _plan: PlanAndUse | None = None
    _is_over: bool = False
    _display: Display = field(init=False)
    _watched: AbstractContextManager[None] = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what shows it."""
        self._display = Display(self.console, self)
        self._watched = watched(self.activities)
        self._began = self.now()

    def __enter__(self) -> Self:
        """Begin to show."""
        self._began = self.now()
        self._watched.__enter__()
        self._display.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the screen in order: the last state of each lever stays."""
        self._is_over = True
        self._end_current()
        self._watched.__exit__(None, None, None)
        self._display.__exit__()

    def follow(
        self, title: str, spending: Spending, plan: PlanAndUse | None, *, goes_on: bool
    ) -> None:
        """Know what a run is called, what it spends, and what it was foreseen to cost.

        Of a run that goes on no number of answers is told: some are of the confirmation part.
        """
        self._title, self._spending, self._plan = one_line(visible(title), 80), spending, plan
        if goes_on:
            self._display.say("The run goes on: earlier answers are kept, and not asked for again.")

    def observe(self, progress: Progress) -> None:
        """Show one step; a note stays on the screen above the lines."""
        if progress.spoils:
            self._warn(progress.spoils)
        elif progress.note:
            self._display.say(progress.note)
        else:
            self._take(progress)

    def _take(self, progress: Progress) -> None:
        now, name = self.now(), progress.lever
        if name != self._current:
            self._end_current()
            self._current = name
        is_new = name not in self.lines
        if is_new:
            self.lines[name] = LeverLine(name, now, progress)
        line = self.lines[name]
        is_begun = is_new or line.ended is not None
        line.take(progress, now)
        if line.is_secret:
            self._leave_out_secret(now)
            self._secret_since = now
        else:
            self._secret_since = None
        if progress.attempt is not None:
            self._end_current()
        elif is_begun and self._display.is_log:
            self._display.say(f"[{self._clock()}] {self._with_spent(line).line(now)}")

    def _end_current(self) -> None:
        line = self.lines.get(self._current)
        self._current = ""
        if line is None:
            return
        self._leave_out_secret(self.now())
        line.end(self.now())
        if self._display.is_log:
            self._display.say(f"[{self._clock()}] {self._with_spent(line).line(self.now())}")

    def _leave_out_secret(self, now: float) -> None:
        """Take what a test on the confirmation part took, and did not pass, out of the run's time."""
        if self._secret_since is not None:
            self._began += now - self._secret_since
            self._secret_since = None

    def _warn(self, spoils: Sequence[Finding]) -> None:
        """Say what spoils the answers so that nobody can miss it, before the first lever."""
        told = [visible(f"▲ {each.problem} {each.next_step}".strip()) for each in spoils]
        title = "Before the first lever: the answers themselves are spoilt"
        if self._display.is_log or self.console is None:
            for line in (f"{title}.", *told, NOTHING_IS_LOST):
                self._display.say(line)
            return
        body = Text("\n\n".join([*told, NOTHING_IS_LOST]))
        frame = Panel(body, title=title, border_style="bold yellow", title_align="left")
        self._display.put(frame, is_wrapped=True)

    def screen(self, width: int, height: int) -> Text:
        """Return the run as it stands, in lines of at most `width` columns."""
        now = self.now()
        lines = [self._with_spent(each).screen(width, now) for each in [*self.lines.values()]]
        most = max(height - 4, 1)
        head = Text(fitted(self._head(), width), style="bold")
        foot = [] if self._is_over else self._foot(width, now)
        return Text("\n").join([head, *lines[-most:], *foot])

    def line(self) -> str:
        """Return the run as one line for a log."""
        now, line = self.now(), self.lines.get(self._current)
        parts = [self._with_spent(line).line(now)] if line is not None else []
        parts += [each for _, each in self._head()[1:4] if each]
        parts += [self._doing(now), *self._waits(now)]
        return f"[{self._clock()}] {' · '.join(each for each in parts if each)}"

    def _head(self) -> list[Part]:
        return [
            Part(0, self._clock()),
            Part(1, self._left()),
            Part(2, self._calls()),
            Part(4, self._speed()),
            Part(3, self._title),
        ]

    def _foot(self, width: int, now: float) -> list[Text]:
        frame = frame_at(now)
        name = f"{self._current}: " if self._current else ""
        doing = Text(fitted([Part(0, f"{frame} {name}{self._doing(now)}")], width), style="cyan")
        waits = [Text(fitted([Part(0, f"  {each}")], width), "yellow") for each in self._waits(now)]
        return [doing, *waits]

    def _doing(self, now: float) -> str:
        work = self.activities.work
        if work is not None and self._current == "confirmation":
            # How many were asked of the confirmation part would tell how its test goes.
            return Activity(work.name).in_words(now)
        return self.activities.in_words(now) or "at work"

    def _waits(self, now: float) -> list[str]:
        waits = self.activities.waits
        if not waits:
            return []
        more = f" ({len(waits)} calls wait)" if len(waits) > 1 else ""
        return [f"waiting: {visible(waits[0].in_words(now))}{more}"]

    def _with_spent(self, line: LeverLine) -> LeverLine:
        """Return a line with what its answers took by now."""
        if self._spending is not None:
            line.spent = self._spending.by_lever.get(line.name, Tally())
        return line

    def _clock(self) -> str:
        """Return how long it runs; it stands still in a test on the confirmation part until that passes."""
        now = self.now() if self._secret_since is None else self._secret_since
        return clock(now - self._began)

    @property
    def _used(self) -> Tally:
        return Tally() if self._spending is None else self._spending.used

    def _calls(self) -> str:
        done = self._used.calls
        if self._plan is None or self._is_over or not done:
            return numbers.counted(done, "call") if done else ""
        foreseen, high = self._plan.foreseen.calls, self._plan.high.calls
        if done <= foreseen:
            return f"{done:,} of about {numbers.counted(foreseen, 'call')}"
        if done <= high:
            return f"{done:,} of up to {numbers.counted(high, 'call')}"
        return f"{numbers.counted(done, 'call')}, more than foreseen"

    def _left(self) -> str:
        """Return the time that is left, by the measured speed; nothing where it cannot be told."""
        used, plan = self._used, self._plan
        if plan is None or used.calls < FEWEST_CALLS or self._is_over:
            return ""
        more = next(
            (n - used.calls for n in (plan.foreseen.calls, plan.high.calls) if n > used.calls), 0
        )
        more = max(more, self._begun())
        return f"about {about(more * used.seconds / used.calls)} left" if more else ""

    def _begun(self) -> int:
        """Return how many calls the round under way still makes, whatever was foreseen.

        Of the confirmation part it is not told, as that would tell how its test goes.
        """
        work = self.activities.work
        if work is None or work.name != ASKING or self._current == "confirmation":
            return 0
        return max((work.total or 0) - work.done, 0)

    def _speed(self) -> str:
        used = self._used
        if used.calls < FEWEST_CALLS or not used.seconds:
            return ""
        return f"{used.seconds / used.calls:.2g} s a call"


def screen_for(*, progress: bool | RunScreen | None, has_observer: bool) -> RunScreen:
    """Return the screen of a run: by itself in a terminal and a notebook, else where it is asked for.

    Args:
        progress: True shows it anywhere, in a log as lines; False nowhere; a RunScreen is taken as it is.
        has_observer: Whether somebody else watches: then it shows itself only where it is asked for.
    """
    if isinstance(progress, RunScreen):
        return progress
    console = Console(stderr=True, highlight=False)
    is_wanted = progress
    if progress is None:
        is_wanted = not has_observer and (in_notebook() or is_redrawn(console))
    return RunScreen(console if is_wanted else None)
