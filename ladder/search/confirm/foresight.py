"""`Foresight`: asks side by side for answers that tests on the confirmation part will read.

A test reads one unit after the other and may stop at any look, so on its own it keeps a server
waiting for one or two calls at a time. But it cannot stop before the answers at hand allow it
(`units_needed`), whatever the next ones are; up to there all may be asked at once. Of a test that
likely passes as much is asked for as it takes to pass. The tests themselves are held afterwards, one
after the other, and read what they would have read: an answer that was asked for and is not read
stays in the journal, is not scored, shown or closed, and decides nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, zip_longest

import numpy as np

from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import REFERENCE, Configuration
from ladder.search.problem import MaybeWanted, Problem, Wanted
from ladder.statistics import ConfirmationTest, units_needed, units_to_pass
from ladder.statistics.arrays import FloatArray, IntArray
from ladder.statistics.betting import LOOK_STEP

READS_ON = 0.5
"""Chance that a test reads on at a look at which it could have ended."""

LIKELY = 0.95
"""Chance to pass from which those behind a test are taken for certain to be held too."""


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A test that is held next, or once those before it have passed.

    Attributes:
        requirement: The mean that it is about, over the confirmation part or the units of one class.
        chance: How likely it passes, as the selection part tells.
    """

    configuration: Configuration
    requirement: Requirement
    question: ConfirmationTest
    chance: float


class _Foreseen:
    """A planned test, and how far the answers at hand take it."""

    def __init__(self, problem: Problem, planned: PlannedTest, *, is_relative: bool) -> None:
        self.configuration = planned.configuration
        self._is_relative = is_relative
        self.chance = planned.chance
        self.seen: FloatArray = np.empty(0)
        self._problem, self._asked = problem, planned.question
        self._units = planned.requirement.confirmation
        # One that likely passes is read as far as that takes; only a failure would end it sooner.
        begin = units_to_pass if planned.chance >= LIKELY else units_needed
        self.stop = begin(self._asked, self.seen)
        self.look()

    @property
    def is_over(self) -> bool:
        """Return whether the answers at hand end the test."""
        return self.stop <= len(self.seen)

    @property
    def next(self) -> list[Wanted]:
        """Return the samples that it reads in any case, or as good as that, with those of a reference."""
        configuration, positions = self._between(len(self.seen), self.stop)
        read_of = (REFERENCE, configuration) if self._is_relative else (configuration,)
        return [(each, positions) for each in read_of]

    def looks(self) -> list[MaybeWanted]:
        """Return the samples that it may still read after `next`, look by look."""
        ends = [self.stop]
        while ends[-1] < len(self._units):
            ends.append(min(math.ceil(ends[-1] * LOOK_STEP), len(self._units)))
        return [(*self._between(*each), READS_ON) for each in pairwise(ends)]

    def _between(self, start: int, stop: int) -> Wanted:
        return self.configuration, self._units.between(start, stop)

    def look(self) -> bool:
        """See which answers came since; return whether any did."""
        start, end = len(self.seen), len(self._units)
        scores = self._at_hand(*self._between(start, end))
        ends = self._units.starts[start:] - self._units.starts[start]
        n_whole = int(np.searchsorted(ends, len(scores), side="right")) - 1
        if not n_whole:
            return False
        fresh = self._units.deviations(scores[: ends[n_whole]], self._asked.target, start)
        self.seen = np.concatenate([self.seen, fresh])
        self.stop = units_needed(self._asked, self.seen)
        return True

    def _at_hand(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return about which scores the test will read of the leading samples, as far as answers are at hand."""
        scores, most = self._problem.at_hand(configuration, indices)
        most = np.maximum(scores, most)
        is_below = self._asked.direction < 0
        if self._is_relative:
            other, other_most = self._problem.at_hand(REFERENCE, indices)
            n = min(len(scores), len(other))
            taken = np.maximum(other, other_most)
            pair = (most[:n] - other[:n]) if is_below else (scores[:n] - taken[:n])
            return np.asarray((pair + 1) / 2)
        if not is_below:
            return scores
        return np.ceil(most) if self._asked.is_binary else most


class Foresight:
    """Tests that are held in this order until one fails, and what they will read.

    Args:
        problem: Answers, side by side where it can.
        tests: In the order in which they are held.
        is_relative: Whether they compare with the problem's reference.
    """

    def __init__(
        self, problem: Problem, tests: Sequence[PlannedTest], *, is_relative: bool = False
    ) -> None:
        self._problem = problem
        is_served = problem.asks_at_once > 1
        self._tests = [
            _Foreseen(problem, each, is_relative=is_relative) for each in tests if is_served
        ]

    def ask_ahead(self) -> None:
        """Ask until the next test can be held; what those behind it need fills free places."""
        tests = self._tests
        is_fresh = True
        while tests and is_fresh and not tests[0].is_over:
            self._problem.ask_ahead(*self._wanted())
            is_fresh = sum(each.look() for each in tests) > 0
        self._tests = tests[1:]

    def _wanted(self) -> tuple[list[Wanted], list[MaybeWanted]]:
        """Return what is read in any case, or as good as that; and what may be."""
        needed: list[Wanted] = []
        later: list[MaybeWanted] = []
        going_on: list[list[MaybeWanted]] = []
        chance = 1.0
        for each in self._tests:
            if each.is_over:
                continue
            is_sure = chance >= LIKELY
            if is_sure:
                needed += each.next
            else:
                later += [(*one, chance) for one in each.next]
            # One that could have ended by now and did not, or that may well not pass, reads on.
            if is_sure and (len(each.seen) or each.chance < LIKELY):
                going_on.append(each.looks())
            chance = min(chance, each.chance)
        # One look of each, then the next of each: none is known to end sooner than another.
        turns = chain.from_iterable(zip_longest(*going_on))
        return needed, [*filter(None, turns), *later]
