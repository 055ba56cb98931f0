"""`SimulatedWorld`: draws how good each candidate may turn out to be, before the model was asked.

It serves to foresee what a run costs, and decides nothing. Where the baseline was probed, its score
is drawn from what that showed (Jeffreys' prior, so that sixteen wrong answers leave little doubt);
then one lever, two levers together, or none brings the target, and the others help in part or not at
all. How often each happens is a guess, and stands below.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy import special

from ladder.search.ledger import REFERENCE, Configuration
from ladder.statistics.arrays import FloatArray, IntArray

Story = Literal["already_good", "use_lever", "fine_tune"]
STORIES: tuple[Story, ...] = ("already_good", "use_lever", "fine_tune")

ABOVE = 0.6
"""How far above the target a good candidate lies, as a share of what there is to perfect scores."""

BELOW = 0.65
"""How good the others are at most, as a share of the target."""

HELPS = 0.5
"""How often a lever brings the target that the baseline misses."""

REPAIRED = 0.8
"""How often a repair of the chat template does, where the baseline misses the target by far."""

FAR = 0.5
"""Share of the target below which a baseline misses it by far."""

TOGETHER = 0.25
"""How often it takes two levers together."""

IN_PART = 0.4
"""How often a variant that does not bring the target helps in part."""

EACH_VARIANT = 0.5
"""How often another variant of the lever that brings the target does so too."""

DIFFICULTY = 1.8
"""Spread of how hard samples are, against a spread of luck of about 1.8: see `benchmarks/worlds.py`."""

LIKELIHOOD_NOISE = 0.3
"""Noise of the finer reading, on the scale of the hardness of samples."""


@dataclass(frozen=True, slots=True)
class ProbedScores:
    """What the first answers of a candidate scored: their sum, and how many there were."""

    right: float
    n: int

    def draw(self, draw: np.random.Generator) -> float:
        """Return a true score that fits them, by Jeffreys' prior."""
        return float(draw.beta(self.right + 0.5, self.n - self.right + 0.5))


@dataclass(frozen=True, slots=True)
class KnownBefore:
    """What is known of a model before a run.

    Attributes:
        probed: What some answers of the baseline scored; None where none was asked for.
        repairs: The lever that repairs a fault which was found, by position; None if there is none.
        variants: What some answers of single variants scored, by lever and slot.
    """

    probed: ProbedScores | None = None
    repairs: int | None = None
    variants: Mapping[tuple[int, int], ProbedScores] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SimulatedWorld:
    """Draws of one world.

    Attributes:
        story: What happens in it.
        base: The baseline's true score.
        good: The score of what brings the target.
        others: The most that the others score.
        keys: The variants that bring it, by lever; all of these levers are needed.
        own: What single variants score by themselves, by lever and slot, where they were probed.
        help: How far each slot of each lever helps, in part (0 to 1) or not (below 0).
        hardness: Of each sample.
        reference: The true score of what a target holds candidates against, where it does.
        seed: Of the luck of each configuration.
    """

    story: Story
    base: float
    good: float
    others: float
    keys: Mapping[int, frozenset[int]]
    own: Mapping[tuple[int, int], float]
    help: Sequence[Sequence[float]]
    hardness: FloatArray
    seed: int
    reference: float = 0.0
    _scored: dict[Configuration, FloatArray] = field(default_factory=dict)

    def truth(self, configuration: Configuration) -> float:
        """Return the true score of a configuration."""
        if configuration == REFERENCE:
            return self.reference
        if self.keys and all(
            configuration[lever] in slots or configuration[lever] < 0
            for lever, slots in self.keys.items()
        ):
            return self.good
        gains = [
            self._own(lever, slot) - self.base for lever, slot in enumerate(configuration) if slot
        ]
        gain, loss = max([0.0, *gains]), min([0.0, *gains])
        return min(max(self.base + gain + loss, 0.0), 1.0)

    def _own(self, lever: int, slot: int) -> float:
        """Return what a variant makes of the baseline by itself."""
        known = self.own.get((lever, slot))
        if known is not None:
            return known
        helped = max(self._help_of(lever, slot), 0.0)
        return self.base + max(self.others - self.base, 0.0) * helped

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the score of each sample: 1 where skill and luck exceed its hardness."""
        if configuration not in self._scored:
            self._scored[configuration] = self._all_scores(configuration)
        return self._scored[configuration][indices]

    def _all_scores(self, configuration: Configuration) -> FloatArray:
        luck = self._random(1, configuration).logistic(size=len(self.hardness))
        # The spread of hardness and luck together, so that the mean is about what is wanted.
        spread = np.hypot(DIFFICULTY, 1.7)
        level = spread * float(special.ndtri(np.clip(self.truth(configuration), 1e-3, 1 - 1e-3)))
        return np.asarray(level + luck - self.hardness > 0, dtype=np.float64)

    def likelihoods(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the finer reading of each sample: what helps moves it, long before the score."""
        noise = self._random(2, configuration).normal(
            scale=LIKELIHOOD_NOISE, size=len(self.hardness)
        )
        moved = sum(self._help_of(lever, configuration[lever]) for lever in range(len(self.help)))
        return np.asarray((moved + noise - self.hardness)[indices], dtype=np.float64)

    def _help_of(self, lever: int, slot: int) -> float:
        if slot in self.keys.get(lever, ()):
            return 1.0 if len(self.keys) > 1 else 0.0
        # What is proposed on top of another variant is numbered behind all of these.
        n = len(self.help[lever]) - 1
        return self.help[lever][1 + (slot - 1) % n] if slot > 0 and n else 0.0

    def _random(self, what: int, configuration: Configuration) -> np.random.Generator:
        slots = [slot if slot >= 0 else 1000 - slot for slot in configuration]
        return np.random.default_rng([self.seed, what, *slots])


