"""Worlds that work against the promise: units used again, answers lost, ceilings that bound nothing.

Each function draws one world and says what became of it, with the rule in force and without it.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.cases import THREE
from benchmarks.worlds import Configuration, FloatArray, IntArray, World
from ladder.decision import Decision, decide
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Configuration as Stack
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.search.select.units import split_by_index

BoolArray = npt.NDArray[np.bool_]

TARGET = 0.7
ROUNDS = 60
VERDICTS = 10
CANDIDATES = ([1, 2, 3], [1, 2])

KINDS = (
    (0.15, TARGET - 0.002, 0.95),
    (0.15, TARGET, 0.35),
    (0.35, TARGET + 0.27, None),
    (0.35, TARGET - 0.35, None),
)
"""How often a kind of round comes, its candidates' true score, and how often they are right on what
somebody has seen: tuned to that, bad at that, or good or bad everywhere."""


class Verdicts(NamedTuple):
    """How many verdicts one eval file gave, and how many of them were wrong."""

    given: int
    wrong: int


def of_ten_verdicts(task: tuple[bool, int]) -> Verdicts:
    """Decide one file of 1,000 until it gave ten verdicts, each time with new candidates.

    In three rounds of ten the candidates are those of an adversary, who has seen every score that
    was shown: a hair below the target and tuned to all that is known, or at the target and bad there.

    Args:
        task: Whether units are closed once a verdict has shown them, and the seed. Without that
            rule the whole confirmation part is asked again after each verdict.
    """
    is_closed, seed = task
    draw, looks = np.random.default_rng([seed, 79]), Looks()
    shown: set[int] = set()
    given = wrong = 0
    for again in range(ROUNDS):
        kind = int(draw.choice(len(KINDS), p=[share for share, _, _ in KINDS]))
        seen = shown.union(_selection(looks, seed).tolist())
        world = Round(seed, again, kind, seen)
        levers = [[10 * again + variant for variant in row] for row in CANDIDATES]
        decision = decide(
            levers, world, n=1000, target=TARGET, seed=seed, looks=looks, is_advised=False
        )
        if decision.verdict == "inconclusive":
            if decision.ledger.closed:
                break
            continue
        given, wrong = given + 1, wrong + world.is_wrong(decision)
        closing = looks.record.closing
        shown |= set(map(int, (closing.shown or ()) if closing is not None else ()))
        looks = looks.reopened() if is_closed else Looks()
        if given == VERDICTS:
            break
    return Verdicts(given, wrong)


class Round:
    """The scores of one round's candidates; the baseline is bad, and the same in each round."""

    def __init__(self, seed: int, again: int, kind: int, seen: set[int]) -> None:
        _, self.true, rate = KINDS[kind]
        self._world = World(1000, seed, self._true_score)
        self._seen = np.isin(np.arange(1000), list(seen))
        self._rate = rate
        self._luck = np.random.default_rng([seed, 80, again]).random(1000)

    def __call__(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return scores, as `ladder.decide` asks for them."""
        scores = self._world.all_scores(configuration)
        if self._rate is not None and any(configuration):
            scores = np.where(self._seen, self._luck < self._rate, scores).astype(np.float64)
        return scores[indices]

    def is_wrong(self, decision: Decision) -> bool:
        """Return whether a decision claims something untrue."""
        tried = list(decision.ledger.tried)
        if decision.verdict == "fine_tune":
            return max(map(self._true_score, tried)) >= TARGET - 1e-9
        return self._true_score(decision.configuration) < TARGET - 1e-9

    def _true_score(self, configuration: Configuration) -> float:
        return self.true if any(configuration) else TARGET - 0.2


def _selection(looks: Looks, seed: int) -> IntArray:
    return split_by_index(1000, None, seed, closed=looks.record.closed)[0]


LOSSES: dict[str, Callable[[FloatArray, np.random.Generator], BoolArray]] = {
    "one answer in ten lost at random": lambda scores, draw: draw.random(len(scores)) < 0.1,
    "three in ten lost at random": lambda scores, draw: draw.random(len(scores)) < 0.3,
    "one in ten lost, only right ones": lambda scores, draw: (
        (draw.random(len(scores)) < 0.1 / TARGET) & (scores > 0)
    ),
    "three in ten cut, only right ones": lambda scores, draw: (
        (draw.random(len(scores)) < 0.3 / TARGET) & (scores > 0)
    ),
    "every right answer in another form": lambda scores, _: scores > 0,
}
"""Which answers nobody knows, or only a lenient reader: what broken servers, limits and parsers do."""


class Lossy(ScoredLadder):
    """A ladder some of whose answers score 0 although they may be right.

    Args:
        world: What the answers deserve.
        loss: Which of them score 0.
        is_counted: Whether they count as right where something is to be shown below the target.
    """

    def __init__(self, world: World, loss: str, *, is_counted: bool) -> None:
        self._world, self._loss, self._is_counted = world, LOSSES[loss], is_counted
        super().__init__(THREE, self._scores, size=world.n)

    def could_score(self, configuration: Stack, indices: IntArray) -> FloatArray:
        """Return 1 where an answer was lost."""
        lost = self._lost(configuration)[indices]
        return lost.astype(np.float64) if self._is_counted else np.zeros(len(indices))

    def _scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        scores = self._world.all_scores(configuration)
        return np.where(self._lost(configuration), 0.0, scores)[indices]

    def _lost(self, configuration: Configuration) -> BoolArray:
        draw = np.random.default_rng([self._world.seed, 81, *configuration])
        return self._loss(self._world.all_scores(configuration), draw)


def of_losses(task: tuple[str, bool, int]) -> bool:
    """Return whether fine-tuning was called for where one candidate reaches the target.

    Args:
        task: Which answers are lost, whether they count as right, and the seed.
    """
    loss, is_counted, seed = task
    draw = np.random.default_rng([seed, 82])
    lever, slot = int(draw.integers(3)), int(draw.integers(1, 4))

    def true_score(configuration: Configuration) -> float:
        return TARGET if configuration[lever] == slot else TARGET - 0.15

    problem = Lossy(World(400, seed, true_score), loss, is_counted=is_counted)
    return _ending(problem, seed) == "justified"


class Capped(ScoredLadder):
    """A ladder with a ceiling for its last lever that is none: its variants may do better."""

    has_ceiling = True

    def ceiling(self, lever: int, parent: Stack) -> Stack | None:
        """Return the parent with a gold passage, where that is taken for a bound."""
        return parent.with_slot(2, -1) if lever == 2 and self.has_ceiling else None


def of_ceilings(task: tuple[bool, int]) -> bool:
    """Return whether fine-tuning was called for where the lever behind a ceiling is enough.

    The ceiling is one passage that holds the target letter for letter; a liberal metric, or
    three passages together, give more.

    Args:
        task: Whether such a ceiling counts as a bound, as it did once; and the seed.
    """
    is_bound, seed = task
    draw = np.random.default_rng([seed, 83])
    slot, bare = int(draw.integers(1, 4)), float(draw.uniform(0.05, 0.45))
    enough = float(draw.uniform(TARGET + 0.08, 0.98))

    def true_score(configuration: Configuration) -> float:
        return enough if configuration[2] == slot else bare

    world = World(400, seed, true_score)

    def scores(configuration: Configuration, indices: IntArray) -> FloatArray:
        known = tuple(7 if each < 0 else each for each in configuration)
        return world(known, indices)

    problem = Capped(THREE, scores, size=400)
    problem.has_ceiling = is_bound
    return _ending(problem, seed) == "justified"


def _ending(problem: ScoredLadder, seed: int) -> str:
    ledger = climb_scores(
        problem,
        TargetClaim(TARGET),
        kind="binary",
        clusters=None,
        seed=seed,
        looks=None,
        is_advised=False,
    )
    return ledger.ending
