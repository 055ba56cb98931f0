"""The worlds of `benchmarks.decision`, and what must hold in each.

`HONEST` was written from the promises alone, after the first worlds had served to set the engine's
constants (`TUNED`): other truths, other targets, answers that resemble each other more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from benchmarks import ladders, worlds
from benchmarks.rules import Levers
from benchmarks.worlds import SEVEN, World

Make = Callable[[int], World]
Truth = Callable[[np.random.Generator], worlds.TrueScore]
Counted = Literal["false", "use_lever", "fine_tune", "already_good"]

FORTY = [list(range(1, 41))] * 7
THREE = [[1, 2, 3]] * 3
SIXTY = (SEVEN[0], tuple(range(1, 61)), *SEVEN[2:])
"""Seven levers, of which the second has sixty prompts: with the baseline 97 candidates."""


@dataclass(frozen=True)
class Case:
    """One world, and what must hold in it.

    Attributes:
        counts: What is counted: a wrong claim, or a verdict.
        bound: Most (of a wrong claim) or least (of a verdict) that ladder's rate may be.
        price: Most calls, as a share of the baseline and every variant on every sample.
    """

    name: str
    make: Make
    levers: Levers
    target: float
    counts: Counted
    bound: float
    price: float | None = None


def _drawn(make_score: Truth, n: int, seed: int) -> World:
    return World(n, seed, make_score(np.random.default_rng([seed, 77])))


def _first_promises() -> list[Case]:
    return [
        Case(
            "43 candidates a hair below, n = 200",
            lambda seed: World(200, seed, worlds.flat(0.699)),
            SEVEN, 0.7, "false", 0.05,
        ),
        Case(
            "43 candidates a hair below, n = 400, target .90",
            lambda seed: World(400, seed, worlds.flat(0.899)),
            SEVEN, 0.9, "false", 0.05,
        ),
        Case(
            "281 candidates a hair below, n = 300",
            lambda seed: World(300, seed, worlds.flat(0.699)),
            FORTY, 0.7, "false", 0.05,
        ),
        Case(
            "one candidate exactly at the target, n = 200",
            partial(_drawn, partial(worlds.one_at_target, target=0.7), 200),
            SEVEN, 0.7, "false", 0.05,
        ),
        Case(
            "one candidate exactly at the target, n = 400",
            partial(_drawn, partial(worlds.one_at_target, target=0.5), 400),
            SEVEN, 0.5, "false", 0.05,
        ),
        Case(
            "clusters of 6 that share a passage, n = 480",
            lambda seed: World(480, seed, worlds.flat(0.699), cluster_size=6),
            SEVEN, 0.7, "false", 0.05,
        ),
        Case(
            "a file sorted by difficulty, n = 300",
            lambda seed: World(300, seed, worlds.flat(0.699), is_sorted=True),
            SEVEN, 0.7, "false", 0.05,
        ),
        Case(
            "scores in quarters, n = 300",
            lambda seed: World(300, seed, worlds.flat(0.699), scale="graded"),
            SEVEN, 0.7, "false", 0.05,
        ),
        Case(
            "F1-like scores, n = 300",
            lambda seed: World(300, seed, worlds.flat(0.699), scale="bounded"),
            SEVEN, 0.7, "false", 0.05,
        ),
        Case(
            "a child that undoes its parent, n = 300",
            lambda seed: World(300, seed, worlds.undone(0.7)),
            SEVEN, 0.7, "false", 0.05,
        ),
    ]  # fmt: skip


def _first_powers() -> list[Case]:
    return [
        Case(
            "a needle .12 above, n = 600",
            partial(_drawn, partial(worlds.needle, target=0.7, gap=0.12), 600),
            SEVEN, 0.7, "use_lever", 0.95, 0.15,
        ),
        Case(
            "hopeless: the best .15 below, n = 600",
            partial(_drawn, partial(worlds.below, target=0.7, gap=0.15), 600),
            SEVEN, 0.7, "fine_tune", 0.95, 0.32,
        ),
        Case(
            "a baseline .15 above, n = 600",
            lambda seed: World(600, seed, worlds.flat(0.85)),
            SEVEN, 0.7, "already_good", 0.95, 0.06,
        ),
        Case(
            "three levers of .10 each, together .10 above, n = 1,000",
            partial(_drawn, partial(worlds.climb_of_three, target=0.7, gap=0.10), 1000),
            SEVEN, 0.7, "use_lever", 0.90, 0.18,
        ),
        Case(
            "two levers only together, n = 400",
            partial(_drawn, partial(worlds.together, target=0.75), 400),
            THREE, 0.75, "use_lever", 0.95, 0.40,
        ),
    ]  # fmt: skip


def _kin(make_score: Truth, n: int, seed: int) -> World:
    """Return a world whose configurations resemble each other by the slots that they share."""
    score = make_score(np.random.default_rng([seed, 91]))
    return World(n, 5000 + seed, score, kinship=(0.0, 0.2, 0.4)[seed % 3])


def _level(score: float, draw: np.random.Generator) -> worlds.TrueScore:
    del draw
    return worlds.flat(score)


def _flat(n: int, score: float, seed: int) -> World:
    return _kin(partial(_level, score), n, seed)


def _promises() -> list[Case]:
    rows = []
    for n, target, levers, size in (
        (200, 0.5, SEVEN, 43),
        (400, 0.6, SEVEN, 43),
        (200, 0.85, SEVEN, 43),
        (300, 0.9, SEVEN, 43),
        (250, 0.8, FORTY, 281),
        (1000, 0.8, SEVEN, 43),
    ):
        make = partial(_flat, n, target - 0.001)
        name = f"{size} candidates a hair below {target:.2f}, n = {n:,}"
        rows.append(Case(name, make, levers, target, "false", 0.05))
    for n, target, gap in ((300, 0.6, 0.0), (600, 0.85, 0.0), (1000, 0.5, 0.0)):
        truth = partial(ladders.needle, target=target, gap=gap, rest=0.12)
        name = f"one exactly at {target:.2f}, the rest .12 below, n = {n:,}"
        rows.append(Case(name, partial(_kin, truth, n), SEVEN, target, "false", 0.05))
    truth = partial(ladders.undone, target=0.8)
    name = "one lever just below .80, any other undoes it, n = 400"
    rows.append(Case(name, partial(_kin, truth, 400), SEVEN, 0.8, "false", 0.05))
    scales: tuple[tuple[worlds.Scale, float], ...] = (("graded", 0.6), ("bounded", 0.8))
    for scale, target in scales:
        name = f"{scale} scores a hair below {target:.2f}, n = 400"
        rows.append(Case(name, partial(_scaled, scale, target), SEVEN, target, "false", 0.05))
    rows += [
        Case(
            "clusters of 6, a hair below .60, n = 600",
            lambda seed: World(600, 5000 + seed, worlds.flat(0.599), cluster_size=6),
            SEVEN, 0.6, "false", 0.05,
        ),
        Case(
            "a file sorted by difficulty, a hair below .85, n = 400",
            lambda seed: World(400, 5000 + seed, worlds.flat(0.849), is_sorted=True),
            SEVEN, 0.85, "false", 0.05,
        ),
    ]  # fmt: skip
    return rows


def _scaled(scale: worlds.Scale, target: float, seed: int) -> World:
    return World(400, 5000 + seed, worlds.flat(target - 0.001), scale=scale)


def _powers() -> list[Case]:
    rows = []

    def add(
        name: str, truth: Truth, n: int, target: float, asked: tuple[Counted, float, float]
    ) -> None:
        make = partial(_kin, truth, n)
        rows.append(Case(f"{name}, n = {n:,}", make, SEVEN, target, *asked))

    for target in (0.5, 0.7, 0.85):
        truth = partial(ladders.needle, target=target, gap=0.12, rest=0.05)
        add(f"a needle .12 above {target:.2f}, the rest .05 below", truth, 600, target,
            ("use_lever", 0.95, 0.15))  # fmt: skip
    for target in (0.5, 0.7, 0.9):
        add(f"hopeless: all .15 below {target:.2f}", partial(_level, target - 0.15),
            600, target, ("fine_tune", 0.95, 0.32))  # fmt: skip
        truth = partial(ladders.realistic, target=target, gap=-0.15, start=0.3)
        add(f"hopeless: the best stack .15 below {target:.2f}", truth, 600, target,
            ("fine_tune", 0.95, 0.32))  # fmt: skip
    for target in (0.6, 0.8):
        add(f"a baseline .15 above {target:.2f}", partial(_level, target + 0.15),
            600, target, ("already_good", 0.95, 0.06))  # fmt: skip
    for target in (0.5, 0.7, 0.85):
        for levers in (2, 3, 4):
            truth = partial(ladders.climb, target=target, gap=0.10, levers=levers, start=0.2)
            add(f"{levers} levers from .20 below {target:.2f} to .10 above", truth, 1000, target,
                ("use_lever", 0.90, 0.18))  # fmt: skip
    truth = partial(ladders.needle, target=0.8, gap=0.06, rest=0.05)
    add("a needle .06 above 0.80, the rest .05 below", truth, 500, 0.8, ("use_lever", 0.42, 0.30))
    truth = partial(ladders.climb, target=0.8, gap=0.06, levers=3, start=0.2)
    add("3 levers from .20 below 0.80 to .06 above", truth, 500, 0.8, ("use_lever", 0.42, 0.30))
    for target, floor in ((0.6, 0.02), (0.8, 0.10)):
        truth = partial(ladders.two_of_three, target=target, gap=0.15, floor=floor, special=False)
        make = partial(_kin, truth, 400)
        name = f"two of three only together .15 above {target:.2f}, alone at {floor:.2f}, n = 400"
        rows.append(Case(name, make, THREE, target, "use_lever", 0.95, 0.40))
    return rows


def _one_prompt(gap: float, draw: np.random.Generator) -> worlds.TrueScore:
    """Return a world in which one prompt of sixty lies above .70, and all else at most .05 below."""
    best = int(draw.integers(1, 61))
    others = 0.70 - 0.05 - draw.uniform(0, 0.1, size=(7, 61))

    def true_score(configuration: worlds.Configuration) -> float:
        if configuration[1] == best:
            return 0.70 + gap
        worst = (others[lever, slot] for lever, slot in enumerate(configuration) if slot)
        return float(min(worst, default=0.60))

    return true_score


def _prompts() -> list[Case]:
    """Return worlds in which sixty prompts are tried: many chances to be the best by luck."""
    asked: tuple[tuple[str, Truth, int, Counted, float, float | None], ...] = (
        ("all a hair below .70", partial(_level, 0.699), 400, "false", 0.05, None),
        ("one exactly at .70", partial(_one_prompt, 0.0), 400, "false", 0.05, None),
        ("one .12 above .70", partial(_one_prompt, 0.12), 600, "use_lever", 0.95, 0.30),
        ("all .15 below .70", partial(_level, 0.55), 600, "fine_tune", 0.95, 0.30),
    )
    return [
        Case(f"{name}, n = {n}", partial(_kin, truth, n), SIXTY, 0.7, counts, bound, price)
        for name, truth, n, counts, bound, price in asked
    ]


TUNED = (*_first_promises(), *_first_powers())
HONEST = (*_promises(), *_powers())
PROMPTED = tuple(_prompts())
