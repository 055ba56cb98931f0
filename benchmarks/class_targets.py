"""Worlds with targets of single classes: false claims, and verdicts, with and without the targets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import special

from benchmarks import worlds
from benchmarks.worlds import SEVEN, Configuration, FloatArray, IntArray, World
from ladder.decision import decide
from ladder.scoring.metric import Kind

Rates = Callable[[Configuration], Sequence[float]]
SIX = (1 / 6,) * 6


@dataclass
class ClassWorld(World):
    """A world whose samples are of classes; a configuration has a true score for each of them.

    Attributes:
        rates: The true score of a configuration on each class.
        shares: How frequent each class is.
    """

    rates: Rates = lambda _: (0.5,)
    shares: Sequence[float] = (1.0,)

    @property
    def classes(self) -> IntArray:
        """Return the class of each sample."""
        drawn = np.random.default_rng([self.seed, 5]).choice(
            len(self.shares), self.n, p=self.shares
        )
        return np.asarray(drawn, dtype=np.int64)

    def is_at_all(
        self, configuration: Configuration, target: float, least: Mapping[int, float]
    ) -> bool:
        """Return whether a configuration truly reaches the target over all and of each class."""
        rates = self.rates(configuration)
        mean = sum(rate * share for rate, share in zip(rates, self.shares, strict=True))
        return mean >= target - 1e-9 and all(rates[at] >= t - 1e-9 for at, t in least.items())

    def _draw(self, configuration: Configuration) -> FloatArray:
        levels = np.array([worlds.intercept(rate) for rate in self.rates(configuration)])
        logits = worlds.DIFFICULTY * self._normal(0, ()) + worlds.OWN * self._own(configuration)
        rate = special.expit(logits + levels[self.classes])
        luck = np.random.default_rng([self.seed, 2, *configuration])
        if self.scale == "graded":
            return np.asarray(luck.binomial(4, rate) / 4)
        return np.asarray(luck.random(self.n) < rate, dtype=np.float64)


@dataclass(frozen=True)
class ClassCase:
    """One such world, and what must hold in it.

    Attributes:
        counts: `false` for a wrong claim, else a verdict, whose rate is shown without a bound.
        bound: Most of wrong claims.
    """

    name: str
    rates: Rates
    at_least: Mapping[int, float]
    target: float
    counts: str = "false"
    bound: float = 0.05
    shares: Sequence[float] = (0.8, 0.2)
    n: int = 400
    kind: Kind = "binary"
    cluster_size: int = 1
    levers: Sequence[Sequence[int]] = field(default=SEVEN)


class ClassDraw(NamedTuple):
    """What came of one draw, with the targets of classes and by the mean over all alone."""

    with_targets: bool
    without: bool


def flat(*rates: float) -> Rates:
    """Return a world in which every configuration has the same scores."""
    return lambda _: rates


def one_better(better: Sequence[float], others: Sequence[float]) -> Rates:
    """Return a world in which one variant of the third lever has other scores than all the rest."""
    return lambda slots: better if slots[2] == 3 else others


CLASS_CASES = (
    ClassCase("43 candidates, one class in five a hair below .90", flat(0.97, 0.899), {1: 0.9}, 0.85),
    ClassCase("the mean over all a hair below, the class above", flat(0.81, 0.985), {1: 0.9}, 0.846),
    ClassCase(
        "one of six classes a hair below .75, the others far above",
        flat(*[0.96] * 5, 0.749), dict.fromkeys(range(6), 0.75), 0.8, shares=SIX, n=600,
    ),
    ClassCase(
        "clusters of 4 that share a passage, the class a hair below",
        flat(0.97, 0.799), {1: 0.8}, 0.8, shares=(0.7, 0.3), cluster_size=4, n=480,
    ),
    ClassCase("graded scores, the class a hair below", flat(0.97, 0.899), {1: 0.9}, 0.85, kind="graded"),
    ClassCase(
        "one candidate exactly at every target, the others below",
        one_better((0.9, 0.9), (0.75, 0.6)), {1: 0.9}, 0.9,
    ),
    ClassCase(
        "one candidate exactly at the target of a class in ten, which alone tells",
        one_better((0.96, 0.8), (0.96, 0.3)), {1: 0.8}, 0.85, shares=(0.9, 0.1), n=600,
    ),
    ClassCase(
        "all six classes exactly at their targets, so that any may look low",
        flat(*[0.8] * 6), dict.fromkeys(range(6), 0.8), 0.8, shares=SIX, n=600,
    ),
    ClassCase(
        "one candidate above all targets, by .08 of the class",
        one_better((0.97, 0.93), (0.95, 0.6)), {1: 0.85}, 0.85, "use_lever", n=800,
    ),
    ClassCase(
        "the class .25 below everywhere, the mean above",
        flat(0.97, 0.6), {1: 0.85}, 0.8, "fine_tune", n=800,
    ),
)  # fmt: skip


def of_class_case(task: tuple[int, int]) -> ClassDraw:
    """Decide one draw of a case, by its place and seed, with and without the targets of classes."""
    place, seed = task
    case = CLASS_CASES[place]
    return ClassDraw(_hit(case, seed, case.at_least), _hit(case, seed, {}))


def _hit(case: ClassCase, seed: int, asked: Mapping[int, float]) -> bool:
    world = ClassWorld(
        case.n,
        seed,
        worlds.flat(0.5),
        scale="graded" if case.kind == "graded" else "binary",
        cluster_size=case.cluster_size,
        rates=case.rates,
        shares=case.shares,
    )
    tried: list[Configuration] = []

    def score(configuration: Configuration, indices: IntArray) -> FloatArray:
        tried.append(tuple(configuration))
        return world(tuple(configuration), indices)

    found = decide(
        case.levers,
        score,
        n=case.n,
        target=case.target,
        kind=case.kind,
        clusters=world.clusters,
        classes=world.classes.tolist(),
        at_least=asked,
        seed=seed,
        is_advised=False,
    )
    if case.counts != "false":
        return found.verdict == case.counts
    reaches = (world.is_at_all(each, case.target, case.at_least) for each in dict.fromkeys(tried))
    if found.verdict == "fine_tune":
        return any(reaches)
    is_claimed = found.verdict in ("already_good", "use_lever")
    return is_claimed and not world.is_at_all(
        tuple(found.configuration), case.target, case.at_least
    )
