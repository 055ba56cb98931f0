"""Worlds with classifiers, which no lever is added to, and with cascades: wrong claims, and verdicts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from benchmarks.worlds import SEVEN, Configuration, FloatArray, IntArray
from ladder.decision import decision_from
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Configuration as Slots
from ladder.search.ledger import Ledger
from ladder.search.score_problem import ScoredLadder, climb_scores
from ladder.spec.lever_sections import ReviewRule

Curve = Callable[[FloatArray], FloatArray]
Reading = Callable[[FloatArray], FloatArray]

MODEL, CLASSIFIER = 2, 7
"""The lever that has a classifier, and the classifier's slot."""

REVIEWED = 1_000
"""What is added to a slot of the same lever for a cascade with each threshold in turn."""

SHARED = 0.7
"""Share of what makes a sample easy that all candidates have in common."""

FINE = np.linspace(0.0005, 0.9995, 1000)


@dataclass(frozen=True)
class BesideCase:
    """One such world, and what must hold in it.

    Attributes:
        rights: How often an answer is right, by how easy its sample is (0 to 1, evenly spread): of
            the classifier, and of every other candidate.
        sureness: What a candidate says of how sure it is, by how easy the sample is.
        review: Whether, and how, a person may answer the rest.
        counts: A wrong claim, or a verdict.
        bound: Most (of a wrong claim) or least (of a verdict) that its rate may be.
        spread: How much worse than the best of them a candidate may be, by luck of its slots.
        cluster_size: Samples that are equally easy, and right or wrong together more often than not.
    """

    name: str
    rights: tuple[Curve, Curve]
    target: float
    counts: Literal["false", "use_lever", "fine_tune"]
    bound: float
    sureness: Reading = lambda easy: easy
    review: ReviewRule | None = None
    n: int = 400
    spread: float = 0.0
    cluster_size: int = 1

    def true_score(self, configuration: Configuration) -> float:
        """Return the mean score over all samples there could be."""
        return float(self.curve(configuration)(FINE).mean())

    def is_true_cascade(self, configuration: Configuration, below: float, least: float) -> bool:
        """Return whether a cascade truly answers often enough, and well enough where it does."""
        sure = self.sureness(FINE) >= below
        return bool(
            sure.mean() >= least - 1e-9
            and self.curve(configuration)(FINE)[sure].mean() >= self.target - 1e-9
        )

    def curve(self, configuration: Configuration) -> Curve:
        """Return how often a candidate is right, by how easy the sample is."""
        plain = _without_review(configuration)
        if plain[MODEL] == CLASSIFIER:
            return self.rights[0]
        worse = self.spread * sum(
            float(np.random.default_rng([lever, slot]).random())
            for lever, slot in enumerate(plain)
            if slot
        )
        return lambda easy: np.clip(self.rights[1](easy) - worse, 0.0, 1.0)


class BesideDraw(NamedTuple):
    """Whether what is counted happened, and the calls as a share of the exhaustive ones."""

    hit: bool
    price: float


