"""Simulated ladders: samples of unequal difficulty, configurations that resemble each other.

A configuration's true score is known exactly, so a verdict can be called right or wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Configuration = tuple[int, ...]
TrueScore = Callable[[Configuration], float]
Scale = Literal["binary", "graded", "bounded"]

DIFFICULTY = 1.5
"""Spread of the samples' difficulty, in logits: half are nearly always right, or wrong."""

OWN = 1.0
"""Spread of what a configuration does to a sample on its own, in logits."""

SEVEN = tuple(tuple(range(1, 7)) for _ in range(7))
"""Seven levers with six variants each: with the baseline 43 candidates."""


@dataclass
class World:
    """One draw of samples and answers; asking for scores counts the calls.

    Attributes:
        n: Samples.
        seed: Draws difficulty and answers; a larger world of the same seed begins the same way.
        true_score: The mean score of a configuration over all samples there could be.
        scale: Whether scores are pass/fail, in quarters, or anything in [0, 1].
        cluster_size: Samples that share a passage, and so their luck.
        is_sorted: Whether the file is sorted by difficulty.
        kinship: None: configurations share the samples' difficulty and nothing else. A share in
            0 to 1: each slot brings its own effect on each sample, which all stacks with that slot
            have in common, and that share of an answer's luck is the sample's.
    """

    n: int
    seed: int
    true_score: TrueScore
    scale: Scale = "binary"
    cluster_size: int = 1
    is_sorted: bool = False
    kinship: float | None = None
    calls: int = 0
    _scores: dict[Configuration, FloatArray] = field(default_factory=dict)

    def __call__(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return scores, as `ladder.decide` asks for them."""
        self.calls += len(indices)
        return self.all_scores(configuration)[indices]

    def all_scores(self, configuration: Configuration) -> FloatArray:
        """Return the scores of all samples; not counted as calls."""
        if configuration not in self._scores:
            self._scores[configuration] = self._draw(configuration)
        return self._scores[configuration]

    @property
    def clusters(self) -> list[int] | None:
        """Return a label a sample; None where samples are independent."""
        if self.cluster_size == 1:
            return None
        return [place // self.cluster_size for place in range(self.n)]

    def _draw(self, configuration: Configuration) -> FloatArray:
        hardness, own = self._normal(0, ()), self._own(configuration)
        if self.is_sorted:
            hardness = np.sort(hardness)
        logits = DIFFICULTY * hardness + OWN * own + intercept(self.true_score(configuration))
        rate: FloatArray = special.expit(logits)
        luck = np.random.default_rng([self.seed, 2, *configuration])
        if self.scale == "binary":
            return (self._luck(luck) < rate).astype(np.float64)
        if self.scale == "graded":
            return np.asarray(luck.binomial(4, rate) / 4)
        return np.asarray(luck.beta(2 * rate + 1e-9, 2 * (1 - rate) + 1e-9))

    def _own(self, configuration: Configuration) -> FloatArray:
        """Return what the configuration does to each sample, of variance 1."""
        if self.kinship is None:
            return self._normal(1, configuration)
        slots = [(lever, slot) for lever, slot in enumerate(configuration) if slot]
        parts = [self._normal(3, ()), *(self._normal(3, slot) for slot in slots)]
        return np.asarray(np.sum(parts, axis=0) / np.sqrt(len(parts)))

    def _luck(self, draw: np.random.Generator) -> FloatArray:
        if not self.kinship:
            return draw.random(self.n)
        shared = np.random.default_rng([self.seed, 4]).normal(size=self.n)
        alone = draw.normal(size=self.n)
        mixed = np.sqrt(self.kinship) * shared + np.sqrt(1 - self.kinship) * alone
        return np.asarray(special.ndtr(mixed))

    def _normal(self, stream: int, configuration: Configuration) -> FloatArray:
        draw = np.random.default_rng([self.seed, stream, *configuration])
        if self.cluster_size == 1:
            return draw.normal(size=self.n)
        shared = draw.normal(size=-(-self.n // self.cluster_size)).repeat(self.cluster_size)
        alone = np.random.default_rng([self.seed, stream, 9, *configuration]).normal(size=self.n)
        return np.asarray(np.sqrt(0.7) * shared[: self.n] + np.sqrt(0.3) * alone)


_SHIFTS = np.linspace(-16, 16, 2001)
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)
_MEANS = special.expit(np.hypot(DIFFICULTY, OWN) * _NODES[None, :] + _SHIFTS[:, None]) @ (
    _WEIGHTS / _WEIGHTS.sum()
)


def intercept(score: float) -> float:
    """Return the logit that gives a mean score over all difficulties."""
    return float(np.interp(score, _MEANS, _SHIFTS))


def score_of(logit: float) -> float:
    """Return the mean score over all difficulties at a logit: the reverse of `intercept`."""
    return float(np.interp(logit, _SHIFTS, _MEANS))


def flat(score: float) -> TrueScore:
    """Return a world in which everything scores the same."""
    return lambda _: score


def needle(draw: np.random.Generator, target: float, gap: float) -> TrueScore:
    """Return a world in which one variant of one lever is above the target, the rest below."""
    lever, variant = int(draw.integers(7)), int(draw.integers(1, 7))
    return lambda configuration: target + (gap if configuration[lever] == variant else -0.10)


def climb_of_three(draw: np.random.Generator, target: float, gap: float) -> TrueScore:
    """Return a world in which one variant in each of three levers gives .10, and all are needed.

    Every other variant changes the score by -.06 to +.02.
    """
    gains = draw.uniform(-0.06, 0.02, size=(7, 7))
    gains[:, 0] = 0.0
    for lever in draw.choice(7, 3, replace=False):
        gains[lever, draw.integers(1, 7)] = 0.10

    def true_score(configuration: Configuration) -> float:
        gained = sum(gains[lever, variant] for lever, variant in enumerate(configuration))
        return target + gap - 0.30 + float(gained)

    return true_score


def below(draw: np.random.Generator, target: float, gap: float) -> TrueScore:
    """Return a world whose best composition stays `gap` below the target."""
    gains = draw.uniform(-0.04, 0.04, size=(7, 7))
    gains[:, 0] = 0.0

    def true_score(configuration: Configuration) -> float:
        gained = sum(gains[lever, variant] for lever, variant in enumerate(configuration))
        return target - gap + min(0.0, float(gained) - 0.10)

    return true_score


def one_at_target(draw: np.random.Generator, target: float) -> TrueScore:
    """Return a world in which one variant lies exactly at the target, the rest .10 below."""
    lever, variant = int(draw.integers(7)), int(draw.integers(1, 7))
    return lambda configuration: target - (0.0 if configuration[lever] == variant else 0.10)


def undone(target: float) -> TrueScore:
    """Return a world in which the second lever undoes what the first gave."""
    return lambda configuration: (
        target - (0.002 if configuration[0] and not any(configuration[1:]) else 0.10)
    )


def together(draw: np.random.Generator, target: float) -> TrueScore:
    """Return a world of three levers of which two are needed together; alone they do nothing."""
    first, second = (int(lever) for lever in draw.choice(3, 2, replace=False))
    return lambda configuration: (
        target + 0.15 if configuration[first] and configuration[second] else 0.02
    )


def best_true_score(world: World, tried: Sequence[Configuration]) -> float:
    """Return the best true score among what was tried."""
    return max(world.true_score(configuration) for configuration in tried)
