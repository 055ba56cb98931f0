"""`LeverLine`: how far one lever is, and what came of it, on one line of any width."""

from dataclasses import dataclass, field

from rich.text import Text

from ladder.measure.budget import Tally
from ladder.progress.line_parts import SEPARATOR, Part, clock, fitted, tokens
from ladder.report import numbers
from ladder.report.attempt_note import STATUS
from ladder.search.ledger import Attempt
from ladder.search.problem import Progress
from ladder.statistics import wilson
from ladder.text import one_line, visible

NAME = 13
"""Columns of the name."""

SHORTEST_BAR, LONGEST_BAR = 10, 60

_UNCUT = 10_000

_RACED = ("carried", "no_gain", "set_aside", "ceiling")
"""How a lever ends whose candidates were scored."""


@dataclass(slots=True)
class LeverLine:
    """One lever.

    Attributes:
        name: Of the lever; `confirmation` for a test on the confirmation part.
        began, ended: On the clock, pauses taken out; `ended` is None while it runs.
        progress: What was told last.
        scored: The newest mean on the selection part, and of how many samples it is one.
        attempt: What came of it.
        spent: What its answers took.
    """

    name: str
    began: float
    progress: Progress
    ended: float | None = None
    scored: tuple[float, int] | None = None
    attempt: Attempt | None = None
    spent: Tally = field(default_factory=Tally)

    def take(self, progress: Progress, now: float) -> None:
        """Take over the latest progress of the lever."""
        if progress.attempt is not None:
            self.attempt, self.ended = progress.attempt, now
        else:
            if self.name == "confirmation" and not progress.n_seen:  # each test by itself
                self.began = now
            elif self.ended is not None:  # a second climb: only what it takes itself counts on
                self.began += now - self.ended
            self.progress, self.ended = progress, None
        if progress.best is not None and progress.n_best:
            self.scored = (progress.best, progress.n_best)

    def end(self, now: float) -> None:
        """Know that something else began."""
        self.ended = self.ended or now

    @property
    def is_secret(self) -> bool:
        """Return whether it is a test on the confirmation part that has not passed.

        How long it runs, or what it takes, tells after how many answers it stopped, and so of scores.
        """
        return self.name == "confirmation" and not self.progress.n_seen

    @property
    def share(self) -> float:
        """Return how much of its samples a lever has seen."""
        return self.progress.n_seen / max(self.progress.n_total, 1)

    def parts(self, now: float) -> list[Part]:
        """Return what there is to say, the most telling with the lowest rank."""
        if self.is_secret:
            return [Part(0, self._seen())]
        spent = self.spent
        has_ended = self.attempt is not None and self.ended is not None
        is_raced = self.attempt is None or not has_ended or self.attempt.status in _RACED
        raced = [Part(3, self._field()), Part(2, self._seen()), Part(1, self._score())]
        return [
            Part(0, self._outcome()),
            *(raced if is_raced else ()),
            Part(5, numbers.counted(spent.calls, "call") if spent.calls else ""),
            Part(6, tokens(spent.tokens) if spent.tokens else ""),
            Part(4, clock((self.ended or now) - self.began)),
        ]

    def screen(self, width: int, now: float) -> Text:
        """Return the line as wide as a screen; a bar fills what is left while the lever runs."""
        name = f"{one_line(self.name, NAME - 1):{NAME}}"
        told = fitted(self.parts(now), max(width - NAME - 2, 10))
        line = Text(f"  {name}{told}")
        if self.ended is None:
            line.stylize("bold")
            room = width - len(line.plain) - len(SEPARATOR)
            if room >= SHORTEST_BAR and self.name != "confirmation":
                line.append("   ").append_text(_bar(self.share, min(room, LONGEST_BAR)))
        elif self.attempt is not None and self.attempt.status == "carried":
            line.stylize("green")
        elif self.attempt is not None:
            line.stylize("dim")
        return line

    def line(self, now: float) -> str:
        """Return the line for a log, with nothing left out."""
        return f"{self.name}: {fitted(self.parts(now), _UNCUT)}"

    def _outcome(self) -> str:
        attempt = self.attempt
        if attempt is None or self.ended is None:
            return ""
        if attempt.status == "carried":
            return f"kept, {numbers.gain(attempt.gain)}"
        status = STATUS.get(attempt.status, attempt.status)
        return (
            f"{status}: {one_line(visible(attempt.reason), _UNCUT)}" if attempt.reason else status
        )

    def _field(self) -> str:
        alive, variants = self.progress.alive, self.progress.variants
        if variants <= 1:
            return ""
        if self.ended is not None:
            return f"{variants} candidates"
        return f"{alive} of {variants} left"

    def _seen(self) -> str:
        told = self.progress
        if self.name == "confirmation":
            asks = "asks" if self.ended is None else "asked"
            return f"passed on {told.n_seen}" if told.n_seen else f"{asks} up to {told.n_total}"
        if self.ended is not None and self.attempt is not None and not told.n_seen:
            return ""
        return f"{told.n_seen} of {told.n_total}"

    def _score(self) -> str:
        if self.scored is None or self.name == "confirmation":
            return ""
        mean, n = self.scored
        low, high = wilson(mean * n, n)
        word = "" if self.name == "baseline" else "best "
        return f"{word}{numbers.score(mean)} ({numbers.score(low)} to {numbers.score(high)})"


def _bar(share: float, width: int) -> Text:
    """Return a bar of which a share is full."""
    full = round(min(max(share, 0.0), 1.0) * width)
    return Text.assemble(("━" * full, "cyan"), ("─" * (width - full), "dim"))