class BesideLadder(ScoredLadder):
    """One draw of such a world, as a ladder of seven levers."""

    def __init__(self, case: BesideCase, seed: int) -> None:
        super().__init__(SEVEN, self._score, size=case.n)
        self.case = case
        self.seed = seed
        self.n_calls = 0
        self.thresholds: dict[int, float] = {}
        self.tried: dict[Configuration, None] = {}
        self._known: dict[Configuration, FloatArray] = {}
        self._ease: dict[Configuration, FloatArray] = {}

    @property
    def review(self) -> ReviewRule | None:
        """Return how answers may be handed on to a person."""
        return self.case.review

    @property
    def clusters(self) -> list[int] | None:
        """Return a label a sample; None where samples are independent."""
        size = self.case.cluster_size
        return None if size == 1 else [at // size for at in range(self.case.n)]

    @cached_property
    def has_classifier(self) -> bool:
        """Return whether there is one among the candidates."""
        return self.case.review is None

    def variants(self, lever: int, parent: Slots) -> tuple[Slots, ...]:
        """Return the children of `parent` by one lever, the classifier first."""
        alone = Slots.baseline(len(parent)).with_slot(MODEL, CLASSIFIER)
        is_there = lever == MODEL and self.has_classifier
        return (*((alone,) if is_there else ()), *super().variants(lever, parent))

    def stands_alone(self, configuration: Slots) -> bool:
        """Return whether it is the classifier."""
        return configuration[MODEL] == CLASSIFIER

    def reviewed(self, configuration: Slots, below: float) -> Slots:
        """Return the cascade of a candidate with a threshold."""
        place = next((at for at, one in self.thresholds.items() if one == below), None)
        if place is None:
            place = len(self.thresholds) + 1
            self.thresholds[place] = below
        return configuration.with_slot(MODEL, configuration[MODEL] + REVIEWED * place)

    def sureness(self, configuration: Slots, indices: IntArray) -> FloatArray:
        """Return how sure a candidate is."""
        plain = _without_review(configuration)
        if plain not in self._ease:
            self._ease[plain] = self.case.sureness(self._easy(plain))
        return self._ease[plain][indices]

    def is_wrong(self, ledger: Ledger) -> bool:
        """Return whether a verdict claims something untrue."""
        verdict = decision_from(ledger, levers=self.levers, target=self.case.target).verdict
        if verdict == "fine_tune":
            best = max(map(self.case.true_score, self.tried))
            return best >= self.case.target - 1e-9
        if verdict not in ("already_good", "use_lever"):
            return False
        place = ledger.best[MODEL] // REVIEWED
        if not place:
            return self.case.true_score(ledger.best) < self.case.target - 1e-9
        least = 0.0 if self.case.review is None else self.case.review.least_coverage
        return not self.case.is_true_cascade(ledger.best, self.thresholds[place], least)

    def _score(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        answering = _without_review(configuration)
        self.n_calls += len(indices)
        if answering not in self._known:
            self._known[answering] = self._draw(answering)
        self.tried[answering] = None
        return self._known[answering][indices]

    def _draw(self, answering: Configuration) -> FloatArray:
        rate = self.case.curve(answering)(self._easy(answering))
        luck = self._normal([2, *answering])
        if self.case.cluster_size > 1:
            luck = (luck + self._by_cluster([4, *answering])) / np.sqrt(2)
        return np.asarray(special.ndtr(luck) < rate, dtype=np.float64)

    def _easy(self, configuration: Configuration) -> FloatArray:
        """Return how easy each sample is for a candidate, evenly spread over 0 to 1."""
        shared, own = self._by_cluster([0]), self._normal([1, *configuration])
        if self.case.cluster_size > 1:
            own = self._by_cluster([1, *configuration])
        return np.asarray(special.ndtr(np.sqrt(SHARED) * shared + np.sqrt(1 - SHARED) * own))

    def _normal(self, stream: Sequence[int]) -> npt.NDArray[np.float64]:
        return np.random.default_rng([self.seed, *stream]).normal(size=self.case.n)

    def _by_cluster(self, stream: Sequence[int]) -> FloatArray:
        size = self.case.cluster_size
        return self._normal(stream).repeat(size)[: self.case.n]


def _without_review(configuration: Configuration) -> Configuration:
    slots = tuple(configuration)
    return (*slots[:MODEL], slots[MODEL] % REVIEWED, *slots[MODEL + 1 :])


def always(rate: float) -> Curve:
    """Return a candidate that is right as often on every sample."""
    return lambda easy: np.full_like(easy, rate)


def easy_from(start: float, rate: float, *, else_: float) -> Curve:
    """Return a candidate that is right at one rate on easy samples, and at another on the rest."""
    return lambda easy: np.where(easy > start, rate, else_)


def sure_from(start: float) -> Reading:
    """Return a candidate that is either sure or not."""
    return lambda easy: np.where(easy > start, 0.9, 0.1)


HALF = ReviewRule(least_coverage=0.5)

BESIDE_CASES = (
    BesideCase("a classifier .001 below, the rest .10 below",
        (always(0.699), always(0.6)), 0.7, "false", 0.05),
    BesideCase("a classifier exactly at the target, the rest .10 below",
        (always(0.7), always(0.6)), 0.7, "false", 0.05),
    BesideCase("a classifier .10 above, the rest .10 below",
        (always(0.8), always(0.6)), 0.7, "use_lever", 0.9),
    BesideCase("a classifier .15 below, the rest up to .10 worse, n = 600",
        (always(0.55), always(0.55)), 0.7, "fine_tune", 0.95, n=600, spread=0.1),
    BesideCase("cascades that are right .899 of the time wherever they are sure, target .90",
        (always(0.0), easy_from(0.3, 0.899, else_=0.3)), 0.9, "false", 0.05, review=HALF),
    BesideCase("how sure they are says nothing, .85 throughout, target .90",
        (always(0.0), always(0.85)), 0.9, "false", 0.05, review=HALF),
    BesideCase("cascades that answer .499 of the samples, and nearly all of them right",
        (always(0.0), easy_from(0.501, 0.98, else_=0.0)), 0.9, "false", 0.05,
        sureness=sure_from(0.501), review=HALF),
    BesideCase("clusters of 4, right .899 of the time wherever they are sure",
        (always(0.0), easy_from(0.3, 0.899, else_=0.3)), 0.9, "false", 0.05,
        review=HALF, cluster_size=4),
    BesideCase("cascades that are right .97 of the time on seven samples of ten",
        (always(0.0), easy_from(0.3, 0.97, else_=0.3)), 0.9, "use_lever", 0.8, review=HALF),
    BesideCase("the best .15 below however sure it is, and a person may answer, n = 600",
        (always(0.0), always(0.55)), 0.7, "fine_tune", 0.95, review=HALF, n=600, spread=0.1),
)  # fmt: skip


def of_beside_case(task: tuple[int, int]) -> BesideDraw:
    """Decide one draw of a case, by its place and seed."""
    place, seed = task
    case = BESIDE_CASES[place]
    problem = BesideLadder(case, seed)
    ledger = climb_scores(
        problem,
        TargetClaim(case.target),
        kind="binary",
        clusters=problem.clusters,
        seed=seed,
        looks=None,
        is_advised=False,
    )
    verdict = decision_from(ledger, levers=problem.levers, target=case.target).verdict
    hit = problem.is_wrong(ledger) if case.counts == "false" else verdict == case.counts
    exhaustive = 1 + sum(map(len, SEVEN)) + int(problem.has_classifier)
    return BesideDraw(hit, problem.n_calls / (exhaustive * case.n))
