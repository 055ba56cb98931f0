"""Show what `ladder recheck` promises: false claims in a year, and how soon a drop is found.

    python -m benchmarks.recheck --runs 1000

Simulated years of batches, judged by the watch that `ladder recheck` uses, and one real run whose
rechecks are killed and repeated. Ends with exit code 1 where a figure falls short. Writes its section
of docs/benchmarks.md.
"""

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import special

from benchmarks.table import write_table
from ladder.api import run, run_folder_of
from ladder.models.base import Request
from ladder.recheck_run import recheck
from ladder.statistics.monitoring import MONTHS, YEARLY_BUDGET, MeansWatch, Standing, WatchedMean
from ladder.testing import triples, write_rows, write_task
from ladder.testing.task_files import answer_right

FloatArray = npt.NDArray[np.float64]
Generator = np.random.Generator
Batch = dict[str, tuple[FloatArray, FloatArray]]

EDGE = 0.8
HAIR = 0.001
DROP = 0.05

FOUND = 0.8
"""Share of drops of .05 that must be found within a year of 200 rows a month."""


_CLAIMS = (
    "Simulated years of `ladder recheck`: the share of years in which evidence that begins in it leads "
    'to a false alarm (what must be reached is just reached), or to a false "still reaches" (the mean '
    "over the rows that are said to show it is below). At most .05 is promised of each; of worlds of "
    "several years the worst year is shown. Where each month's 100 rows are tested by themselves at .05, "
    "as people do by hand, {} of the years have a false alarm. The command also kills, repeats and "
    "overlaps rechecks of a real run: each row is counted and asked once."
)

_DROPS = (
    "How many rows come after a drop to .05 below what must be reached (.80) until the alarm, in steps "
    "of a whole month. Evidence begins anew with each month, so it comes as soon after two good years as "
    "in the first month; the last column has one e-process that began once."
)


_SOON = (
    'How many rows it takes until "still reaches" is said of a candidate that must reach .80, and in how '
    "many months of the second year it is said, by rows of no more than the year before."
)


@dataclass(frozen=True)
class YearWorld:
    """A world in which rows come, batch after batch.

    Attributes:
        name: In words.
        draw: The scores of one batch, from its month and its true mean.
        edges: What each mean must reach.
        a_month: Batches in a month.
        means: The true mean in each month, above (or below) every edge by so much.
        n_years: How long it is watched.
        costs: How many times fewer years are simulated of it, as it takes so much longer.
    """

    name: str
    draw: Callable[[Generator, float], Batch]
    edges: tuple[float, ...] = (EDGE,)
    is_pass_fail: bool = True
    a_month: int = 1
    offset: Callable[[int], float] = lambda _: 0.0
    n_years: int = 1
    costs: int = 1

    def watch(self, seed: int) -> list[tuple[int, Standing]]:
        """Return the month and the standing after each batch of one simulated stretch of years."""
        draws = np.random.default_rng([seed, 19])
        labels = ["" if not at else f"class {at}" for at in range(len(self.edges))]
        watched = MeansWatch(
            [
                WatchedMean(label, edge, self.is_pass_fail)
                for label, edge in zip(labels, self.edges, strict=True)
            ]
        )
        found = []
        for month in range(MONTHS * self.n_years):
            for _ in range(self.a_month):
                batch = self.draw(draws, self.offset(month))
                found.append((month, watched.add(month, batch)))
        return found


def passing(edge: float, n: int) -> Callable[[Generator, float], Batch]:
    """Return what draws `n` pass/fail scores a batch, their mean so far from the edge."""

    def draw(draws: Generator, offset: float) -> Batch:
        scores = (draws.random(n) < edge + offset).astype(np.float64) - edge
        return {"": (scores, scores)}

    return draw


def of_any_size(draws: Generator, offset: float) -> Batch:
    """Draw 1 to 600 pass/fail scores."""
    return passing(EDGE, int(np.exp(draws.uniform(0, np.log(600)))))(draws, offset)


