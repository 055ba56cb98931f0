"""The joint pass: combinations of variants across levers, for levers that only work together."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from ladder.search.ledger import Configuration

MOST_STACKS = 12
FEW_LEVERS = 3
"""Levers up to which the stack without each is tried, also without one that moved nothing."""


def stacks(
    best: Sequence[int],
    *,
    moved: Iterable[int] = (),
    stacked: Iterable[int] = (),
    others: Sequence[Sequence[int]] = (),
) -> list[Configuration]:
    """Return whole stacks worth a try when the climb does not reach the target.

    All levers at their best variant; all but each in turn (of many levers: but each that moved);
    each lever alone that was tried only on top of others, which may have blocked it; pairs of
    levers that moved (all pairs where there are few); then, for few levers, the variants next in
    rank, alone and stacked: where nothing moved, the best variant was the best by luck.

    Args:
        best: The best slot value of each lever; 0 where a lever has none.
        moved: Levers that moved the score or a finer signal, by position.
        stacked: Levers that were tried only on top of others, by position.
        others: For each lever its variants, the best first.

    >>> stacks((1, 0, 4))
    [(1, 0, 4)]
    >>> stacks((1, 2, 3))
    [(1, 2, 3), (0, 2, 3), (1, 0, 3), (1, 2, 0)]
    >>> stacks((1, 2), stacked=[1])
    [(1, 2), (0, 2)]
    >>> stacks((1, 3), others=((1, 2), (3, 4)))
    [(1, 3), (2, 4), (1, 4), (2, 3)]
    """
    used = [lever for lever, slot in enumerate(best) if slot]
    if len(used) < 2:
        return []
    full, ahead, pairs = set(used), set(moved), list(combinations(used, 2))
    rows: list[Configuration] = [_only(best, full)]
    if len(used) > 2:
        left_out = used if len(used) <= FEW_LEVERS else [each for each in used if each in ahead]
        rows += [_only(best, full - {lever}) for lever in left_out]
    blocked = [lever for lever in used if lever in set(stacked)]
    rows += [_only(best, {lever}) for lever in blocked]
    are_few = len(rows) + len(pairs) <= MOST_STACKS
    pairs.sort(key=lambda pair: -len(ahead.intersection(pair)))
    rows += [_only(best, set(pair)) for pair in pairs if are_few or ahead.issuperset(pair)]
    if are_few:
        rows += _alone(blocked, others)
        rows += _next_in_rank(used, best, others)
    return list(dict.fromkeys(rows))[:MOST_STACKS]


def _only(best: Sequence[int], levers: set[int]) -> Configuration:
    return Configuration(slot if lever in levers else 0 for lever, slot in enumerate(best))


def _alone(blocked: list[int], others: Sequence[Sequence[int]]) -> list[Configuration]:
    """Return the variants next in rank of each lever, alone."""
    if not others:
        return []
    return [_only([slot] * len(others), {lever}) for lever in blocked for slot in others[lever][1:]]


def _next_in_rank(
    used: list[int], best: Sequence[int], others: Sequence[Sequence[int]]
) -> list[Configuration]:
    """Return stacks of all levers in which, over the rows, each variant has its turn."""
    if not others:
        return []
    longest = max(len(others[lever]) for lever in used)
    rows = []
    for shift in range(longest):
        for step in range(longest):
            row = list(best)
            for place, lever in enumerate(used):
                row[lever] = others[lever][(step + shift * place) % len(others[lever])]
            rows.append(Configuration(row))
    if len(used) == 2:
        rows += [_pair(best, used, a, b) for a in others[used[0]] for b in others[used[1]]]
    return rows


def _pair(best: Sequence[int], used: list[int], first: int, second: int) -> Configuration:
    row = list(best)
    row[used[0]], row[used[1]] = first, second
    return Configuration(row)
