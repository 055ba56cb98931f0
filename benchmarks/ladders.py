"""Simulated ladders written from the promises alone, after the engine's constants were set.

Each function draws a `TrueScore` for seven levers with six variants. Effects add up on the logit
scale, so a gain is worth less near 0 and 1; most variants do little, some do harm.
"""

import numpy as np
import numpy.typing as npt

from benchmarks.worlds import Configuration, TrueScore, intercept, score_of

FloatArray = npt.NDArray[np.float64]
N_LEVERS = 7


def needle(
    draw: np.random.Generator, *, target: float, gap: float, rest: float, variants: int = 6
) -> TrueScore:
    """Return a ladder of which one variant is `gap` above; all else lies `rest` below, a little apart.

    The other levers neither help nor harm the needle.
    """
    effects = draw.normal(0, 0.1, size=(N_LEVERS, variants + 1))
    effects[:, 0] = 0.0
    lever, slot = int(draw.integers(N_LEVERS)), int(draw.integers(1, variants + 1))
    low, high = intercept(target - rest), intercept(target + gap)

    def true_score(configuration: Configuration) -> float:
        other = [effects[at, s] for at, s in enumerate(configuration) if at != lever]
        moved = float(np.clip(sum(other), -0.3, 0.3))
        if configuration[lever] == slot:
            return score_of(high + min(moved, 0.0))
        return score_of(low + min(moved + float(effects[lever, configuration[lever]]), 0.3))

    return true_score


def climb(
    draw: np.random.Generator, *, target: float, gap: float, levers: int, start: float
) -> TrueScore:
    """Return a ladder that starts `start` below, and whose best stack lies `gap` above.

    One variant of each of `levers` levers brings its part of the way, in unequal parts; what is
    left changes the logit by N(-.1, .15).
    """
    effects = draw.normal(-0.1, 0.15, size=(N_LEVERS, 7))
    effects[:, 0] = 0.0
    bottom, top = intercept(target - start), intercept(target + gap)
    parts = draw.dirichlet(np.full(levers, 8.0)) * (top - bottom)
    good = draw.choice(N_LEVERS, levers, replace=False)
    effects = np.minimum(effects, 0.05)
    for lever, part in zip(good, parts, strict=True):
        effects[lever, int(draw.integers(1, 7))] = part
    return added(effects, bottom)


def realistic(draw: np.random.Generator, *, target: float, gap: float, start: float) -> TrueScore:
    """Return a ladder of many small gains and losses whose best stack lies `gap` above.

    `gap` below zero is a task that no stack solves. Each lever's best variants bring a part of the
    way from `start` below; all seven are needed for all of it.
    """
    effects = draw.normal(0.0, 1.0, size=(N_LEVERS, 7))
    effects[:, 0] = 0.0
    bottom, top = intercept(target - start), intercept(target + gap)
    way = effects.max(axis=1).sum()
    return added(effects * (top - bottom) / way, bottom)


def added(effects: FloatArray, bottom: float) -> TrueScore:
    """Return the scores of stacks whose slots' effects add up on the logit scale."""

    def true_score(configuration: Configuration) -> float:
        slots = zip(effects, configuration, strict=True)
        return score_of(bottom + sum(float(row[slot]) for row, slot in slots))

    return true_score


def undone(draw: np.random.Generator, *, target: float) -> TrueScore:
    """Return a ladder where one lever gets just below the target and any other undoes that."""
    first = int(draw.integers(N_LEVERS))

    def true_score(configuration: Configuration) -> float:
        used = [lever for lever, slot in enumerate(configuration) if slot]
        return target - (0.002 if used == [first] else 0.08)

    return true_score


def two_of_three(
    draw: np.random.Generator, *, target: float, gap: float, floor: float, special: bool
) -> TrueScore:
    """Return three levers of which two reach the target together and lie at the floor alone.

    With `special`, one certain variant of each is needed; else any will do.
    """
    first, second = (int(lever) for lever in draw.choice(3, 2, replace=False))
    slots = draw.integers(1, 4, size=3)

    def is_on(configuration: Configuration, lever: int) -> bool:
        return configuration[lever] == slots[lever] if special else configuration[lever] > 0

    def true_score(configuration: Configuration) -> float:
        works = is_on(configuration, first) and is_on(configuration, second)
        return target + gap if works else floor

    return true_score
