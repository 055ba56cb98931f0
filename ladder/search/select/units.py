"""`Units`: what is drawn independently, samples or clusters of them, in a fixed random order."""

from collections import Counter
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np

from ladder.data.split import CONFIRMATION_SHARE, draw
from ladder.statistics.arrays import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Units:
    """One part of the samples, a unit after the other.

    Attributes:
        positions: Positions of the samples, the units' in turn.
        starts: Where each unit starts in `positions`, and one more for the end.
        largest: Samples in the largest unit of either part.
        labels: What each unit is called: its cluster, or its position.
        places: Of the units of one class, where each stands among all units of the part.
    """

    positions: IntArray
    starts: IntArray
    largest: int
    labels: tuple[str, ...] = ()
    places: IntArray | None = None

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> FloatArray:
        """Return the samples in each unit."""
        return np.diff(self.starts).astype(np.float64)

    def n_within(self, n_whole: int) -> int:
        """Return how many of these units stand among the first so many of the whole part."""
        return n_whole if self.places is None else int(np.searchsorted(self.places, n_whole))

    def n_whole(self, n: int) -> int:
        """Return how many units of the whole part are read once so many of these are."""
        return n if self.places is None or n == 0 else int(self.places[n - 1]) + 1

    def with_largest(self, largest: int) -> "Units":
        """Return the same units, scaled by the largest unit of either part."""
        return replace(self, largest=largest)

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
    n: int, clusters: Sequence[object] | None = None, seed: int = 0, *, closed: Collection[str] = ()
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


def units_within(units: Units, members: AbstractSet[int]) -> Units:
    """Return the units that hold some of these samples, in the same order and without the others.

    >>> part = units_of(np.arange(4), ["a", "a", "b", "c"], seed=0, largest=2)
    >>> some = units_within(part, {1, 3})
    >>> len(part), len(some), sorted(some.positions.tolist()), some.largest
    (3, 2, [1, 3], 1)
    """
    kept = np.array([at in members for at in units.positions.tolist()], dtype=bool)
    counts = np.add.reduceat(kept, units.starts[:-1]) if len(kept) else np.zeros(0)
    places = np.flatnonzero(counts)
    starts = np.concatenate([[0], np.cumsum(counts[places])]).astype(np.int64)
    return Units(
        positions=units.positions[kept],
        starts=starts,
        largest=int(counts.max(initial=1)),
        labels=tuple(units.labels[at] for at in places),
        places=places,
    )


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
