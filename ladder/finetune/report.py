"""`TrainingReport`: what a training reached, and what it cost elsewhere."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ladder.disk import read_json_object
from ladder.finetune.checklist import PartResult, first_blocked, write_table
from ladder.frozen import Frozen
from ladder.manifest import may_be_used
from ladder.spec.candidate import Candidate
from ladder.text import hundredths

CURVE = "learning_curve.json"
"""Where `ladder train --learning-curve` leaves what it found, in the run's folder."""


class Score(Frozen):
    """A mean score of `n` samples, with its 95 % interval."""

    n: int
    score: float
    low: float
    high: float


class Ability(Frozen):
    """One other ability, before and after, question by question.

    Attributes:
        wins, losses: Questions that only the adapter, or only the base model, answers right.
        p_value: Exact McNemar test, corrected for the number of abilities (Holm 1979).
        is_worse: Whether the loss is more than chance explains (p_value at most .05).
    """

    name: str
    n: int
    before: float
    after: float
    wins: int
    losses: int
    p_value: float
    is_worse: bool


class TrainingCost(Frozen):
    """What the training itself took, on this machine."""

    minutes: float
    peak_memory_gib: float
    device: str
    method: str


class TrainingReport(Frozen):
    """What a training reached, and what it cost elsewhere.

    Attributes:
        verdict: `reached`: the test on the confirmation part passed. `not_reached`: it did not.
        before, after: The candidate without and with the adapter, on the confirmation part.
        alpha: Most probability of `reached` when the true score is below the target.
        parts: Score of the adapter on train, validation and test rows: far apart is overfitting.
        abilities: What else the model could do, before and after.
        safety: Prompts that must not be helped with, before and after.
        plan: The ten parts, each with its result.
        rows: How many rows each part of the training data has, and how many were replayed.
        losses, validation_losses: `(step, loss)`; on a curve still falling, more steps help.
        advice: What to do next where the target is missed.
        shown: One training row, with what carries loss between ⟦ and ⟧.
    """

    schema_version: Literal[1] = 1
    task: str
    verdict: Literal["reached", "not_reached"]
    sentence: str
    target: float
    alpha: float
    before: Score
    after: Score
    parts: dict[str, Score]
    abilities: tuple[Ability, ...]
    safety: tuple[Ability, ...] = ()
    candidate: Candidate
    adapter: str
    decision: str
    rows: dict[str, int]
    steps: int
    best_step: int
    losses: tuple[tuple[int, float], ...]
    validation_losses: tuple[tuple[int, float], ...]
    cost: TrainingCost
    shown: str
    advice: str = ""
    plan: tuple[PartResult, ...] = ()

    @property
    def is_promotable(self) -> bool:
        """Return whether the target is reached and no part of the plan blocks or waits."""
        return may_be_used(self.verdict, [part.status for part in self.plan])

    def __str__(self) -> str:
        """Return the report in a few lines, for a terminal."""
        scores = [
            ("confirmation part", _change(self.before.score, self.after.score), self.after.n),
            *(
                (f"{name} rows", hundredths(part.score), part.n)
                for name, part in self.parts.items()
            ),
            *(
                (each.name, _change(each.before, each.after), each.n)
                for each in (*self.abilities, *self.safety)
            ),
        ]
        cost = f"{self.cost.minutes:.1f} minutes, {self.cost.peak_memory_gib:.1f} GiB"
        return "\n".join(
            [
                self.sentence,
                *([self.advice] if self.advice else []),
                *(f"  {name:<18} {score:<12} n = {n}" for name, score, n in scores),
                f"  {self.steps} steps of {self.cost.method} on {self.cost.device}: {cost}",
                f"  adapter            {self.adapter}",
                *([write_table(self.plan), self._ending()] if self.plan else []),
            ]
        )

    def _ending(self) -> str:
        blocked = first_blocked(self.plan)
        if blocked is not None:
            return f"{blocked.name} blocks: this adapter may not be promoted."
        if self.verdict == "not_reached":
            return (
                "All parts are done and the target is not shown to be reached: nothing to promote."
            )
        return f"All ten parts are done: ladder adapter promote {self.adapter}"


def read_report(path: Path) -> TrainingReport:
    """Return the report in a record, `training.json`."""
    return TrainingReport.model_validate_json(path.read_text("utf-8"))


def write_sentence(
    *,
    target: float,
    after: Score,
    abilities: tuple[Ability, ...],
    passed: bool,
    classes: Sequence[str] = (),
) -> str:
    """Return the verdict in words; `classes` says how those with a target of their own do.

    >>> write_sentence(target=0.8, after=Score(n=90, score=0.5, low=0.4, high=0.6), abilities=(), passed=False)
    'Fine-tuning did not reach the target of .80 either: .50 on 90 samples.'
    >>> write_sentence(target=0.8, after=Score(n=90, score=0.85, low=0.76, high=0.92), abilities=(), passed=False)
    'The adapter is not shown to reach the target of .80: .85 on 90 samples. So few of them leave open whether its true score is below it.'
    """
    scored = ", ".join([f"{hundredths(after.score)} on {after.n} samples", *classes])
    if not passed and after.score >= target and not classes:
        verdict = (
            f"The adapter is not shown to reach the target of {hundredths(target)}: {scored}. "
            "So few of them leave open whether its true score is below it."
        )
    elif not passed:
        verdict = f"Fine-tuning did not reach the target of {hundredths(target)} either: {scored}."
    else:
        verdict = f"The adapter reaches the target of {hundredths(target)}: {scored}."
    lost = [
        f"{each.name} {hundredths(each.before)} to {hundredths(each.after)}"
        for each in abilities
        if each.is_worse
    ]
    return f"{verdict} It lost {', '.join(lost)}." if lost else verdict


def _change(before: float, after: float) -> str:
    return f"{hundredths(before)} -> {hundredths(after)}"


def advise_next(run: Path, *, steps: int, validation_losses: Sequence[tuple[int, float]]) -> str:
    """Return what the learning curve advises, or, where none was asked for, the loss curve.

    >>> losses = [(100, 0.9), (200, 0.5), (300, 0.3)]
    >>> advise_next(Path("nowhere"), steps=300, validation_losses=losses)[:50]
    'The validation loss was still falling at step 300:'
    >>> losses = [(100, 0.9), (200, 0.5), (300, 0.7)]
    >>> advise_next(Path("nowhere"), steps=300, validation_losses=losses)[:49]
    'The validation loss was lowest at step 200 of 300'
    """
    found = read_json_object(run / CURVE).get("advice")
    if found:
        return str(found)
    ask = "`ladder train --learning-curve` says whether more rows are likely to help."
    if not validation_losses:
        return ask
    best, _ = min(validation_losses, key=lambda point: point[1])
    last, _ = validation_losses[-1]
    if best == last:
        return (
            f"The validation loss was still falling at step {last}: take more training.steps. {ask}"
        )
    return f"The validation loss was lowest at step {best} of {steps}, so more steps do not help. {ask}"