def draw_world(
    variants: Sequence[int], known: KnownBefore, *, n: int, target: float, seed: int, place: float
) -> SimulatedWorld:
    """Return one world.

    Args:
        variants: How many candidates each lever proposes.
        known: What is known before.
        n: Samples.
        target: The score to reach.
        seed: Decides all that is drawn but the story.
        place: Between 0 and 1: decides the story, so that evenly spread places give each its share.

    >>> world = draw_world([2, 1], KnownBefore(), n=50, target=0.8, seed=1, place=0.1)
    >>> world.story, world.truth(Configuration((0, 0))) > 0.8
    ('already_good', True)
    """
    draw = np.random.default_rng([seed, 0])
    good, others = target + ABOVE * (1 - target), BELOW * target
    base = known.probed.draw(draw) if known.probed else float(draw.uniform(0, others))
    seen = {place: scores.draw(draw) for place, scores in known.variants.items()}
    usable = [lever for lever, count in enumerate(variants) if count]
    story = _story(place, known, base=base, target=target, seen=seen)
    if story == "use_lever" and not usable:
        story = "fine_tune"
    if story == "already_good" and not known.probed:
        base = good
    own = _own_scores(draw, seen, variants, target=target)
    keys: dict[int, frozenset[int]] = {}
    if story == "use_lever" and not any(score >= target for score in seen.values()):
        keys = _keys(draw, variants, usable, known.repairs, seen)
    helped = [_help(draw, count) for count in variants]
    for (lever, slot), score in own.items():
        helped[lever][slot] = min(max((score - base) / max(others - base, 0.01), -1.0), 1.0)
    return SimulatedWorld(
        story=story,
        base=base,
        good=good,
        others=others,
        keys=keys,
        own=own,
        help=helped,
        hardness=draw.normal(scale=DIFFICULTY, size=n),
        seed=seed,
    )


def _story(
    place: float,
    known: KnownBefore,
    *,
    base: float,
    target: float,
    seen: Mapping[tuple[int, int], float],
) -> Story:
    """Return what happens at a place between 0 and 1."""
    if known.probed is None:
        return STORIES[min(int(3 * place), 2)]
    if base >= target:
        return "already_good"
    if any(score >= target for score in seen.values()):
        return "use_lever"
    is_repair = known.repairs is not None and base < FAR * target and not seen
    return "use_lever" if place < (REPAIRED if is_repair else HELPS) else "fine_tune"


def _own_scores(
    draw: np.random.Generator,
    seen: Mapping[tuple[int, int], float],
    variants: Sequence[int],
    *,
    target: float,
) -> dict[tuple[int, int], float]:
    """Return what single variants score: those that were probed, and others of a lever that helps."""
    own = dict(seen)
    for (lever, slot), score in seen.items():
        for other in range(1, variants[lever] + 1):
            is_alike = score >= target and draw.random() < EACH_VARIANT
            if is_alike and other != slot:
                own.setdefault((lever, other), score)
    return own


def _keys(
    draw: np.random.Generator,
    variants: Sequence[int],
    usable: Sequence[int],
    repairs: int | None,
    seen: Collection[tuple[int, int]],
) -> dict[int, frozenset[int]]:
    """Return which variants reach the target by draw: of one lever, or of two levers together.

    Only one that was not probed can do so alone, as no probed one did.
    """
    fresh = {
        lever: slots
        for lever in usable
        if (slots := [at for at in range(1, variants[lever] + 1) if (lever, at) not in seen])
    }
    if repairs in fresh and draw.random() < REPAIRED:
        return {repairs: frozenset(fresh[repairs])}
    if len(usable) > 1 and (not fresh or draw.random() < TOGETHER):
        chosen = draw.choice(usable, size=2, replace=False).tolist()
        return {lever: _some(draw, range(1, variants[lever] + 1)) for lever in chosen}
    lever = int(draw.choice(list(fresh or usable)))
    return {lever: _some(draw, fresh.get(lever) or range(1, variants[lever] + 1))}


def _some(draw: np.random.Generator, slots: Sequence[int]) -> frozenset[int]:
    first = int(draw.choice(slots))
    return frozenset({first, *(slot for slot in slots if draw.random() < EACH_VARIANT)})


def _help(draw: np.random.Generator, count: int) -> list[float]:
    """Return how far each slot of a lever helps; slot 0 is the lever left alone."""
    helped = [
        float(draw.random()) if draw.random() < IN_PART else float(-0.3 * draw.random())
        for _ in range(count)
    ]
    return [0.0, *helped]
