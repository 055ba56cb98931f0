"""Show that people's labels keep the promise that a judge alone breaks, whatever the judge is like.

    python -m benchmarks.judges --runs 400

Simulated judges with known leanings score seven levers; the candidate that each run is about is then
labelled by simulated people. Two worlds a judge: every candidate exactly at the target, where a
false "reached" is most likely, and one good candidate among bad ones. Writes its section of
docs/benchmarks.md, and ends with exit code 1 where a figure falls short.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pool

import numpy as np
import numpy.typing as npt
from scipy import special

from benchmarks.table import write_table
from ladder.decision import decide
from ladder.labelling.judge_agreement import agreement_of
from ladder.labelling.labelled_run import levels_of
from ladder.labelling.labels_so_far import Label, LabelTest
from ladder.search.ledger import Configuration
from ladder.search.select.units import split_by_index, units_of
from ladder.statistics import Guess, clopper_pearson
from ladder.statistics.arrays import FloatArray, IntArray

SECTION = "Judges and people"
COMMAND = "python -m benchmarks.judges"
N, TARGET, LEVERS = 300, 0.8, ((1, 2, 3), (1, 2), (1, 2), (1, 2, 3))
UNSURE = 0.03
"""Share of answers about which people cannot say."""

BUDGET = 0.05
ENOUGH = 0.95

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SimulatedJudge:
    """How likely a judge accepts a good answer and a bad one, and what else sways it.

    Attributes:
        accepts_good, accepts_bad: Probabilities, before it is swayed.
        length: Added times how long an answer is, from -1 to 1.
        favourite: Added for the candidates of the first lever's first variant.
        first: Share of answers on which it takes whichever stands first: then it accepts.
    """

    accepts_good: float = 0.95
    accepts_bad: float = 0.05
    length: float = 0.0
    favourite: float = 0.0
    first: float = 0.0

    def chance(self, good: BoolArray, length: FloatArray, *, is_favourite: bool) -> FloatArray:
        """Return the probability that it accepts each answer."""
        chance = np.where(good, self.accepts_good, self.accepts_bad) + self.length * length
        chance = chance + self.favourite * is_favourite
        return np.clip(self.first + (1 - self.first) * chance, 0.0, 1.0)


JUDGES = {
    "as people are": SimulatedJudge(1.0, 0.0),
    "lenient": SimulatedJudge(0.99, 0.5),
    "strict": SimulatedJudge(0.7, 0.02),
    "noisy": SimulatedJudge(0.8, 0.25),
    "fond of length": SimulatedJudge(0.85, 0.3, length=0.4),
    "fond of the first answer": SimulatedJudge(0.9, 0.1, first=0.4),
    "fond of one candidate": SimulatedJudge(0.95, 0.1, favourite=0.6),
}


@dataclass
class SimulatedTask:
    """One draw: what people would say of each answer, and what the judge says."""

    judge: SimulatedJudge
    share: Callable[[Configuration], float]
    seed: int
    known: dict[Configuration, tuple[BoolArray, BoolArray]] = field(default_factory=dict)

    def answers(self, configuration: Configuration) -> tuple[BoolArray, BoolArray]:
        """Return whether each answer is good, and whether the judge accepts it."""
        if configuration not in self.known:
            # Common difficulty: what one candidate gets right another is likely to get right too.
            easy = np.random.default_rng([self.seed, 0]).normal(size=N)
            own = np.random.default_rng([self.seed, *configuration]).normal(size=N)
            mixed = 0.8 * easy + 0.6 * own
            good = mixed < _quantile(self.share(configuration))
            draws = np.random.default_rng([self.seed, 7, *configuration])
            length = draws.uniform(-1, 1, size=N)
            chance = self.judge.chance(good, length, is_favourite=configuration[0] == 1)
            self.known[configuration] = good, draws.random(N) < chance
        return self.known[configuration]

    def judged(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the judge's scores."""
        return self.answers(configuration)[1][indices].astype(np.float64)


def all_at_target(_: Configuration) -> float:
    """Return a true score just below the target: saying that it reaches it is wrong."""
    return TARGET - 1e-9


def one_is_good(configuration: Configuration) -> float:
    """Return a true score far above the target for one variant of the second lever, else below."""
    return 0.93 if configuration[1] == 2 else 0.7


WORLDS = {"all just below": all_at_target, "one is good": one_is_good}


@dataclass(frozen=True)
class JudgedDraw:
    """What came of one draw.

    Attributes:
        by_judge: Whether the judge says that a candidate reaches the target which does not.
        by_people: The same, after people labelled it.
        is_right: Whether people confirm a candidate that does reach it.
        covers: Whether each of the three intervals holds the true rate; empty without labels.
        labels: How many labels it took.
    """

    by_judge: bool
    by_people: bool
    is_right: bool
    covers: tuple[bool, ...] = ()
    labels: int = 0


