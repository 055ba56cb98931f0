"""`Spending`: what a run has spent of its budget. When the budget is spent there is no verdict."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ladder.errors import InconclusiveError
from ladder.models.base import Answer
from ladder.spec.task import Budget


@dataclass(slots=True)
class Tally:
    """How many answers there were, and what they took."""

    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def add(self, answer: Answer) -> None:
        """Count one answer."""
        self.calls += 1
        self.tokens += answer.tokens
        self.seconds += answer.on_clock


class Spending:
    """Counts calls, tokens and minutes against a Budget.

    Minutes are those on the clock while answers are awaited: of calls that run side by side each
    counts with what it added. It stands in the journal with the answer.

    An answer read from the journal counts like a fresh one the first time it is used in a
    process. So a run that was killed and continued spends exactly what it would have spent.

    Attributes:
        used: What answers took that were paid one by one.
        used_prepaid: What those took that were paid ahead.
        lever: Which lever the answers are asked for now.
        by_lever: What they took by lever; without those that were paid ahead.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.calls = 0
        self.tokens = 0
        self.seconds = 0.0
        self.used, self.used_prepaid = Tally(), Tally()
        self.lever = "baseline"
        self.by_lever: dict[str, Tally] = {}
        self._is_prepaid = False

    def check(self, calls: int) -> None:
        """Raise InconclusiveError when `calls` more calls would break the budget."""
        if self._is_prepaid:
            return
        limit = self.budget.calls
        if limit is not None and self.calls + calls > limit:
            raise _empty(
                "calls", limit, f"{self.calls:,} made and {calls:,} more needed", self.calls + calls
            )
        if self.budget.tokens is not None and self.tokens > self.budget.tokens:
            raise _empty("tokens", self.budget.tokens, f"{self.tokens:,} used", self.tokens)
        if self.budget.minutes is not None and self.seconds > self.budget.minutes * 60:
            raise _empty(
                "minutes", self.budget.minutes, f"{self.seconds / 60:.1f} used", self.seconds / 60
            )

    @property
    def is_limited(self) -> bool:
        """Return whether calls or tokens have a limit."""
        return self.budget.calls is not None or self.budget.tokens is not None

    def admits(self, calls: int) -> bool:
        """Return whether the budget suffices for `calls` more calls like those made so far."""
        done = max(self.calls, 1)
        spent = (self.calls, self.tokens, self.seconds / 60)
        more = (calls, calls * self.tokens / done, calls * self.seconds / 60 / done)
        limits = (self.budget.calls, self.budget.tokens, self.budget.minutes)
        return all(
            limit is None or used + expected <= limit
            for limit, used, expected in zip(limits, spent, more, strict=True)
        )

    def pay(self, answer: Answer) -> None:
        """Count one answer."""
        (self.used_prepaid if self._is_prepaid else self.used).add(answer)
        if self._is_prepaid:
            return
        self.by_lever.setdefault(self.lever, Tally()).add(answer)
        self.calls += 1
        self.tokens += answer.tokens
        self.seconds += answer.on_clock

    @contextmanager
    def prepay(self, calls: int, *, tokens: float, seconds: float) -> Iterator[None]:
        """Charge `calls` calls of an expected cost now, and nothing for those made inside.

        A test on the confirmation part may stop early. If that saved budget, how far later levers
        get would tell how the test went.
        """
        self.check(calls)
        self.calls += calls
        self.tokens += round(calls * tokens)
        self.seconds += calls * seconds
        self._is_prepaid = True
        try:
            yield
        finally:
            self._is_prepaid = False


def _empty(what: str, limit: float, spent: str, least: float) -> InconclusiveError:
    more = 2 * math.ceil(max(limit, least))
    return InconclusiveError(
        f"The budget of {limit:,.10g} {what} is spent ({spent}).",
        next_step=f"Run the same command with --set budget.{what}={more}: it continues.",
    )
