"""One draw of a world each: what the rates of `benchmarks.decision` are counted from.

Each function takes a name or a number for its world, so that a pool of processes can share the work.
"""

from typing import NamedTuple

import numpy as np

from benchmarks import worlds
from benchmarks.cases import HONEST, PROMPTED, TUNED
from benchmarks.rules import RULES, Answer, split_and_lock
from benchmarks.worlds import SEVEN, World
from ladder.decision import decide
from ladder.search.confirm.looks import Looks

CASES = (*HONEST, *TUNED, *PROMPTED)
MOST_ADVISED = 20_000


class Draw(NamedTuple):
    """Whether what is counted happened, and the calls as a share of the exhaustive ones."""

    hit: bool
    price: float


def of_case(task: tuple[int, str, int]) -> Draw:
    """Let a rule decide one draw of a case; `task` is the case's place, the rule's name, the seed."""
    place, rule, seed = task
    case = CASES[place]
    world = case.make(seed)
    answer = RULES[rule](world, case.levers, case.target)
    exhaustive = 1 + sum(len(variants) for variants in case.levers)
    hit = (
        is_false(answer, world, case.target)
        if case.counts == "false"
        else answer.verdict == case.counts
    )
    return Draw(hit, world.calls / (exhaustive * world.n))


def of_reruns(task: tuple[str, int]) -> Draw:
    """Let a rule, by its name, decide one file ten times with new prompts; ladder has its ledger."""
    rule, seed = task
    world, looks, wrong = World(400, seed, worlds.flat(0.699)), Looks(), False
    for again in range(10):
        levers = [[100 * again + variant for variant in variants] for variants in SEVEN]
        if rule == "ladder":
            answer = split_and_lock(world, levers, 0.7, looks=looks)
        else:
            answer = RULES[rule](world, levers, 0.7)
        wrong = wrong or is_false(answer, world, 0.7)
    return Draw(wrong, world.calls / (430 * world.n))


def of_advice(seed: int) -> bool | None:
    """Return whether adding the advised number of examples decides; None after a verdict."""
    draw = np.random.default_rng([seed, 78])
    gap = float(draw.uniform(0.03, 0.10))
    make = worlds.needle if draw.random() < 0.5 else worlds.below
    world = World(int(draw.integers(100, 500)), seed, make(draw, 0.7, gap))
    looks = Looks()
    first = decide(SEVEN, world, n=world.n, target=0.7, seed=seed, looks=looks)
    if first.verdict != "inconclusive":
        return None
    if first.examples_needed is None or first.examples_needed > MOST_ADVISED:
        return False
    larger = World(world.n + first.examples_needed, seed, world.true_score)
    second = decide(
        SEVEN, larger, n=larger.n, target=0.7, seed=seed, looks=looks.extended(), is_advised=False
    )
    return second.verdict != "inconclusive"


def is_false(answer: Answer, world: World, target: float) -> bool:
    """Return whether a rule claimed something untrue."""
    if answer.verdict in ("already_good", "use_lever"):
        return world.true_score(answer.configuration) < target - 1e-9
    if answer.verdict == "fine_tune":
        return worlds.best_true_score(world, answer.tried) >= target - 1e-9
    return False
