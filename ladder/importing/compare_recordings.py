"""`compare_recordings`: how much better one recorded candidate answers than another, on the same rows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ladder.errors import SpecError
from ladder.measure import Workbench, load_task_data
from ladder.spec.load_task import load_task
from ladder.spec.model_ref import RECORDED, ModelRef
from ladder.statistics.paired import mcnemar, paired_difference

Z = 1.96
"""Standard errors on either side of a 95 % interval."""

LEVEL = 0.05
"""The exact test must agree, as an interval by standard errors is too short for few rows."""


@dataclass(frozen=True, slots=True)
class RecordedDifference:
    """Two recordings side by side.

    Attributes:
        before, after: What is compared.
        n: Rows that both answered.
        scores: The mean score of each.
        low, high: The 95 % interval of the mean paired difference, after less before.
        fixed, broken: Rows on which the second is better, and worse.
        p_value: Of fixed and broken being equally likely (exact McNemar).
    """

    before: str
    after: str
    n: int
    scores: tuple[float, float]
    low: float
    high: float
    fixed: int
    broken: int
    p_value: float

    def describe(self) -> str:
        """Return it in words, for a person."""
        means = f"{self.before} {self.scores[0]:.3f}, {self.after} {self.scores[1]:.3f}"
        counts = f"better on {self.fixed} rows, worse on {self.broken} of {self.n}"
        if not (self.fixed or self.broken):
            return f"Both score the same on each of {self.n} rows.\n{means}."
        is_clear = self.p_value <= LEVEL
        if is_clear and self.low > 0:
            found = f"{self.after} is better by {self.low:.3f} to {self.high:.3f}"
        elif is_clear and self.high < 0:
            found = f"{self.after} is worse by {-self.high:.3f} to {-self.low:.3f}"
        else:
            found = f"Not decided: the difference is {self.low:.3f} to {self.high:.3f}"
        return (
            f"{found} (95 % interval, paired).\n{means}; {counts}, p {self.p_value:.3g}.\n"
            "This compares two candidates; whether one reaches the target is what `ladder run` shows.\n"
            "These are the rows of that verdict too: import all runs that you have before you look, as "
            "its bound of 5 % does not hold for runs that are chosen afterwards."
        )


def recording_named(folder: Path, name: Path) -> Path:
    """Return a recording by its file, by its name, or by its role where only one run plays it.

    Args:
        folder: Of the task that `ladder import` wrote.
        name: `baseline`, `prompt-gpt-x` or the path of a file.

    Raises:
        SpecError: There is none of that name, or several.
    """
    if name.exists():
        return name
    known = sorted((folder / "recordings").glob("*.jsonl"))
    whole = [each for each in known if str(name) in {each.stem, each.name}]
    parts = (f"{name}-", f"-{name}")
    found = whole or [
        each for each in known if each.stem.startswith(parts[0]) or each.stem.endswith(parts[1])
    ]
    if len(found) == 1:
        return found[0]
    what = "several recordings of that name" if found else "no such recording"
    names = ", ".join(each.stem for each in found or known)
    raise SpecError(
        f"{name}: {folder / 'recordings'} holds {what}.",
        next_step=f"Write one of {names}." if names else "Name the file of a recording.",
    )


def compare_recordings(spec: Path, before: Path, after: Path) -> RecordedDifference:
    """Return how two recordings differ, by the metric of a task and on all its rows.

    Raises:
        SpecError: They have no row that both answered.
    """
    data = load_task_data(load_task(spec))
    baseline = data.task.baseline()
    before, after = (recording_named(spec.parent, each) for each in (before, after))
    places = list(range(len(data.samples)))
    with Workbench(data) as bench:
        rows = [
            bench.measure(baseline.replace(model=ModelRef(id=f"{RECORDED}{path}")), places).rows
            for path in (before, after)
        ]
    both = [
        (one.score, other.score)
        for one, other in zip(*rows, strict=True)
        if not (one.answer.error or other.answer.error)
    ]
    if not both:
        raise SpecError(
            f"{before} and {after} have no row that both answered.",
            next_step="Import runs over the same data.",
        )
    first, second = np.array(both).T
    mean, error = paired_difference(second, first)
    fixed, broken = int((second > first).sum()), int((second < first).sum())
    return RecordedDifference(
        before.stem,
        after.stem,
        len(both),
        (float(first.mean()), float(second.mean())),
        mean - Z * error,
        mean + Z * error,
        fixed,
        broken,
        mcnemar(fixed, broken),
    )
