"""`CarriedWithin`: which winner of a race the climb may go on from, where candidates have limits."""

from dataclasses import dataclass

from ladder.search.candidate_costs import Standing
from ladder.search.confirm.questions import Questions
from ladder.search.ledger import Configuration
from ladder.search.select.gain import gain_of
from ladder.search.select.race import Race

_RANK: dict[Standing, int] = {"beyond": 0, "unknown": 0, "open": 1, "within": 2}

INSTEAD = "within the limits, which the best so far is not"


@dataclass(frozen=True, slots=True)
class CarriedWithin:
    """Keeps the climb within the limits, as soon as anything is.

    What is put on top of a candidate costs more than it, as a rule: from one that cannot win, the
    climb would come to nothing that can. Among those that are not out, none is chosen for being within:
    of many that lie at a limit, some look so by luck.
    """

    questions: Questions

    def put_aside(self, result: Race) -> None:
        """Take the winners out of a race that would be carried, and are less within than the parent."""
        limits = self.questions.limits
        if not limits.are_set:
            return
        while result.order and self._is_worse(result):
            first = result.order.pop(0)
            result.stopped[first] = f"not shown to be within the limits: {limits.why_out(first)}"
            result.out.append(first)

    def why_instead(self, result: Race) -> str:
        """Return why the winner is carried although it scored no higher; else nothing."""
        if not self.questions.limits.are_set or not result.order:
            return ""
        is_measured = self.questions.selection.is_measured(result.order[0])
        is_better = self._rank(result.order[0]) > self._rank(result.parent) == 0
        return INSTEAD if is_measured and is_better else ""

    def _is_worse(self, result: Race) -> bool:
        """Return whether the winner would be carried, and may not be, by what it costs."""
        winner, parent = result.order[0], result.parent
        if not gain_of(self.questions.selection, result)[1]:
            return False
        least = self._rank(parent)
        if self._rank(winner) < least:
            self.questions.finish(winner)  # a part of the answers leaves more open than all
        return self._rank(winner) < least

    def _rank(self, configuration: Configuration) -> int:
        return _RANK[self.questions.limits.standing(configuration, may_ask=True)]
