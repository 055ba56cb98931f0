"""`chances_to_decide`: how likely an undecided run would reach a verdict with more examples.

It rests on what the run knows: the scores of the selection part, and which tests on the confirmation
part failed. True scores that fit both are drawn again and again (`ladder/statistics/true_scores.py`);
for each draw both parts grow, the levers are climbed once more on the larger selection part, and the
tests of a verdict are made on the way, at the levels that are left. No score of the confirmation
part is read.
"""

import math
from collections.abc import Sequence

import numpy as np

from ladder.search.confirm.questions import GATE, LAST_GATE, Questions
from ladder.search.ledger import Configuration, Look, MoreExamples
from ladder.search.mean_to_come import MeanToCome
from ladder.statistics.arrays import BoolArray, FloatArray
from ladder.statistics.sizes import LEAST_LEVEL, SPEND

SIZES = (10, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000, 20_000)
"""Examples that may be added, for which the chance is told."""

FEWEST_DRAWS = 60
MOST_CANDIDATES = 80
"""Candidates that are drawn; of more, those that may be the best."""

MOST_CHANCE = 0.9
"""One in ten runs that seem to decide stays open, by what no draw foresees: a ladder of another kind."""

MOST_TESTS = 8
"""Tests of a run that are foreseen: each spends most of what is left."""

LIKELY = 0.75
"""Chance of a verdict from which on a number of examples is called enough."""


def chances_to_decide(questions: Questions) -> tuple[MoreExamples, ...]:
    """Return how likely a run with so many more examples would decide, for each of `SIZES`.

    The target is taken to lie near what can be reached, as people set it.
    """
    future = _Future(questions, np.random.default_rng(0))
    found, most = [], 0.0
    for size in SIZES:
        reached, below = future.grown(size)
        share = reached / max(reached + below, 1e-9)
        most = max(most, reached + below)  # more examples never make it less likely
        chance = round(MOST_CHANCE * most, 3)
        found.append(MoreExamples(examples=size, chance=chance, reached=round(share * chance, 3)))
    return tuple(found)


def likely_enough(more: Sequence[MoreExamples]) -> int | None:
    """Return the fewest examples with which a verdict is likely; None where none of these are enough.

    >>> curve = [MoreExamples(examples=n, chance=n / 1000, reached=0.0) for n in (100, 800, 900)]
    >>> likely_enough(curve), likely_enough(curve[:1])
    (800, None)
    """
    return next((each.examples for each in more if each.chance >= LIKELY), None)


def _considered(questions: Questions) -> list[Configuration]:
    """Return the candidates that may be the best, in the order in which they were first scored."""
    selection = questions.selection
    counted = (each for each in selection.seen if each.can_be_deployed)
    tried = [each for each in counted if not questions.limits.is_beyond(each)]
    tried = tried or list(selection.seen[:1])

    def at_most(each: Configuration) -> float:
        return selection.mean(each) + 1 / math.sqrt(selection.n_seen(each))

    asked = {look.configuration for look in questions.part.made}
    kept = set(sorted(tried, key=at_most, reverse=True)[:MOST_CANDIDATES]) | asked
    return [each for each in tried if each in kept or not any(each)]


