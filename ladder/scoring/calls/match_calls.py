"""`same_calls` and `matched_share`: several calls against those that are wanted."""

from collections.abc import Sequence

from ladder.scoring.calls.tool_call import ToolCall, agreement, same_call

_MOST_MATCHED = 50


def same_calls(
    said: Sequence[ToolCall], wanted: Sequence[ToolCall], *, in_order: bool = False
) -> bool:
    """Return whether calls are the wanted ones, each once.

    >>> one, other = ToolCall("a", {}), ToolCall("b", {})
    >>> same_calls([other, one], [one, other]), same_calls([other, one], [one, other], in_order=True)
    (True, False)
    """
    if len(said) != len(wanted) or len(said) > _MOST_MATCHED:
        return False
    if in_order:
        return all(map(same_call, said, wanted))
    fits = [[float(same_call(one, each)) for each in wanted] for one in said]
    return _best_sum(fits) == len(said)


def matched_share(
    said: Sequence[ToolCall], wanted: Sequence[ToolCall], *, in_order: bool = False, more: int = 0
) -> float:
    """Return how far calls are the wanted ones, in [0, 1]; each call too many or too few costs.

    Args:
        said: The calls that are whole.
        wanted: At least one.
        in_order: Whether the first is held against the first, and so on.
        more: Calls that were meant and cannot be read.

    >>> one, other = ToolCall("a", {}), ToolCall("b", {})
    >>> matched_share([one], [one, other]), matched_share([one, one], [one])
    (0.5, 0.5)
    """
    largest = max(len(said) + more, len(wanted))
    if in_order:
        return sum(map(agreement, said, wanted)) / largest
    some = said[:_MOST_MATCHED]
    return _best_sum([[agreement(one, each) for each in wanted] for one in some]) / largest


def _best_sum(fits: Sequence[Sequence[float]]) -> float:
    """Return the largest sum of fits in which no row and no column counts twice."""
    if not fits or not fits[0]:
        return 0.0
    if len(fits) == 1 or len(fits[0]) == 1:
        return max(max(row) for row in fits)
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(fits, maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return float(sum(fits[row][column] for row, column in pairs))
