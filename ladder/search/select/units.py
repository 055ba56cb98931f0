"""`Units`: what is drawn independently, samples or clusters of them, in a fixed random order."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ladder.data.split import CONFIRMATION_SHARE, draw
from ladder.search.problem import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Units:
    """One part of the samples, a unit after the other.

    Attributes:
        positions: Positions of the samples, the units' in turn.
        starts: Where each unit starts in `positions`, and one more for the end.
        largest: Samples in the largest unit of either part.
        labels: What each unit is called: its cluster, or its position.
    """

    positions: IntArray
    starts: IntArray
    largest: int
    labels: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> FloatArray:
        """Return the samples in each unit."""
        return np.diff(self.starts).astype(np.float64)

    def between(self, start: int, stop: int) -> IntArray:
        """Return the positions of the samples of units `start` to `stop`."""
        return self.positions[self.starts[start] : self.starts[stop]]

    def sums(self, scores: FloatArray, start: int = 0) -> FloatArray:
        """Return the sum of the scores of each unit from `start` on, as far as the scores reach."""
        if self.largest == 1 or not len(scores):
            return scores
        starts = self.starts[start:-1] - self.starts[start]
        return np.add.reduceat(scores, starts[starts < len(scores)])

    def deviations(self, scores: FloatArray, target: float, start: int = 0) -> FloatArray:
        """Return each unit's score minus the target, scaled so that a unit's score is in [0, 1].

        A cluster counts by its size: the mean is above zero exactly if the samples' mean is.
        """
        return self.sums(scores - target, start) / self.largest


def label_of(position: int, clusters: Sequence[object] | None) -> str:
    """Return the name of the unit that a sample belongs to."""
    return str(position if clusters is None else clusters[position])


def _hashed(label: str, clusters: Sequence[object] | None) -> str:
    return label if clusters is None else f"cluster {label}"


def split_by_index(
    n: int,
    clusters: Sequence[object] | None = None,
    seed: int = 0,
    *,
    closed: Collection[str] = (),
) -> tuple[IntArray, IntArray]:
    """Return the positions of the selection and of the confirmation part of `n` samples.

    A sample's part depends on its position (its cluster) and the seed alone, so samples added at
    the end never move one that was there. Units that a verdict showed, by their labels in `closed`,
    belong to the selection part from then on.

    >>> [len(part) for part in split_by_index(1000)]
    [392, 608]
    """
    labels = [label_of(position, clusters) for position in range(n)]
    parts = {
        label: draw(_hashed(label, clusters), f"part {seed}") < CONFIRMATION_SHARE
        and label not in closed
        for label in set(labels)
    }
    is_confirmation = np.array([parts[label] for label in labels], dtype=bool)
    return np.flatnonzero(~is_confirmation), np.flatnonzero(is_confirmation)


def units_of(
    positions: IntArray, clusters: Sequence[object] | None, *, seed: int, largest: int
) -> Units:
    """Return one part as units, in an order that does not depend on the file's."""
    groups: dict[str, list[int]] = {}
    for position in positions.tolist():
        groups.setdefault(label_of(position, clusters), []).append(position)
    names = sorted(groups, key=lambda name: draw(_hashed(name, clusters), f"order {seed}"))
    sizes = [len(groups[name]) for name in names]
    rows = [position for name in names for position in groups[name]]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Units(np.asarray(rows, dtype=np.int64), starts, largest, tuple(names))


def first_of_each(positions: IntArray, names: Sequence[str]) -> IntArray:
    """Return the positions without repeats: of samples with one name, the first.

    A question that stands in the file twice is no second piece of evidence. Leaving the repeat
    out keeps the exact test; a cluster of two among single samples would lose it.

    >>> first_of_each(np.array([2, 0, 1]), ["a", "b", "a"]).tolist()
    [2, 1]
    """
    first: dict[str, int] = {}
    for position in positions.tolist():
        first.setdefault(names[position], position)
    return np.asarray(list(first.values()), dtype=np.int64)


def largest_cluster(positions: IntArray, clusters: Sequence[object] | None) -> int:
    """Return the number of samples in the largest cluster.

    >>> largest_cluster(np.arange(3), ["a", "b", "a"])
    2
    """
    if clusters is None:
        return 1
    counts = Counter(label_of(position, clusters) for position in positions.tolist())
    return max(counts.values(), default=1)