class _Future:
    """Draws of what may be true, and how the parts of the data grow under each."""

    def __init__(self, questions: Questions, random: np.random.Generator) -> None:
        self._part, self._is_blocked = questions.part, bool(questions.blocked)
        self._candidates = _considered(questions)
        slots = _slots(self._candidates)
        self._levers = [
            [at for at, (lever, _) in enumerate(slots) if lever == each]
            for each in sorted({lever for lever, _ in slots})
        ]
        leader = self._leader(questions)
        self._means = [
            MeanToCome(questions, self._candidates, slots, leader, each, random)
            for each in questions.part.requirements
            if len(each.selection) and len(each.confirmation)
        ]
        self._keep(random)

    def _leader(self, questions: Questions) -> int:
        """Return the candidate that the next winner will most resemble: the last that was tested."""
        tested = [look.configuration for look in questions.part.made if look.question == "reached"]
        known = [self._candidates.index(each) for each in tested if each in self._candidates]
        if known:
            return known[-1]
        selection = questions.selection
        longest = max(selection.n_seen(each) for each in self._candidates)
        means = [
            selection.mean(each) if 2 * selection.n_seen(each) >= longest else -1.0
            for each in self._candidates
        ]
        return int(np.argmax(means))

    def grown(self, size: int) -> tuple[float, float]:
        """Return how often a candidate is shown to reach the target, and how often all to miss it."""
        for mean in self._means:
            mean.grow_to(size)
        reached = self._reached_on_the_way()
        below = ~reached & self._are_below()
        return float(reached.mean()), float(below.mean())

    def _reached_on_the_way(self) -> BoolArray:
        """Climb lever by lever, and put each stack to the test that will probably pass."""
        for mean in self._means:
            mean.begin()
        tests = _Tests(self._part.alpha("reached"), self._means)
        is_new = np.ones(tests.size, dtype=bool)
        for columns in self._levers:
            tests.put(is_new, GATE, [mean.climbed for mean in self._means])
            is_new = self._climb(columns)
        tests.put(np.ones_like(is_new), LAST_GATE, [mean.climbed for mean in self._means])
        best = np.minimum.reduce([mean.margin for mean in self._means]).argmax(axis=1)
        tests.put(np.ones_like(is_new), GATE, [mean.seen(best) for mean in self._means])
        return tests.passed

    def _climb(self, columns: list[int]) -> BoolArray:
        """Go on with the best variant of a lever, if it looks better than the stack without it."""
        guessed = [mean.guess_gains(columns) for mean in self._means]
        chosen = np.mean([looks for _, looks in guessed], axis=0)
        best = chosen.argmax(axis=1)
        rows = np.arange(len(best))
        is_better = chosen[rows, best] > 0
        for mean, (gains, looks) in zip(self._means, guessed, strict=True):
            mean.go_on(np.where(is_better, [gains[rows, best], looks[rows, best]], 0.0))
        return np.asarray(is_better)

    def _are_below(self) -> BoolArray:
        level = self._part.alpha("below")
        margins = [np.column_stack([mean.margin, mean.margin_climbed]) for mean in self._means]
        best = np.minimum.reduce(margins).argmax(axis=1)
        if self._is_blocked or level < LEAST_LEVEL:
            return np.zeros(len(best), dtype=bool)
        is_asked = np.logical_or.reduce([mean.may_be_below(best, level) for mean in self._means])
        shown = np.maximum.reduce([mean.beyond_below(level) for mean in self._means]) >= 0
        return np.asarray(is_asked & shown.all(axis=1))

    def _keep(self, random: np.random.Generator) -> None:
        """Keep the draws under which the tests that failed would have failed, or nearly so."""
        is_near = self._means[0].nearness(random)
        beyond = np.full(len(is_near), -1.0)
        for look in self._part.made:
            beyond = np.maximum(beyond, self._beyond(look))
        fits = np.flatnonzero(is_near & (beyond < 0))
        if len(fits) < FEWEST_DRAWS:
            # What fits only by rare luck fits best where the least luck does.
            fits = np.argsort(np.maximum(beyond, 0) + ~is_near)[:FEWEST_DRAWS]
        for mean in self._means:
            mean.keep(fits)

    def _beyond(self, look: Look) -> FloatArray:
        """Return of each draw by how much a test that failed would have passed; below zero if not."""
        if look.question == "below":
            of_each = [mean.beyond_below(look.alpha)[:, :-1] for mean in self._means]
            return np.asarray(np.maximum.reduce(of_each).min(axis=1))
        if look.configuration not in self._candidates:
            return np.full(1, -1.0)
        at = self._candidates.index(look.configuration)
        return np.asarray(
            np.minimum.reduce([mean.beyond_reached(look.alpha)[:, at] for mean in self._means])
        )


class _Tests:
    """Tests of one stack after another, each at the level that those before it left."""

    def __init__(self, level: float, means: Sequence[MeanToCome]) -> None:
        self._means, self.size = means, means[0].size
        levels = [level * (1 - SPEND) ** at for at in range(MOST_TESTS)]
        self._levels: FloatArray = np.array([each for each in levels if each >= LEAST_LEVEL])
        self._edges = [
            np.array([mean.edge(each) for each in self._levels.tolist()]) for mean in means
        ]
        self._made = np.zeros(self.size, dtype=np.int64)
        self.passed = np.zeros(self.size, dtype=bool)

    def put(
        self, is_new: BoolArray, gate: float, scores: Sequence[tuple[FloatArray, FloatArray]]
    ) -> None:
        """Test a stack where its chance is at least the gate.

        Args:
            is_new: Where it was not tested before.
            gate: Chance to pass from which it is tested.
            scores: Of each mean its scores on the selection and on the confirmation part.
        """
        if not len(self._levels):
            return
        made = np.minimum(self._made, len(self._levels) - 1)
        chances = [
            mean.chance("reached", selected, self._levels[made])
            for mean, (selected, _) in zip(self._means, scores, strict=True)
        ]
        is_asked = is_new & ~self.passed & (self._made < len(self._levels))
        is_asked &= np.minimum.reduce(chances) >= gate
        shown = [
            confirmed >= edges[made]
            for edges, (_, confirmed) in zip(self._edges, scores, strict=True)
        ]
        self.passed |= is_asked & np.logical_and.reduce(shown)
        self._made += is_asked


def _slots(candidates: Sequence[Configuration]) -> list[tuple[int, int]]:
    found = {(lever, each[lever]) for each in candidates for lever in each.applied}
    return sorted(found)
