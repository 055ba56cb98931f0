"""`LimitTable`: what every candidate costs against each limit of its task, and where that was measured."""

from collections.abc import Iterator
from dataclasses import dataclass

from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.decision.limit_words import NAMES
from ladder.search.candidate_costs import CostBound, Standing
from ladder.search.ledger import CandidateCosts, Configuration
from ladder.search.select.within_limits import WORDS, number
from ladder.spec.limits import LimitName

ABOUT = (
    "Measured on the selection part, before anything was tested on the confirmation part. A cost lies "
    "below its lower bound with a probability of at most .01, and above its upper one with at most .025."
)

_STANDING: dict[Standing, str] = {
    "within": "within",
    "open": "not shown either way",
    "unknown": "not known",
    "beyond": "beyond",
}


@dataclass(frozen=True, slots=True)
class LimitTable:
    """A row a candidate, a column a limit.

    Attributes:
        columns: The limits in words.
        rows: The candidate's name, its cost by each limit, and whether it is within all of them.
        where: How each limit was measured, or why it was not.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    where: tuple[str, ...]

    @property
    def head(self) -> tuple[str, ...]:
        """Return what stands above the columns."""
        return "candidate", *self.columns, "limits"

    @property
    def lines(self) -> Iterator[str]:
        """Yield each candidate on a line of plain text."""
        for label, *cells, standing in self.rows:
            costs = ", ".join(f"{at}: {cell}" for at, cell in zip(self.columns, cells, strict=True))
            yield f"{label}: {standing} ({costs})"


def limit_table(decision: Decision) -> LimitTable | None:
    """Return what candidates cost against the limits; None where there are none."""
    costs, currency = decision.ledger.costs, decision.currency
    if not costs:
        return None
    return LimitTable(
        columns=tuple(
            f"{NAMES[one.limit]}{_unit(one.limit, currency)}, at most {number(one.most)}"
            for one in costs[0].bounds
        ),
        rows=tuple(
            (
                label_of(decision, each.configuration),
                *map(_cell, each.bounds),
                _STANDING[each.standing],
            )
            for each in costs
        ),
        where=tuple(dict.fromkeys(_measured(each) for each in costs if any(_wheres(each)))),
    )


def share_of_limit(decision: Decision, configuration: Configuration) -> str:
    """Return how much of its tightest limit a candidate takes, for a narrow column; "" without limits.

    `?` is not known, and `~` stands before what is not shown to be on either side.
    """
    costs = decision.ledger.costs_of(configuration)
    if costs is None:
        return ""
    shares = [each.value / each.most for each in costs.bounds if each.value is not None]
    if costs.standing == "unknown" or not shares:
        return "?"
    return f"{'~' if costs.standing == 'open' else ''}{max(shares):.0%}"


def _cell(bound: CostBound) -> str:
    if bound.value is None:
        return "not known" if not bound.is_measurable else "not measured"
    if bound.low == bound.high and bound.largest in (None, bound.value):
        return number(bound.value)
    high = "or more" if bound.high is None else f"to {number(bound.high)}"
    largest = "" if bound.largest is None else f", the most {number(bound.largest)}"
    return f"{number(bound.value)} ({number(bound.low)} {high}{largest})"


def _unit(limit: LimitName, currency: str) -> str:
    return f" in {currency}" if limit == "money_per_1000" and currency else ""


def _wheres(costs: CandidateCosts) -> Iterator[str]:
    """Yield how each limit was measured, where that is worth a word."""
    return (f"{WORDS[one.limit]}: {one.where}" for one in costs.bounds if one.where)


def _measured(costs: CandidateCosts) -> str:
    return "; ".join(_wheres(costs))
