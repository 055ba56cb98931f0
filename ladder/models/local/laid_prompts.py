"""`LaidPrompts`: prompts of a batch side by side, filled up to one length."""

from collections.abc import Sequence
from dataclasses import dataclass

Ids = Sequence[int]


@dataclass(frozen=True, slots=True)
class LaidPrompts:
    """The tokens of a batch: what all begin with, what is known of each, and what is read now.

    Attributes:
        ids: Of each row, all columns.
        mask: 1 where a token counts, of the same shape.
        width: How many columns are read now, at the right edge.
        n_own: How many tokens count there.
    """

    ids: list[list[int]]
    mask: list[list[int]]
    width: int
    n_own: int

    @classmethod
    def of(
        cls, prompts: Sequence[Ids], known: Sequence[int], *, shared: int, pad: int, side: str
    ) -> "LaidPrompts":
        """Lay prompts out, each filled up between what is known of it and what is not.

        Args:
            prompts: Their tokens.
            known: How many leading ones of each are in a cache.
            shared: How many of those all begin with.
            pad: What stands where no token does.
            side: Of what is read now.

        >>> laid = LaidPrompts.of([[1, 2, 3, 4], [1, 5]], [3, 1], shared=1, pad=0, side="left")
        >>> laid.ids
        [[1, 2, 3, 4], [1, 0, 0, 5]]
        >>> laid.mask
        [[1, 1, 1, 1], [1, 0, 0, 1]]
        """
        pairs = list(zip(prompts, known, strict=True))
        before, seen = padded([ids[shared:n] for ids, n in pairs], pad=pad, side="left")
        own, mask = padded([ids[n:] for ids, n in pairs], pad=pad, side=side)
        begin, ones = list(prompts[0][:shared]), [1] * shared
        return cls(
            [begin + old + new for old, new in zip(before, own, strict=True)],
            [ones + old + new for old, new in zip(seen, mask, strict=True)],
            width=len(own[0]),
            n_own=sum(map(sum, mask)),
        )


def padded(
    rows: Sequence[Sequence[int]], *, pad: int, side: str
) -> tuple[list[list[int]], list[list[int]]]:
    """Return rows filled up to one length, and the attention mask.

    >>> padded([[5, 6], [7]], pad=0, side="left")
    ([[5, 6], [0, 7]], [[1, 1], [0, 1]])
    """
    width = max(len(row) for row in rows)
    filled, mask = [], []
    for row in rows:
        gap = width - len(row)
        pads, ones = [pad] * gap, [1] * len(row)
        filled.append([*pads, *row] if side == "left" else [*row, *pads])
        mask.append([0] * gap + ones if side == "left" else ones + [0] * gap)
    return filled, mask
