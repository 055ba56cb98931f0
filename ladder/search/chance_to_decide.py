"""`chances_to_decide`: how likely more examples end a run that stayed open with a verdict.

It rests on what the run knows: the scores of the selection part, and which tests on the confirmation
part failed. True scores that fit both are drawn again and again (`ladder/statistics/true_scores.py`);
for each draw both parts grow, the best is chosen, and the tests of a verdict are made at the levels
that are left. No score of the confirmation part is read.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from ladder.search.confirm.looks import QuestionName
from ladder.search.confirm.questions import GATE, LAST_GATE, Questions
from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import Configuration, MoreExamples
from ladder.statistics.sizes import END_SHARE, LEAST_LEVEL, SPEND
from ladder.statistics.true_scores import draw_true_scores, likeness, score_of

FloatArray = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SIZES = (10, 20, 50, 100, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000, 20_000)
"""Examples that may be added, for which the chance is told."""

CHAINS = 48
FEWEST_DRAWS = 60
MOST_CANDIDATES = 80
"""Candidates that are drawn; of more, those that may be the best."""

NEAR = 0.07
"""How far from the target the best is expected before anything is scored (a standard deviation)."""

OWN_WEIGHT = 0.6
SHIFT = -0.15
"""How a simulated chance is doubted, in log odds: a second run also meets what no draw foresaw."""

MOST_CHANCE = 0.9
"""One in ten open runs stays open with any number of examples that was looked at."""

LIKELY = 0.75
"""Chance of a verdict from which on a number of examples is called enough."""

WEALTH = 0.75
"""Share of the capital behind the bet that is made to measure, where a test goes by bets alone."""


def chances_to_decide(questions: Questions, seed: int = 0) -> tuple[MoreExamples, ...]:
    """Return how likely a run with so many more examples would decide, for each of `SIZES`.

    The target is taken to lie near what can be reached, as people set it; the second run is taken
    to try what the first tried, and may find one stack that is better by one step.
    """
    future = _Future(questions, np.random.default_rng(seed))
    found, most = [], 0.0
    for size in SIZES:
        reached, below = future.grown(size)
        share = reached / max(reached + below, 1e-9)
        most = max(most, reached + below)  # more examples never make it less likely
        chance = round(doubted(most), 3)
        found.append(MoreExamples(examples=size, chance=chance, reached=round(share * chance, 3)))
    return tuple(found)


def doubted(chance: float) -> float:
    """Return a simulated chance drawn towards what other simulated runs showed of such chances.

    >>> [round(doubted(each), 2) for each in (0.0, 0.1, 0.5, 0.9)]
    [0.0, 0.17, 0.42, 0.69]
    """
    inner = min(max(chance, 1e-9), 1 - 1e-9)
    return MOST_CHANCE * float(special.expit(OWN_WEIGHT * special.logit(inner) + SHIFT))


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
        self._means = [
            _MeanToCome(questions, self._candidates, each, random)
            for each in questions.part.requirements
            if len(each.selection) and len(each.confirmation)
        ]
        self._keep(random)

    def grown(self, size: int) -> tuple[float, float]:
        """Return how often a candidate is shown to reach the target, and how often all to miss it."""
        for mean in self._means:
            mean.grow_to(size)
        values = np.minimum.reduce([mean.margin for mean in self._means])
        order = np.argsort(-values, axis=1)[:, :2]
        level = self._part.alpha("reached")
        reached = self._passes(order[:, 0], level, LAST_GATE)
        if order.shape[1] > 1:
            reached |= self._passes(order[:, 1], level * (1 - SPEND), GATE)
        below = ~reached & self._are_below(order[:, 0])
        return float(reached.mean()), float(below.mean())

    def _passes(self, chosen: npt.NDArray[np.int64], level: float, gate: float) -> Flags:
        if level < LEAST_LEVEL:
            return np.zeros(len(chosen), dtype=bool)
        tests = [mean.reaches(chosen, level, gate) for mean in self._means]
        return np.asarray(np.logical_and.reduce(tests))

    def _are_below(self, best: npt.NDArray[np.int64]) -> Flags:
        level = self._part.alpha("below")
        if self._is_blocked or level < LEAST_LEVEL:
            return np.zeros(len(best), dtype=bool)
        is_asked = np.logical_or.reduce([mean.may_be_below(best, level) for mean in self._means])
        shown = np.logical_or.reduce([mean.shown_below(level) for mean in self._means])
        return np.asarray(is_asked & shown.all(axis=1))

    def _keep(self, random: np.random.Generator) -> None:
        """Keep the draws under which the tests that failed would have failed."""
        fits = self._means[0].nearness(random)
        for look in self._part.made:
            if look.question == "reached" and look.configuration in self._candidates:
                at = self._candidates.index(look.configuration)
                passed = [mean.is_above(look.alpha)[:, at] for mean in self._means]
                fits &= ~np.logical_and.reduce(passed)
            elif look.question == "below":
                shown = [mean.shown_below(look.alpha)[:, :-1] for mean in self._means]
                fits &= ~np.logical_or.reduce(shown).all(axis=1)
        if fits.sum() >= FEWEST_DRAWS:
            for mean in self._means:
                mean.keep(fits)


class _MeanToCome:
    """One mean of all candidates, over draws (rows) of their true scores; the last is a newcomer.

    Attributes:
        margin: How far above the edge each scored candidate lies on the selection part so far.
    """

    def __init__(
        self,
        questions: Questions,
        candidates: Sequence[Configuration],
        about: Requirement,
        random: np.random.Generator,
    ) -> None:
        self._about, self._random, self._size = about, random, 0
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
        # By how much each may score higher than it was read; of a newcomer nothing is known.
        lifts = [m.mean() - s.mean() if len(m) else 0.0 for s, m in zip(scores, most, strict=True)]
        self._unread = np.array([*lifts, 0.0])
        slots = _slots(candidates)
        drawn = draw_true_scores(
            seen,
            np.array(
                [[float(each[lever] == slot) for lever, slot in slots] for each in candidates]
            ),
            expected=min(max(about.target, 0.02), 0.98),
            chains=CHAINS,
            random=random,
        )
        step = _best_step(candidates, slots, drawn.parts, seen)
        newcomer = np.maximum(drawn.candidates.max(axis=1), drawn.candidates[:, step[0]] + step[1])
        self._true = score_of(np.column_stack([drawn.candidates, newcomer]))
        self._shared = likeness(seen)
        self._share = _share_of_pass_or_fail(seen, is_binary=about.is_binary)
        n = np.array([*(len(each) for each in seen), 0])
        self._n = [float(max(n)), float(len(about.confirmation))]
        sums = np.array([*(float(each.sum()) for each in seen), 0.0])
        self._sums = [sums + self._more(self._n[0] - n), self._more(np.array(self._n[1]))]

    @property
    def margin(self) -> FloatArray:
        """Return how far above the edge each lies on the selection part, the newcomer left out."""
        return np.asarray(self._sums[0][:, :-1] / self._n[0] - self._about.reach)

    def nearness(self, random: np.random.Generator) -> Flags:
        """Return which draws to keep, so that the best is as near the target as is expected."""
        gap = (self._true[:, :-1].max(axis=1) - self._about.target) / NEAR
        weight = np.exp(-(gap**2) / 2)
        return np.asarray(random.random(len(gap)) < weight / weight.max())

    def keep(self, fits: Flags) -> None:
        """Go on with some of the draws."""
        self._true = self._true[fits]
        self._sums = [each[fits] for each in self._sums]

    def grow_to(self, size: int) -> None:
        """Let both parts grow, as if so many examples had been added in all."""
        for at, rate in enumerate(self._rates):
            n = rate * (size - self._size)
            self._sums[at] = self._sums[at] + self._more(np.array(n))
            self._n[at] += n
        self._size = size

    def _more(self, n: FloatArray) -> FloatArray:
        """Return the sums of more units' scores; what is hard for one is hard for the others."""
        shape = self._true.shape
        luck = math.sqrt(self._shared) * self._random.normal(size=(shape[0], 1))
        luck = luck + math.sqrt(1 - self._shared) * self._random.normal(size=shape)
        return np.asarray(n * self._true + np.sqrt(n * self._share * _spread(self._true)) * luck)

    def reaches(self, chosen: npt.NDArray[np.int64], level: float, gate: float) -> Flags:
        """Return where the chosen ones are put to the test, and pass it."""
        rows = np.arange(len(chosen))
        return np.asarray(
            (self._chance(chosen, "reached", level) >= gate) & self.is_above(level)[rows, chosen]
        )

    def may_be_below(self, best: npt.NDArray[np.int64], level: float) -> Flags:
        """Return where it is worth asking whether all are below."""
        return np.asarray(self._chance(best, "below", level) >= LAST_GATE)

    def _chance(
        self, chosen: npt.NDArray[np.int64], question: QuestionName, level: float
    ) -> FloatArray:
        mean = self._sums[0][np.arange(len(chosen)), chosen] / self._n[0]
        sign = 1 if question == "reached" else -1
        spread = np.sqrt(np.maximum(self._share * _spread(mean), 1e-4))
        effect = sign * (mean - self._about.edge(question)) / spread
        needed = -float(special.ndtri(level)) / math.sqrt(self._n[1])
        return np.asarray(
            special.ndtr((effect - needed) / math.sqrt(1 / self._n[0] + 1 / self._n[1]))
        )

    def is_above(self, level: float) -> Flags:
        """Return whose confirmation score shows that the target is reached."""
        return np.asarray(self._sums[1] / self._n[1] >= self._edge(self._about.reach, level))

    def shown_below(self, level: float) -> Flags:
        """Return whose confirmation score shows that the target is missed, however it is read."""
        mean = self._sums[1] / self._n[1] + self._unread
        return np.asarray(1 - mean >= self._edge(1 - self._about.target, level))

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
    """Return the variance of a unit's score as a share of what it is for pass or fail."""
    if is_binary:
        return 1.0
    excess = sum(float(((each - each.mean()) ** 2).sum()) for each in seen)
    whole = sum(float(len(each) * each.mean() * (1 - each.mean())) for each in seen)
    return min((excess + 1) / (whole + 1), 1.0)


def _best_step(
    candidates: Sequence[Configuration],
    slots: Sequence[tuple[int, int]],
    parts: FloatArray,
    seen: Sequence[FloatArray],
) -> tuple[int, FloatArray]:
    """Return the leader, and how much its best change of one lever adds, for each draw."""
    longest = max(len(each) for each in seen)
    values = [each.mean() if 2 * len(each) >= longest else -1.0 for each in seen]
    leader = int(np.argmax(values))
    if not slots:
        return leader, np.zeros(len(parts))
    own = {lever: at for at, (lever, slot) in enumerate(slots) if candidates[leader][lever] == slot}
    gains = [
        parts[:, at] - (parts[:, own[lever]] if lever in own else 0.0)
        for at, (lever, _) in enumerate(slots)
    ]
    return leader, np.maximum(np.max(gains, axis=0), 0.0)
