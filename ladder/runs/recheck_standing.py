"""`standings`: what the batches of a recheck show, batch after batch, and what each mean scored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ladder.runs.recheck_file import CountedBatch, RecheckHead, RecheckRecord
from ladder.statistics import Interval, wilson
from ladder.statistics.arrays import FloatArray
from ladder.statistics.monitoring import MeansWatch, Standing


@dataclass(frozen=True, slots=True)
class SeenMean:
    """What one mean scored in some batches; the interval is for the eye, and no part of a claim.

    Attributes:
        label: Empty for all rows.
        edge: What it must reach.
        n: Rows.
        score: With unknown answers as wrong.
        at_most: With unknown answers as right.
        interval: 95 % interval of the score.
        variance: Of a row's score.
    """

    label: str
    edge: float
    n: int
    score: float
    at_most: float
    interval: Interval
    variance: float

    @property
    def as_difference(self) -> "SeenMean":
        """Return the same of (difference + 1) / 2 as differences, whose rows vary little."""
        error = 1.96 * 2 * (self.variance / max(self.n, 1)) ** 0.5
        score = 2 * self.score - 1
        return replace(
            self,
            edge=2 * self.edge - 1,
            score=score,
            at_most=2 * self.at_most - 1,
            interval=Interval(max(-1.0, score - error), min(1.0, score + error)),
        )


def standings(record: RecheckRecord) -> tuple[list[Standing], MeansWatch]:
    """Return what was shown after each batch, and the watch with all of them."""
    watch = MeansWatch(record.head.means)
    months = zip(record.months, record.batches, strict=True)
    return [watch.add(month, deviations_of(record.head, each)) for month, each in months], watch


def deviations_of(
    head: RecheckHead, batch: CountedBatch
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return for each mean, unit by unit, the least and the most of the score minus the edge.

    A cluster counts as one unit, by its size: its sum is divided by the most rows that one may have.
    """
    names = batch.units or batch.rows
    found = {}
    for mean in head.means:
        least: dict[str, float] = {}
        most: dict[str, float] = {}
        for name, bounds in zip(names, batch.scores[mean.label], strict=True):
            if bounds is not None:
                least[name] = least.get(name, 0.0) + bounds[0] - mean.edge
                most[name] = most.get(name, 0.0) + bounds[1] - mean.edge
        order = sorted(least)
        found[mean.label] = (
            np.array([least[name] for name in order], dtype=np.float64) / head.largest,
            np.array([most[name] for name in order], dtype=np.float64) / head.largest,
        )
    return found


def seen_means(head: RecheckHead, batches: Sequence[CountedBatch]) -> list[SeenMean]:
    """Return what each mean scored in some batches together."""
    return [_seen(mean.label, mean.edge, batches) for mean in head.means]


def _seen(label: str, edge: float, batches: Sequence[CountedBatch]) -> SeenMean:
    bounds = list(_bounds(label, batches))
    n = len(bounds)
    least, most = sum(low for low, _ in bounds), sum(high for _, high in bounds)
    if not n:
        return SeenMean(label, edge, 0, 0.0, 0.0, Interval(0.0, 1.0), 0.25)
    variance = sum((low - least / n) ** 2 for low, _ in bounds) / n
    return SeenMean(label, edge, n, least / n, most / n, wilson(least, n), max(variance, 0.01))


def _bounds(label: str, batches: Sequence[CountedBatch]) -> Iterator[tuple[float, float]]:
    for batch in batches:
        yield from (each for each in batch.scores[label] if each is not None)
