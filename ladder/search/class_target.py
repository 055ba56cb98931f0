"""`ClassTarget`: the share of one class's samples that must be answered right, beside the mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ladder.statistics.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """A target for the samples of one class.

    Attributes:
        label: What the class is called.
        target: The mean score that its samples must reach.
        members: Positions of its samples.
    """

    label: str
    target: float
    members: frozenset[int]


def balanced_weights(
    size: int, selection: IntArray, classes: Sequence[ClassTarget]
) -> FloatArray | None:
    """Return a weight for each sample by which the search compares candidates; None without classes.

    The mean of weighted scores is that of the mean over all and of the mean of each class with a
    target of its own. By the mean over all alone a candidate that never names a rare class looks
    as good as one that does, and would be carried in its place. No test rests on it.

    >>> balanced_weights(4, np.arange(4), [ClassTarget("rare", 0.9, frozenset({3}))]).tolist()
    [0.5, 0.5, 0.5, 2.5]
    """
    if not classes:
        return None
    weights = np.ones(size)
    for each in classes:
        here = [at for at in selection.tolist() if at in each.members]
        weights[sorted(each.members)] += len(selection) / len(here) if here else 0.0
    return weights / (1 + len(classes))
