"""`CascadeClaim`: a candidate whose answers count only where it is sure, and what it must reach there.

Selective classification (El-Yaniv and Wiener, "On the Foundations of Noise-free Selective
Classification", 2010) with a person for the rest: accuracy among the answers that count, and the share
of samples that they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import Configuration
from ladder.search.problem import Problem
from ladder.search.select.scores import Scores
from ladder.search.select.units import units_within
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray

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


@dataclass(frozen=True, slots=True)
class SureAnswers:
    """Which samples of the confirmation part a cascade answers itself.

    Attributes:
        problem: Tells how sure answers are.
        scores: Of the confirmation part.
        requirements: What any candidate must reach: the mean over all samples first.
    """

    problem: Problem
    scores: Scores
    requirements: Sequence[Requirement]

    def answered(self, cascade: CascadeClaim, positions: IntArray) -> FloatArray:
        """Return 1 for each answer, scored before, that counts; else 0."""
        sureness = self.problem.sureness(cascade.configuration, positions)
        return is_sure(sureness, cascade.below).astype(np.float64)

    def means(self, cascade: CascadeClaim) -> tuple[Requirement, ...]:
        """Return what a cascade must reach, over the samples of the part that it answers."""
        positions = self.requirements[0].confirmation.positions
        self.scores.ask(cascade.configuration, positions)
        answered = self.answered(cascade, positions) == 1
        return means_of_a_cascade(
            self.requirements,
            cascade.least_coverage,
            selection=frozenset(),
            confirmation=frozenset(positions[answered].tolist()),
        )


def means_of_a_cascade(
    requirements: Sequence[Requirement],
    least_coverage: float,
    *,
    selection: frozenset[int],
    confirmation: frozenset[int],
) -> tuple[Requirement, ...]:
    """Return what a cascade must reach: every mean where it answers, then the share of its answers.

    Args:
        requirements: Those of any candidate.
        least_coverage: The least share.
        selection: Positions of the samples that it answers, as far as they are known.
        confirmation: The same of the confirmation part.
    """
    whole = requirements[0]
    means = [
        _where_answered(each, whole, selection=selection, confirmation=confirmation)
        for each in requirements
    ]
    share = replace(
        whole,
        label=COVERAGE,
        target=least_coverage,
        reach=least_coverage,
        is_binary=whole.confirmation.largest == 1,
    )
    return (*means, share)


def _where_answered(
    about: Requirement,
    whole: Requirement,
    *,
    selection: frozenset[int],
    confirmation: frozenset[int],
) -> Requirement:
    """Return one mean over the samples alone that are answered, as that of a class."""
    parts = (
        (whole.selection, about.selection, selection),
        (whole.confirmation, about.confirmation, confirmation),
    )
    units = [
        units_within(all_units, answered.intersection(own.positions.tolist()))
        for all_units, own, answered in parts
    ]
    largest = max(each.largest for each in units)
    return replace(
        about,
        selection=units[0].with_largest(largest),
        confirmation=units[1].with_largest(largest),
        is_binary=about.is_binary and largest == 1,
    )
