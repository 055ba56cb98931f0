"""Show that the curve of an inconclusive run is honest: of what it calls p, a share of p is decided.

    python -m benchmarks.advice --runs 300

Simulated ladders with known true scores, in families other than those on which the
advice was built: effects that add up on the logit scale, other targets, also graded and bounded scores. Each run that
ends inconclusive is made again with as many more examples as its curve names. Ends with exit code 1
where a share lies further from its probability than is asked. Writes its section of
docs/benchmarks.md.
"""

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from multiprocessing import Pool
from typing import NamedTuple

import numpy as np

from benchmarks import ladders, worlds
from benchmarks.seeds import results_of_seeds
from benchmarks.table import write_table
from benchmarks.worlds import SEVEN, World
from ladder.decision import decide
from ladder.search.confirm.looks import Looks
from ladder.search.ledger import MoreExamples
from ladder.statistics import clopper_pearson

PROCESSES = 2
ASKED = 0.1
"""How far the share that is decided may lie from what the curve says."""

LEVELS = (0.15, 0.35, 0.6, 0.75)
"""Probabilities; of each curve the point nearest to each is tried, if it lies within the tenth."""

MOST_ADDED = 5000

FIRST_SEED = 9001
"""Draws before this one were looked at while the curve was worked on."""

MORE_WHERE_CLOSE = 4
"""How many times the runs are made where the noise of so few leaves open whether a share holds."""

FEWEST = 20
"""Points below which a share says nothing: the interval beside it is wider than what is asked."""


class Followed(NamedTuple):
    """One point of a curve that was followed: what it said, and whether the run was then decided."""

    chance: float
    is_decided: bool


def unseen_world(seed: int) -> tuple[World, float]:
    """Return a world of a family on which the advice was not built, and its target."""
    draw = np.random.default_rng([seed, 777])
    target = float(draw.uniform(0.4, 0.92))
    n = int(math.exp(draw.uniform(math.log(60), math.log(500))))
    above = min(0.1, (1 - target) * 0.8)
    start = float(draw.uniform(0.1, 0.3))
    match int(draw.integers(4)):
        case 0:
            rest = float(draw.uniform(0.03, 0.2))
            gap = float(draw.uniform(-0.05, above))
            truth = ladders.needle(draw, target=target, gap=gap, rest=rest)
        case 1:
            gap = float(draw.uniform(-0.1, above))
            truth = ladders.realistic(draw, target=target, gap=gap, start=start)
        case 2:
            gap, levers = float(draw.uniform(0.0, above)), int(draw.integers(1, 4))
            truth = ladders.climb(draw, target=target, gap=gap, levers=levers, start=start)
        case _:
            truth = worlds.flat(target + float(draw.uniform(-0.08, above)))
    scales: tuple[worlds.Scale, ...] = ("binary", "binary", "binary", "graded", "bounded")
    scale = scales[int(draw.integers(5))]
    kinship = float(draw.choice([0.0, 0.2, 0.4]))
    return World(n, 370_000 + seed, truth, scale=scale, kinship=kinship), target


def points_to_follow(more: Sequence[MoreExamples]) -> list[MoreExamples]:
    """Return the point of a curve that is nearest to each of the levels, where one is near."""
    cheap = [each for each in more if each.examples <= MOST_ADDED]
    nearest = [min(cheap, key=lambda each: abs(each.chance - level)) for level in LEVELS]
    return [
        each
        for each, level in zip(nearest, LEVELS, strict=True)
        if abs(each.chance - level) <= ASKED
    ]


