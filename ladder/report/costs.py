"""What a way of answering costs beside what it gains, and which ways are worth their cost."""

from collections.abc import Sequence

from ladder.report import numbers
from ladder.report.rows import Dot
from ladder.search.ledger import Configuration

FRONTIER = (
    "“None better for less”: no other way scored as high for fewer tokens, on the samples used for "
    "choosing (the Pareto set)."
)


def tokens_per_right(dot: Dot) -> float | None:
    """Return the tokens that one right answer costs; None where none was right, or none counted."""
    return dot.tokens / dot.score if dot.tokens and dot.score > 0 else None


def frontier(dots: Sequence[Dot]) -> frozenset[Configuration]:
    """Return the ways of which no other scored as high for fewer tokens (the Pareto set).

    A score is a mean on the samples used for choosing, so the set is for the eye: a way beside it
    may be as good by luck. One that a race dropped early is compared by the little it was asked.
    """
    counted = [dot for dot in dots if dot.tokens and dot.is_real]
    return frozenset(
        dot.configuration for dot in counted if not any(_dominates(other, dot) for other in counted)
    )


def cost_words(dot: Dot) -> str:
    """Return what one answer and one right answer cost, in words; empty where nothing counted."""
    if not dot.tokens:
        return ""
    time = f" and {numbers.seconds(dot.seconds)}" if dot.seconds else ""
    right = tokens_per_right(dot)
    price = f"{numbers.count(right)} tokens a right one" if right else "none was right"
    return f"{numbers.count(dot.tokens)} tokens{time} an answer, {price}"


def _dominates(one: Dot, other: Dot) -> bool:
    if one.tokens is None or other.tokens is None:
        return False
    is_no_worse = one.tokens <= other.tokens and one.score >= other.score
    return is_no_worse and (one.tokens < other.tokens or one.score > other.score)
