"""Which tokens a model never learned: their embedding row is zero, or shared with another."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

_SMALL = 0.01
"""A row this much shorter than the typical one was never trained."""

_CHUNK = 8_192
"""Rows that are looked at together: a copy of a whole embedding would take as much as itself again."""


def untrained_ids(weight: Any, ids: Iterable[int]) -> frozenset[int]:
    """Return those of the ids whose embedding row carries nothing of its own.

    Reserved tokens of a base model keep their initial row: all zero, or the same for all of them.
    Whatever the number of ids, the embedding is read once.

    Args:
        weight: The input embedding, a float tensor of shape (rows, width).
        ids: The token ids to look at; those beyond the rows are left out.
    """
    import torch

    within = sorted({id_ for id_ in ids if 0 <= id_ < len(weight)})
    if not within:
        return frozenset()
    lengths = torch.cat([rows.float().norm(dim=1) for rows in weight.split(_CHUNK)])
    short = lengths < _SMALL * lengths.median()
    shared = _shared(weight, within)
    return frozenset(id_ for id_ in within if bool(short[id_]) or id_ in shared)


def _shared(weight: Any, ids: list[int]) -> frozenset[int]:
    """Return those of the ids whose row stands in the embedding more than once.

    Rows that are the same begin with the same number, so only those that begin as one of the ids'
    are looked at; each is kept as a digest.
    """
    import torch

    begins = weight[:, 0]
    alike = torch.isin(begins, begins[ids]).nonzero().flatten()
    found: dict[bytes, list[int]] = {}
    pieces: Any = torch.split(alike, _CHUNK)
    for some in pieces:
        # Zero has two signs, which are equal and written differently.
        rows = weight[some].float().add(0.0).cpu().numpy()
        for id_, row in zip(some.tolist(), rows, strict=True):
            found.setdefault(sha256(row).digest(), []).append(id_)
    return frozenset(id_ for same in found.values() if len(same) > 1 for id_ in same)
