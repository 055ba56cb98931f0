"""`chances_to_decide`: how likely an undecided run would reach a verdict with more examples.

It rests on what the run knows: the scores of the selection part, and which tests on the confirmation
part failed. True scores that fit both are drawn again and again (`ladder/statistics/true_scores.py`);
for each draw both parts grow, the levers are climbed once more on the larger selection part, and the
tests of a verdict are made on the way, at the levels that are left. No score of the confirmation
part is read.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from ladder.search.confirm.questions import GATE, LAST_GATE, Questions
from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import Configuration, Look, MoreExamples
from ladder.statistics.arrays import BoolArray, FloatArray
from ladder.statistics.sizes import END_SHARE, LEAST_LEVEL, SPEND, QuestionName
from ladder.statistics.true_scores import draw_true_scores, likeness, score_of

SIZES = (10, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000, 20_000)
"""Examples that may be added, for which the chance is told."""

CHAINS = 48
FEWEST_DRAWS = 60
MOST_CANDIDATES = 80
"""Candidates that are drawn; of more, those that may be the best."""

NEAR = 0.07
"""How far from the target the best is expected before anything is scored (a standard deviation)."""

MOST_CHANCE = 0.9
"""One in ten runs that seem to decide stays open, by what no draw foresees: a ladder of another kind."""

MOST_TESTS = 8
"""Tests of a run that are foreseen: each spends most of what is left."""

LIKELY = 0.75
"""Chance of a verdict from which on a number of examples is called enough."""

WEALTH = 0.75
"""Share of the capital behind the bet that is made to measure, where a test goes by bets alone."""


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
            _MeanToCome(questions, self._candidates, slots, leader, each, random)
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

    def __init__(self, level: float, means: Sequence["_MeanToCome"]) -> None:
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


class _MeanToCome:
    """One mean of all candidates, over draws (rows) of their true scores."""

    def __init__(
        self,
        questions: Questions,
        candidates: Sequence[Configuration],
        slots: Sequence[tuple[int, int]],
        leader: int,
        about: Requirement,
        random: np.random.Generator,
    ) -> None:
        self._about, self._random, self._examples, self._leader = about, random, 0, leader
        n_all = len(questions.selection.units.positions) + len(questions.part.units.positions)
        self._rates = [len(units) / n_all for units in (about.selection, about.confirmation)]
        scores, most = (
            [
                questions.selection.unit_scores(each, about.selection, about.target, most=most)
                for each in candidates
            ]
            for most in (False, True)
        )
        seen = [each if len(each) else np.array([about.target]) for each in scores]
        # By how much each may score higher than it was read; of what comes nothing is known.
        lifts = [m.mean() - s.mean() if len(m) else 0.0 for s, m in zip(scores, most, strict=True)]
        self._unread = np.array([*lifts, 0.0])
        drawn = draw_true_scores(
            seen,
            np.array(
                [[float(each[lever] == slot) for lever, slot in slots] for each in candidates]
            ).reshape(len(candidates), len(slots)),
            expected=min(max(about.target, 0.02), 0.98),
            chains=CHAINS,
            random=random,
        )
        first = next((at for at, each in enumerate(candidates) if not any(each)), 0)
        self._base, self._parts = drawn.candidates[:, first], drawn.parts
        self._true = score_of(drawn.candidates)
        self._shared = likeness(seen)
        self._share = _share_of_pass_or_fail(seen, is_binary=about.is_binary)
        n = np.array([len(each) for each in seen])
        self._n = [float(max(n)), float(len(about.confirmation))]
        sums = np.array([float(each.sum()) for each in seen])
        self._sums = [sums + self._more(self._n[0] - n), self._more(np.array(self._n[1]))]
        self.begin()

    @property
    def size(self) -> int:
        """Return the number of draws."""
        return len(self._true)

    @property
    def margin(self) -> FloatArray:
        """Return how far above the edge each candidate lies on the selection part so far."""
        return np.asarray(self._sums[0] / self._n[0] - self._about.reach)

    @property
    def margin_climbed(self) -> FloatArray:
        """Return the same of the stack that the next climb ends with."""
        return np.asarray(self.settled - self._about.reach)

    def seen(self, chosen: npt.NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Return the scores of chosen candidates on both parts."""
        rows = np.arange(len(chosen))
        selected, confirmed = (
            sums[rows, chosen] / n for sums, n in zip(self._sums, self._n, strict=True)
        )
        return selected, confirmed

    def nearness(self, random: np.random.Generator) -> BoolArray:
        """Return which draws to keep, so that the best is as near the target as is expected."""
        gap = (self._true.max(axis=1) - self._about.target) / NEAR
        weight = np.exp(-(gap**2) / 2)
        return np.asarray(random.random(len(gap)) < weight / weight.max())

    def keep(self, fits: npt.NDArray[np.int64]) -> None:
        """Go on with some of the draws."""
        self._true, self._base, self._parts = (
            each[fits] for each in (self._true, self._base, self._parts)
        )
        self._sums = [each[fits] for each in self._sums]
        self.begin()

    def grow_to(self, size: int) -> None:
        """Let both parts grow, as if so many examples had been added in all."""
        for at, rate in enumerate(self._rates):
            n = rate * (size - self._examples)
            self._sums[at] = self._sums[at] + self._more(np.array(n))
            self._n[at] += n
        self._examples = size

    def begin(self) -> None:
        """Begin to climb once more, at the baseline."""
        self._stack, self._flattery = self._base, np.zeros(self.size)

    def guess_gains(self, columns: Sequence[int]) -> tuple[FloatArray, FloatArray]:
        """Return what variants of a lever add, and what a race on half of the part makes of it."""
        gains = self._parts[:, columns]
        spread = 0.5 * math.sqrt(self._share * 2 * (1 - self._shared) / max(self._n[0] / 2, 1))
        return gains, gains + spread * self._random.normal(size=gains.shape)

    def go_on(self, gain: FloatArray) -> None:
        """Go on with a variant: what it adds, and what it seemed to add.

        What it seemed to add beyond that was luck of the half that it raced on.
        """
        self._stack = self._stack + gain[0]
        self._flattery = self._flattery + (gain[1] - gain[0]) / 2

    @property
    def climbed(self) -> tuple[FloatArray, FloatArray]:
        """Return how the stack so far looks on the selection part, and its score on the other."""
        looks = self._with_luck_of_leader(self._stack + self._flattery, 0)
        return looks, self._with_luck_of_leader(self._stack, 1)

    @property
    def settled(self) -> FloatArray:
        """Return its score on the selection part without the luck of its races."""
        return self._with_luck_of_leader(self._stack, 0)

    def _with_luck_of_leader(self, angle: FloatArray, part: int) -> FloatArray:
        luck = self._sums[part][:, self._leader] / self._n[part] - self._true[:, self._leader]
        return np.asarray(np.clip(score_of(angle) + luck, 0, 1))

    def _more(self, n: FloatArray) -> FloatArray:
        """Return the sums of more units' scores; what is hard for one is hard for the others."""
        shape = self._true.shape
        luck = math.sqrt(self._shared) * self._random.normal(size=(shape[0], 1))
        luck = luck + math.sqrt(1 - self._shared) * self._random.normal(size=shape)
        return np.asarray(n * self._true + np.sqrt(n * self._share * _spread(self._true)) * luck)

    def may_be_below(self, best: npt.NDArray[np.int64], level: float) -> BoolArray:
        """Return where it is worth asking whether all are below; the last is the stack so far."""
        selected = np.column_stack([self._sums[0] / self._n[0], self.settled])
        chances = self.chance("below", selected[np.arange(len(best)), best], np.array(level))
        return np.asarray(chances >= LAST_GATE)

    def chance(self, question: QuestionName, mean: FloatArray, level: FloatArray) -> FloatArray:
        """Return how likely a test seems to pass, by the score on the selection part."""
        sign = 1 if question == "reached" else -1
        spread = np.sqrt(np.maximum(self._share * _spread(mean), 1e-4))
        effect = sign * (mean - self._about.edge(question)) / spread
        needed = -special.ndtri(level) / math.sqrt(self._n[1])
        return np.asarray(
            special.ndtr((effect - needed) / math.sqrt(1 / self._n[0] + 1 / self._n[1]))
        )

    def edge(self, level: float) -> float:
        """Return the score on the confirmation part that shows the target to be reached."""
        return self._edge(self._about.reach, level)

    def beyond_reached(self, level: float) -> FloatArray:
        """Return how far each lies beyond what shows that the target is reached."""
        return np.asarray(self._sums[1] / self._n[1] - self.edge(level))

    def beyond_below(self, level: float) -> FloatArray:
        """Return the same of what shows that it is missed, however answers are read.

        The last is the stack that the next climb ends with.
        """
        mean = np.column_stack([self._sums[1] / self._n[1], self.climbed[1]]) + self._unread
        return np.asarray(1 - mean - self._edge(1 - self._about.target, level))

    def _edge(self, target: float, level: float) -> float:
        """Return the mean score from which on a test of so many units passes."""
        n = max(round(self._n[1]), 1)
        if self._about.is_paired:
            errors = -float(special.ndtri(END_SHARE * level))
            return target + errors * math.sqrt(self._share * target * (1 - target) / n)
        if not self._about.is_binary:
            wanted = -2 * math.log(WEALTH * level)
            return target + math.sqrt(wanted * self._share * target * (1 - target) / n)
        return (_fewest_hits(n, target, END_SHARE * level) - 0.5) / n


def _fewest_hits(n: int, chance: float, tail: float) -> int:
    """Return the fewest hits of `n` that come about by chance no more often than `tail`.

    >>> _fewest_hits(10, 0.5, 0.05), _fewest_hits(10, 0.5, 1e-6)
    (9, 11)
    """
    return bisect_left(
        range(n + 1), -tail, key=lambda hits: -float(special.bdtrc(hits - 1, n, chance))
    )


def _slots(candidates: Sequence[Configuration]) -> list[tuple[int, int]]:
    found = {(lever, each[lever]) for each in candidates for lever in each.applied}
    return sorted(found)


def _spread(score: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(score * (1 - score), 0.0))


def _share_of_pass_or_fail(seen: Sequence[FloatArray], *, is_binary: bool) -> float:
    """Return the variance of a unit's score as a share of that of a pass/fail score with the same mean."""
    if is_binary:
        return 1.0
    excess = sum(float(((each - each.mean()) ** 2).sum()) for each in seen)
    whole = sum(float(len(each) * each.mean() * (1 - each.mean())) for each in seen)
    return min((excess + 1) / (whole + 1), 1.0)