def graded(draws: Generator, offset: float) -> Batch:
    """Draw 100 scores between 0 and 1."""
    mean = EDGE + offset
    scores = draws.beta(4 * mean, 4 * (1 - mean), 100) - EDGE
    return {"": (scores, scores)}


def clustered(draws: Generator, offset: float) -> Batch:
    """Draw 40 clusters of one to six rows that succeed together more than chance explains."""
    mean = EDGE + offset
    sizes = draws.integers(1, 7, 40)
    rates = draws.beta(2 * mean, 2 * (1 - mean), 40)
    sums = (draws.binomial(sizes, rates) - EDGE * sizes) / 6
    return {"": (sums, sums)}


def by_class(draws: Generator, offset: float) -> Batch:
    """Draw 100 rows, of which two classes have edges of their own, all of them met by a hair."""
    labels = draws.integers(0, 5, 100)
    scores = (draws.random(100) < EDGE + offset).astype(np.float64) - EDGE
    return {
        "": (scores, scores),
        **{f"class {at}": (scores[labels == at], scores[labels == at]) for at in (1, 2)},
    }


def with_unknown(draws: Generator, offset: float) -> Batch:
    """Draw 100 rows, of which one in ten has no answer, whatever it would have been."""
    scores = (draws.random(100) < EDGE + offset).astype(np.float64)
    lost = draws.random(100) < 0.1
    return {"": (np.where(lost, 0, scores) - EDGE, np.where(lost, 1, scores) - EDGE)}


AT_EDGE = (
    YearWorld("exactly at .80, 100 rows a month", passing(EDGE, 100)),
    YearWorld("exactly at .80, 1,000 rows a month", passing(EDGE, 1000)),
    YearWorld("exactly at .95, 300 rows a month", passing(0.95, 300), edges=(0.95,)),
    YearWorld("exactly at .80, 1 to 600 rows a month", of_any_size),
    YearWorld("exactly at .80, 20 rows a week, looked at each week", passing(EDGE, 20), a_month=4),
    YearWorld(
        "exactly at .80, one row at a time, 100 a month", passing(EDGE, 1), a_month=100, costs=4
    ),
    YearWorld("graded scores, exactly at .80", graded),
    YearWorld("clusters of 1 to 6 rows, exactly at .80", clustered, is_pass_fail=False),
    YearWorld("all and two classes exactly at .80", by_class, edges=(EDGE, EDGE, EDGE)),
    YearWorld("exactly at .80, one answer in ten unknown", with_unknown),
    YearWorld("exactly at .80, five years of 100 rows a month", passing(EDGE, 100), n_years=5),
)
"""Worlds in which every alarm is false: what must be reached is just reached."""


def _below(_: int) -> float:
    return -HAIR


def _in_waves(month: int) -> float:
    return -HAIR + (0.05 if month % 2 else -0.05)


BELOW_EDGE = (
    YearWorld("a hair below .80, 100 rows a month", passing(EDGE, 100), offset=_below),
    YearWorld("a hair below .80, 1,000 rows a month", passing(EDGE, 1000), offset=_below),
    YearWorld("a hair below .80, 1 to 600 rows a month", of_any_size, offset=_below),
    YearWorld(
        "a hair below .80, one row at a time", passing(EDGE, 1), a_month=100, offset=_below, costs=4
    ),
    YearWorld("graded scores, a hair below .80", graded, offset=_below),
    YearWorld("clusters, a hair below .80", clustered, is_pass_fail=False, offset=_below),
    YearWorld("one answer in ten unknown", with_unknown, offset=_below),
    YearWorld("a month at .849, the next at .749", passing(EDGE, 100), offset=_in_waves),
    YearWorld("a hair below .80, five years", passing(EDGE, 100), offset=_below, n_years=5),
)
"""Worlds in which the mean of every stretch that begins low is below the edge."""


