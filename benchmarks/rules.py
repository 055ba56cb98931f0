"""Four ways to come to a verdict from the same scores: three in common use, and ladder's."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.worlds import Configuration, FloatArray, IntArray, World
from ladder.decision import Verdict, decide
from ladder.search.confirm.looks import Looks
from ladder.statistics import wilson

Levers = Sequence[Sequence[int]]


@dataclass
class Answer:
    """What a rule concluded, and on what."""

    verdict: Verdict
    configuration: Configuration
    tried: list[Configuration] = field(default_factory=list)


Rule = Callable[[World, Levers, float], Answer]


def best_mean(world: World, levers: Levers, target: float) -> Answer:
    """Compare the best mean with the target (as optimisers and eval dashboards do)."""
    return _greedy(
        world,
        levers,
        np.arange(world.n),
        reaches=lambda _, scores: scores.mean() >= target,
        fails=lambda _, scores: scores.mean() < target,
    )


def wilson_bound(world: World, levers: Levers, target: float) -> Answer:
    """Compare the best mean's 95 % Wilson interval with the target."""
    return _greedy(
        world,
        levers,
        np.arange(world.n),
        reaches=lambda _, scores: wilson(float(scores.sum()), len(scores)).low >= target,
        fails=lambda _, scores: wilson(float(scores.sum()), len(scores)).high < target,
    )


def half_and_half(world: World, levers: Levers, target: float) -> Answer:
    """Choose on one half, confirm on the other by a 95 % Wilson interval, each time anew."""
    order = np.random.default_rng(world.seed).permutation(world.n)
    half, rest = order[: world.n // 2], order[world.n // 2 :]

    def confirmed(configuration: Configuration, scores: FloatArray) -> bool:
        if scores.mean() < target:
            return False
        again = world(configuration, rest)
        return wilson(float(again.sum()), len(again)).low >= target

    def failed(configuration: Configuration, scores: FloatArray) -> bool:
        again = world(configuration, rest)
        return bool(scores.mean() < target) and (
            wilson(float(again.sum()), len(again)).high < target
        )

    return _greedy(world, levers, half, reaches=confirmed, fails=failed)


def split_and_lock(
    world: World, levers: Levers, target: float, *, looks: Looks | None = None
) -> Answer:
    """Ask `ladder.decide`."""
    decision = decide(
        levers,
        world,
        n=world.n,
        target=target,
        kind=world.scale,
        clusters=world.clusters,
        seed=world.seed,
        looks=looks,
        is_advised=False,
    )
    return Answer(decision.verdict, decision.configuration, list(decision.ledger.tried))


RULES: dict[str, Rule] = {
    "best mean": best_mean,
    "Wilson": wilson_bound,
    "half and half": half_and_half,
    "ladder": split_and_lock,
}


def _greedy(
    world: World,
    levers: Levers,
    part: IntArray,
    *,
    reaches: Callable[[Configuration, FloatArray], bool],
    fails: Callable[[Configuration, FloatArray], bool],
) -> Answer:
    """Measure every variant of each lever in full, go on from the best, stop at a pass."""
    best: Configuration = (0,) * len(levers)
    scores = world(best, part)
    tried = [best]
    if reaches(best, scores):
        return Answer("already_good", best, tried)
    for lever, variants in enumerate(levers):
        parent = best
        for child in _children(parent, lever, variants):
            fresh = world(child, part)
            tried.append(child)
            if fresh.mean() > scores.mean():
                best, scores = child, fresh
        if best != parent and reaches(best, scores):
            return Answer("use_lever", best, tried)
    return Answer("fine_tune" if fails(best, scores) else "inconclusive", best, tried)


def _children(
    parent: Configuration, lever: int, variants: Sequence[int]
) -> Iterator[Configuration]:
    for variant in variants:
        yield (*parent[:lever], variant, *parent[lever + 1 :])