def of_curve(seed: int) -> list[Followed] | None:
    """Return what came of following the curve of one run; None after a verdict."""
    world, target = unseen_world(seed)
    looks = Looks()

    def decided(
        one: World, seen: Looks, *, is_advised: bool
    ) -> tuple[bool, Sequence[MoreExamples]]:
        found = decide(
            SEVEN,
            one,
            n=one.n,
            target=target,
            kind=one.scale,
            seed=seed,
            looks=seen,
            is_advised=is_advised,
        )
        return found.verdict != "inconclusive", found.ledger.more_examples

    is_decided, more = decided(world, looks, is_advised=True)
    if is_decided or not more:
        return None
    followed = []
    for point in points_to_follow(more):
        larger = World(
            world.n + point.examples,
            world.seed,
            world.true_score,
            scale=world.scale,
            kinship=world.kinship,
        )
        followed.append(
            Followed(point.chance, decided(larger, looks.extended(), is_advised=False)[0])
        )
    return followed


def rows_of(followed: Iterable[Followed]) -> tuple[list[dict[str, str]], list[str]]:
    """Return a row a fifth of the scale, and what falls short."""
    points, rows, short = list(followed), [], []
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        some = [each for each in points if low <= each.chance < low + 0.2 + (low == 0.8)]
        if not some:
            continue
        said = sum(each.chance for each in some) / len(some)
        hits = sum(each.is_decided for each in some)
        share, interval = hits / len(some), clopper_pearson(hits, len(some))
        name = f"{low:.1f} to {low + 0.2:.1f}"
        rows.append(
            {
                "the curve says": name,
                "points followed": str(len(some)),
                "mean of what it says": f"{said:.2f}",
                "decided": f"{share:.2f} ({interval[0]:.2f} to {interval[1]:.2f})",
                "asked": f"{max(said - ASKED, 0):.2f} to {min(said + ASKED, 1):.2f}",
            }
        )
        is_off = len(some) >= FEWEST and abs(share - said) > ASKED
        short += [f"{name}: {share:.2f}"] if is_off else []
    return rows, short


def main(arguments: Sequence[str] | None = None) -> int:
    """Follow the curves, write the table, and return 1 if a share lies too far from what was said."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="inconclusive runs")
    chosen = parser.parse_args(arguments)
    with Pool(PROCESSES) as workers:
        ended = results_of_seeds(workers, of_curve, FIRST_SEED)
        found = list(islice(ended, chosen.runs))
        if is_close(point for one in found for point in one):
            found += islice(ended, (MORE_WHERE_CLOSE - 1) * chosen.runs)
    rows, short = rows_of(point for one in found for point in one)
    for row in rows:
        print(row)
    command = f"python -m benchmarks.advice --runs {chosen.runs}"
    write_table("Advice as a curve", rows, command, note=note_on(len(found)))
    for each in short:
        print(f"FALLS SHORT  {each}", file=sys.stderr)
    return 1 if short else 0


def is_close(followed: Iterable[Followed]) -> bool:
    """Return whether an edge of what is asked lies in the interval of a fifth's share."""
    points = list(followed)
    for fifth in range(5):
        some = [each for each in points if min(int(5 * each.chance), 4) == fifth]
        if len(some) < FEWEST:
            continue
        said = sum(each.chance for each in some) / len(some)
        low, high = clopper_pearson(sum(each.is_decided for each in some), len(some))
        if low < said - ASKED < high or low < said + ASKED < high:
            return True
    return False


def note_on(runs: int) -> str:
    """Return what was measured, and how its noise is treated."""
    return (
        f"{runs} inconclusive runs of simulated ladders (four families, 43 candidates, targets .40 to .92, 60 to "
        "500 samples, pass/fail, graded and bounded scores). Nothing was fitted to followed curves but "
        "one factor of .9. Of each curve up to four "
        "points are followed: so many examples are added, and the run is made again with what is left of "
        "its error budget. A fifth falls short where its share is more than .1 from what was said. In 300 "
        "runs a fifth has 50 to 120 points, so its share has a standard error of .04 to .07: where an "
        "interval holds an edge of what is asked, four times the runs are made and counted instead. A "
        "fifth with fewer than 20 points says nothing."
    )


if __name__ == "__main__":
    raise SystemExit(main())
