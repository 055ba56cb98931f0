"""What a candidate costs beside what it gains, and which candidates are worth their cost."""

from collections.abc import Sequence

from ladder.report import numbers
from ladder.report.ladder_rows import Dot
from ladder.search.ledger import Configuration

FRONTIER = (
    "Pareto-optimal: no other candidate scored as high for less, on the selection part. Cost is money "
    "where every model has a price, else tokens."
)


def tokens_per_right(dot: Dot) -> float | None:
    """Return the tokens that one right answer costs; None where none was right, or none counted."""
    return dot.tokens / dot.score if dot.tokens and dot.score > 0 else None


def money_per_right(dot: Dot) -> float | None:
    """Return the money that one right answer costs; None where none was right, or none is paid."""
    return dot.money / dot.score if dot.money and dot.score > 0 else None


def frontier(dots: Sequence[Dot]) -> frozenset[Configuration]:
    """Return the candidates of which no other scored as high for less (the Pareto set).

    Less money where every candidate has a price, else fewer tokens. A score is a mean on the
    selection part, so the set is descriptive: a candidate outside it may be as good by luck. One
    that a race dropped early is compared by the little it was asked.
    """
    counted = [dot for dot in dots if dot.tokens and dot.is_real]
    is_paid = all(dot.money is not None for dot in counted)
    costs = {dot.configuration: (dot.money if is_paid else dot.tokens) or 0.0 for dot in counted}
    return frozenset(
        dot.configuration
        for dot in counted
        if not any(
            _dominates(other, dot, costs[other.configuration], costs[dot.configuration])
            for other in counted
        )
    )


def cost_words(dot: Dot, currency: str = "") -> str:
    """Return what one answer and one right answer cost, in words; empty where nothing counted."""
    if not dot.tokens:
        return ""
    time = f" and {numbers.seconds(dot.seconds)}" if dot.seconds else ""
    right, paid = tokens_per_right(dot), money_per_right(dot)
    price = f"{numbers.count(right)} tokens per right answer" if right else "none was right"
    money = f" ({numbers.money(paid, currency)})" if paid and currency else ""
    return f"{numbers.count(dot.tokens)} tokens{time} an answer, {price}{money}"


def _dominates(one: Dot, other: Dot, cost: float, other_cost: float) -> bool:
    is_no_worse = cost <= other_cost and one.score >= other.score
    return is_no_worse and (cost < other_cost or one.score > other.score)