def draw_one(
    judge: SimulatedJudge, share: Callable[[Configuration], float], seed: int
) -> JudgedDraw:
    """Run one ladder by the judge's scores, and let people label what its verdict is about."""
    task = SimulatedTask(judge, share, seed)
    ledger = decide(LEVERS, task.judged, n=N, target=TARGET, seed=seed, is_advised=False).ledger
    is_reached = ledger.ending == "reached"
    is_below = share(ledger.best) < TARGET
    if ledger.ending not in ("reached", "justified"):
        return JudgedDraw(by_judge=False, by_people=False, is_right=False)
    good, accepts = task.answers(ledger.best)
    _, confirmation = split_by_index(N, seed=seed)
    units = units_of(confirmation, None, seed=seed, largest=1)
    alpha, alpha_below = levels_of(ledger)
    asked = LabelTest(units, TARGET, TARGET, alpha, alpha_below, Guess(0.85, 0.13))
    unsure = np.random.default_rng([seed, 3]).random(N) < UNSURE
    labels: dict[int, Label] = {}
    counted = asked.count(labels)
    while counted.claim is None:
        for at in units.between(0, counted.n_units).tolist():
            labels[at] = "unsure" if unsure[at] else "good" if good[at] else "bad"
        counted = asked.count(labels)
    order = units.between(0, counted.n_units).tolist()
    found = agreement_of([(labels[at], bool(accepts[at])) for at in order])
    rates = _true_rates(judge, share(ledger.best), is_favourite=ledger.best[0] == 1)
    claims = counted.claim == "reached"
    return JudgedDraw(
        by_judge=is_reached and is_below,
        by_people=claims and is_below,
        is_right=claims and not is_below,
        covers=tuple(
            low - 1e-9 <= rate <= high + 1e-9
            for (low, high), rate in zip(
                ((each.low, each.high) for each in found), rates, strict=True
            )
        ),
        labels=len(order),
    )


def _true_rates(judge: SimulatedJudge, share: float, *, is_favourite: bool) -> tuple[float, ...]:
    """Return how often the judge agrees, accepts a bad answer and rejects a good one, in the long run."""
    length = np.linspace(-1, 1, 2001)
    is_good = np.ones(len(length), dtype=bool)
    accepts = judge.chance(is_good, length, is_favourite=is_favourite).mean()
    false_accepts = judge.chance(~is_good, length, is_favourite=is_favourite).mean()
    agreement = share * accepts + (1 - share) * (1 - false_accepts)
    return float(agreement), float(false_accepts), float(1 - accepts)


def _quantile(share: float) -> float:
    return float(special.ndtri(share))


def rows_of(runs: int) -> list[dict[str, object]]:
    """Return a row for each judge and world, over so many draws."""
    rows: list[dict[str, object]] = []
    with Pool(2) as pool:
        for world, share in WORLDS.items():
            for name, judge in JUDGES.items():
                draws = pool.map(partial(draw_one, judge, share), range(runs), chunksize=8)
                labelled = [each for each in draws if each.labels]
                rows.append(
                    {
                        "world": world,
                        "judge": name,
                        "false by the judge": _share([each.by_judge for each in draws]),
                        "false by people": _share([each.by_people for each in draws]),
                        "right by people": _share([each.is_right for each in draws]),
                        "labelled": len(labelled),
                        "labels": round(np.mean([e.labels for e in labelled])) if labelled else 0,
                        "least coverage": _least_coverage(labelled),
                    }
                )
    return rows


def _least_coverage(draws: list[JudgedDraw]) -> float:
    """Return how often an interval holds the true rate, for the worst of the three."""
    return min(
        (_share(list(found)) for found in zip(*(d.covers for d in draws), strict=True)), default=1.0
    )


def _share(found: list[bool]) -> float:
    return sum(found) / len(found) if found else 0.0


def short(row: dict[str, object], runs: int) -> list[str]:
    """Return which promises a row breaks, beyond what so few draws leave open."""
    claims, coverage = float(str(row["false by people"])), float(str(row["least coverage"]))
    broken = []
    if clopper_pearson(round(claims * runs), runs).low > BUDGET:
        broken.append(f"{row['judge']}, {row['world']}: false claims {claims:.3f}")
    labelled = int(str(row["labelled"]))
    if clopper_pearson(round(coverage * labelled), labelled).high < ENOUGH:
        broken.append(f"{row['judge']}, {row['world']}: coverage {coverage:.3f}")
    return broken


def main() -> int:
    """Write the table; return 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    rows = rows_of(runs)
    note = (
        f"{runs} draws a line; {N} samples, target {TARGET:g}, four levers. How often a run says that a "
        "candidate reaches the target which does not: by the judge's scores alone, and after people "
        "labelled the candidate (they are unsure of 3 in 100 answers). `labelled`: the draws in which the "
        "judge came to a verdict, so that people labelled. `least coverage`: how often the "
        "bounds of the judge's agreement, false acceptances and false rejections hold the true rate, "
        "the worst of the three, among those."
    )
    print(write_table(SECTION, rows, f"{COMMAND} --runs {runs}", note=note))
    broken = [each for row in rows for each in short(row, runs)]
    print(*broken, sep="\n")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
