"""`CascadeClaim`: a candidate whose answers count where it is sure, and what is asked of it then.

Selective classification (El-Yaniv and Wiener, "On the Foundations of Noise-free Selective
Classification", 2010) with a person for the rest: accuracy among the answers that count, and the share
of samples that they are.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import Configuration, Confirmation
from ladder.search.problem import FloatArray
from ladder.search.select.units import Units
from ladder.statistics import watched_bounds

BoolArray = npt.NDArray[np.bool_]

COVERAGE = "answered without a person"
"""What the share of a cascade's own answers is called among the means that are tested."""


@dataclass(frozen=True, slots=True)
class CascadeClaim:
    """A candidate, and a person who answers where it is less sure than `below`.

    Attributes:
        configuration: The cascade's own: its answers are those of the candidate.
        below: The sureness below which an answer is handed on.
        least_coverage: The share of samples that it must answer itself.
    """

    configuration: Configuration
    below: float
    least_coverage: float


def is_sure(sureness: FloatArray, below: float) -> BoolArray:
    """Return which answers count; one of which nobody knows how sure it is does not.

    >>> is_sure(np.array([0.9, 0.5, np.nan]), 0.8).tolist()
    [True, False, False]
    """
    return np.asarray(np.nan_to_num(sureness, nan=-1.0) >= below)


def coverage_requirement(whole: Requirement, least: float) -> Requirement:
    """Return the share of a cascade's own answers as one more mean that must be reached."""
    return replace(
        whole,
        label=COVERAGE,
        target=least,
        reach=least,
        is_binary=whole.confirmation.largest == 1,
    )


def counted_in(
    requirement: Requirement, scores: FloatArray, sure: BoolArray, edge: float
) -> FloatArray:
    """Return what each sample of a cascade counts: the edge itself where it is handed on.

    The mean of these is at or above the edge exactly where the mean of the answers that count is.
    """
    if requirement.label == COVERAGE:
        return sure.astype(np.float64)
    return np.where(sure, scores, edge)


def score_where_sure(
    units: Units, scores: FloatArray, sure: BoolArray, *, edge: float, label: str
) -> Confirmation:
    """Return the mean of the answers that count, with bounds that hold wherever the test stopped."""
    counted = sure.astype(np.float64)
    sums, sizes = units.sums(scores * counted), units.sums(counted)
    some = sizes > 0
    n = int(sizes.sum())
    score = float(sums.sum()) / n if n else 0.0
    low, high = (
        watched_bounds(sums[some], sizes[some], largest=units.largest, is_complete=False)
        if n
        else (0.0, 1.0)
    )
    return Confirmation(
        score=score, n=n, at_least=max(low, min(edge, score)), at_most=high, label=label
    )
