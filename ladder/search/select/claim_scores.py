"""`ClaimScores`: the scores that a claim is about: a candidate's own, or its difference to a reference.

A difference d of two scores counts as (d + 1) / 2, which is in [0, 1] like any score (Waudby-Smith
and Ramdas 2024 bet on bounded means). What nobody knows is taken against the claim, on both sides:
for "reached" an unknown answer of the candidate is wrong and one of the reference right, for "below"
the reverse. And both are read alike: of the strict and of the lenient reading of the same two
answers, the difference counts that speaks against the claim, so that neither a form of answers that
only the reference has, nor one that only the candidate has, makes a difference.
"""

from typing import NamedTuple

import numpy as np

from ladder.search.ledger import REFERENCE, Configuration
from ladder.search.problem import Problem
from ladder.search.select.scores import Scores
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray


class Readings(NamedTuple):
    """Scores of the same answers read strictly and at their best, and which answers are unknown.

    `best` is 1 where an answer is unknown.
    """

    strict: FloatArray
    best: FloatArray
    unknown: BoolArray

    @property
    def low(self) -> tuple[FloatArray, FloatArray]:
        """Return both readings; an unknown answer counts with its strict score in both."""
        return self.strict, np.where(self.unknown, self.strict, self.best)

    @property
    def high(self) -> tuple[FloatArray, FloatArray]:
        """Return both readings with unknown answers as right."""
        return np.where(self.unknown, 1.0, self.strict), np.where(self.unknown, 1.0, self.best)


class ClaimScores:
    """What the tests of one part read.

    Args:
        problem: Tells which answers are unknown.
        scores: Of this part.
        is_relative: Whether candidates are held against the problem's reference.
    """

    def __init__(self, problem: Problem, scores: Scores, *, is_relative: bool = False) -> None:
        self.is_relative = is_relative
        self._problem = problem
        self._scores = scores

    def least(self, configuration: Configuration, positions: IntArray) -> FloatArray:
        """Return the least that answers may be worth: what the claim "reached" is tested on."""
        if not self.is_relative:
            return self._scores.ask(configuration, positions)
        return least_difference(*self._pair(configuration, positions))

    def most(self, configuration: Configuration, positions: IntArray) -> FloatArray:
        """Return the most that answers may be worth: what the claim "below" is tested on."""
        if not self.is_relative:
            return self._scores.most(configuration, positions)
        own, reference = self._pair(configuration, positions)
        pairs = zip(own.high, reference.low, strict=True)
        return _as_scores(np.maximum(*(mine - other for mine, other in pairs)))

    def plain(self, configuration: Configuration, positions: IntArray) -> tuple[FloatArray, ...]:
        """Return the scores of a candidate and of the reference on the same samples, as they were read."""
        return (self._scores.ask(configuration, positions), self._scores.ask(REFERENCE, positions))

    def _pair(self, configuration: Configuration, positions: IntArray) -> tuple[Readings, Readings]:
        return self._readings(configuration, positions), self._readings(REFERENCE, positions)

    def _readings(self, configuration: Configuration, positions: IntArray) -> Readings:
        strict = self._scores.ask(configuration, positions)
        best = np.maximum(strict, self._problem.could_score(configuration, positions))
        return Readings(strict, best, self._problem.unknown(configuration, positions))


def least_difference(own: Readings, reference: Readings) -> FloatArray:
    """Return the least that a difference may be, sample by sample, as (d + 1) / 2.

    Of two unknown answers nobody knows the difference either; of two in the same loose form it is 0.

    >>> def reading(strict, best, unknown):
    ...     return Readings(np.array([strict]), np.array([best]), np.array([unknown]))
    >>> float(least_difference(reading(0.0, 1.0, True), reading(0.0, 1.0, True))[0])
    0.0
    >>> float(least_difference(reading(0.0, 1.0, False), reading(0.0, 1.0, False))[0])
    0.5
    """
    pairs = zip(own.low, reference.high, strict=True)
    return _as_scores(np.minimum(*(mine - other for mine, other in pairs)))


def _as_scores(differences: FloatArray) -> FloatArray:
    return np.asarray((differences + 1) / 2)
