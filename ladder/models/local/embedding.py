"""Which tokens a model never learned: their embedding row is zero, or shared with another."""

from collections.abc import Iterable
from typing import Any

_SMALL = 0.01
"""A row this much shorter than the typical one was never trained."""


def untrained_ids(weight: Any, ids: Iterable[int]) -> frozenset[int]:  # noqa: ANN401
    """Return those of the ids whose embedding row carries nothing of its own.

    Reserved tokens of a base model keep their initial row: all zero, or the same for all of them.

    Args:
        weight: The input embedding, a float tensor of shape (rows, width).
        ids: The token ids to look at; those beyond the rows are left out.
    """
    lengths = weight.float().norm(dim=1)
    typical = float(lengths.median())
    return frozenset(
        id_
        for id_ in ids
        if 0 <= id_ < len(weight)
        and (float(lengths[id_]) < _SMALL * typical or _is_shared(weight, id_))
    )


def _is_shared(weight: Any, id_: int) -> bool:  # noqa: ANN401
    same = weight[:, 0] == weight[id_, 0]  # one column first: a whole comparison is memory-bound
    rows = same.nonzero().flatten()
    return int((weight[rows] == weight[id_]).all(dim=1).sum()) > 1