def false_alarms(world: YearWorld, years: int) -> float:
    """Return the highest share, over the years of a world, in which an alarm is given."""
    hits = np.zeros(world.n_years)
    for seed in range(years):
        alarms = {standing.alarm for _, standing in world.watch(seed)} - {None}
        months = {at // world.a_month for at in alarms if at is not None}
        for year in {month // MONTHS for month in months}:
            hits[year] += 1
    return float(hits.max() / years)


def false_still(world: YearWorld, years: int) -> float:
    """Return the highest share, over the years of a world, with a wrong "still reaches" begun in it."""
    hits = np.zeros(world.n_years)
    for seed in range(years):
        wrong = set()
        for month, standing in world.watch(seed):
            since = standing.since // world.a_month
            rows = [world.offset(at) for at in range(since, month + 1)]
            if standing.status == "still_reaches" and sum(rows) < 0:
                wrong.add(since // MONTHS)
        for year in wrong:
            hits[year] += 1
    return float(hits.max() / years)


@dataclass(frozen=True)
class Drop:
    """How soon a drop is found.

    Attributes:
        rows: Rows after the drop until the alarm, in each simulated case; infinite where none came.
    """

    rows: FloatArray

    @property
    def found(self) -> float:
        """Return the share that is found within a year."""
        return float(np.isfinite(self.rows).mean())

    def quantile(self, share: float, longer: str = "more than a year") -> str:
        """Return by how many rows such a share is found; `longer` where it is not in that time."""
        found = float(np.quantile(self.rows, share, method="higher"))
        return f"{found:,.0f}" if np.isfinite(found) else longer


def found_drop(n: int, *, before: float, month: int, cases: int, is_renewed: bool = True) -> Drop:
    """Return how many rows a drop to .05 below the edge takes to be found.

    Args:
        n: Rows a month.
        before: The true mean before it, from the edge.
        month: The first one with the drop.
        cases: How many are simulated.
        is_renewed: Whether evidence begins anew with each month; else it began once.
    """
    rows = np.full(cases, np.inf)
    draw = passing(EDGE, n)
    for seed in range(cases):
        draws, watch = np.random.default_rng([seed, n, month]), MeansWatch([WatchedMean("", EDGE)])
        for at in range(month + MONTHS):
            standing = watch.add(
                at if is_renewed else 0, draw(draws, -DROP if at >= month else before)
            )
            if at >= month and standing.alarm == at:
                rows[seed] = (at - month + 1) * n
                break
    return Drop(rows)


def tested_each_month(years: int) -> float:
    """Return the share of years with an alarm where each month's 100 rows are tested at .05."""
    right = np.random.default_rng(7).binomial(100, EDGE, (years, MONTHS))
    return float((special.bdtr(right, 100, EDGE) <= YEARLY_BUDGET).any(axis=1).mean())


def counts_once(folder: Path) -> list[str]:
    """Return what is wrong after rechecks of one run that are killed, repeated and overlap."""
    calls: list[str] = []
    kill_at = [10**9]

    def answer(request: Request) -> str:
        if len(calls) >= kill_at[0]:
            raise KeyboardInterrupt
        calls.append(request.messages[-1].content)
        return answer_right(request)

    task = write_task(folder, answer)
    run(task, runs_folder=folder / "runs", progress=False)
    made = Path(run_folder_of(task, folder / "runs"))
    new = triples(200, start=5000)
    parts = [new[:80], new[:80], new[40:160], new, new[:10]]
    calls.clear()
    wrong = []
    for at, rows in enumerate(parts):
        file = write_rows(folder / f"new-{at}.jsonl", rows)
        kill_at[0] = len(calls) + 7
        try:
            recheck(made, file)
        except KeyboardInterrupt:
            kill_at[0] = 10**9
        found = recheck(made, file)
        n = sum(each.n for each in found.batches)
        asked = len({row["input"] for part in parts[: at + 1] for row in part})
        if n != asked:
            wrong.append(f"after file {at + 1}, {n} rows are counted and {asked} were given")
    if len(calls) != len(new):
        wrong.append(f"{len(calls)} calls were made for {len(new)} rows")
    return wrong


def claims(years: int) -> tuple[list[dict[str, object]], list[str]]:
    """Return a row a world with its share of years with a false claim, and what falls short."""
    rows: list[dict[str, object]] = []
    short = []
    found = [
        *((world, "alarm", false_alarms) for world in AT_EDGE),
        *((world, "still reaches", false_still) for world in BELOW_EDGE),
    ]
    for world, claim, share_of in found:
        n = max(years // world.costs, 1)
        share = share_of(world, n)
        rows.append({"world": world.name, "claim": claim, "years": n, "false in": f"{share:.3f}"})
        print(rows[-1])
        short += [f"{world.name}: {claim} {share:.3f}"] if share > YEARLY_BUDGET else []
    return rows, short


def drops(cases: int) -> tuple[list[dict[str, object]], list[str]]:
    """Return a row a size of batches with how soon a drop is found, and what falls short."""
    rows: list[dict[str, object]] = []
    short = []
    for month, n in itertools.product((0, 24), (50, 100, 200, 500, 1000)):
        drop = found_drop(n, before=DROP, month=month, cases=cases)
        once = found_drop(n, before=DROP, month=month, cases=cases, is_renewed=False)
        rows.append(
            {
                "rows a month": n,
                "score": "`.75` from the start" if not month else "`.85` for two years, then `.75`",
                "half found by (rows)": drop.quantile(0.5),
                "nine in ten by (rows)": drop.quantile(0.9),
                "found within a year": f"{drop.found:.2f}",
                "begun once: within a year": f"{once.found:.2f}",
            }
        )
        print(rows[-1])
        if n == 200 and drop.found < FOUND:
            short.append(f"drops with 200 rows a month: {drop.found:.2f} found within a year")
    return rows, short


def shown_soon(cases: int) -> list[dict[str, object]]:
    """Return a row a score with how soon it is shown to reach .80, and how often it is said later."""
    rows: list[dict[str, object]] = []
    for above, n in itertools.product((0.03, 0.05, 0.1, 0.15), (50, 200)):
        first, said = np.full(cases, np.inf), 0
        for seed in range(cases):
            draws, watch = np.random.default_rng([seed, n, 9]), MeansWatch([WatchedMean("", EDGE)])
            for month in range(2 * MONTHS):
                batch = passing(EDGE, n)(draws, above)
                is_said = watch.add(month, batch).status == "still_reaches"
                first[seed] = min(first[seed], (month + 1) * n if is_said else np.inf)
                said += is_said and month >= MONTHS
        rows.append(
            {
                "true score": f"{EDGE + above:.2f}",
                "rows a month": n,
                "half shown by (rows)": Drop(first).quantile(0.5, "more than two years"),
                "nine in ten by (rows)": Drop(first).quantile(0.9, "more than two years"),
                "said in the second year": f"{said / (cases * MONTHS):.2f} of the months",
            }
        )
        print(rows[-1])
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Simulate, write the tables, and return 1 where a figure falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="simulated years of each world")
    parser.add_argument("--cases", type=int, default=400, help="simulated drops of each row")
    chosen = parser.parse_args(arguments)
    rows, short = claims(chosen.runs)
    found, slow = drops(chosen.cases)
    soon = shown_soon(chosen.cases)
    with tempfile.TemporaryDirectory() as folder:
        wrong = counts_once(Path(folder))
    command = f"python -m benchmarks.recheck --runs {chosen.runs}"
    by_month = f"{tested_each_month(10 * chosen.runs):.2f}"
    write_table("Still true: false claims", rows, command, note=_CLAIMS.format(by_month))
    write_table("Still true: how soon a drop is found", found, command, note=_DROPS)
    write_table("Still true: how soon it is shown", soon, command, note=_SOON)
    for each in (*short, *slow, *wrong):
        print(f"FALLS SHORT  {each}", file=sys.stderr)
    return 1 if short or slow or wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
