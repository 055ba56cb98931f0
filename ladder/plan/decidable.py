"""What so many samples can decide: a gap to the target, or a margin to a reference."""

from collections.abc import Sequence

from ladder.data.split import CONFIRMATION_SHARE, unit_of
from ladder.decision.goal import RelativeGoal, goal_of
from ladder.errors import SpecError
from ladder.measure.answer_forecast import ProbedAnswers
from ladder.measure.task_data import TaskData
from ladder.plan.run_plan import PairedSizes
from ladder.spec.relative_target import RelativeTarget
from ladder.spec.task import TaskSpec
from ladder.statistics import examples_needed, smallest_gap
from ladder.statistics.paired_sizes import paired_examples

DISAGREE = (0.05, 0.1, 0.2)
"""Shares of samples that only one of two systems gets right, for which a plan gives sizes."""


def decidable_gaps(
    task: TaskSpec, n: int, levels: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Return how far above and below a score so many samples decide; nothing of a reference."""
    if task.share is None:
        return None, None
    return (
        smallest_gap(n, task.reach, alpha=levels[0]),
        smallest_gap(n, task.edge, direction="below", alpha=levels[1]),
    )


def paired_sizes(
    data: TaskData, relative: RelativeTarget, n: int, probed: Sequence[ProbedAnswers], alpha: float
) -> PairedSizes:
    """Return how many examples it takes to compare with a reference, by how often both disagree."""
    task = data.task
    answers = {each.candidate.digest: each.scores for each in probed}
    pair = (task.baseline(), relative.reference.candidate(task.baseline()))
    own, other = (answers.get(each.digest, ()) for each in pair)
    seen = [abs(a - b) for a, b in zip(own, other, strict=False)]
    measured = (sum(seen) + 0.5) / (len(seen) + 1) if seen else None
    goal = goal_of(task)
    return PairedSizes(
        reference=goal.name if isinstance(goal, RelativeGoal) else relative.reference.name,
        margin=relative.margin,
        n=n,
        disagree=measured,
        n_compared=len(seen),
        examples={
            share: paired_examples(
                relative.margin, share, alpha=alpha, is_exact=_is_tested_exactly(data)
            )
            for share in dict.fromkeys([*([round(measured, 3)] if measured else []), *DISAGREE])
        },
    )


def examples_to_decide(data: TaskData, gap: float) -> int:
    """Return how many examples decide a gap, or, with a reference, a margin of that size."""
    if data.task.share is not None:
        return _examples(data.task.edge, gap)
    needed = paired_examples(gap, DISAGREE[1], is_exact=_is_tested_exactly(data))
    if needed is None:
        raise _undecidable(f"{gap:g} is no gap that a margin could be", gap)
    return needed


def _is_tested_exactly(data: TaskData) -> bool:
    """Return whether a comparison ends in the exact test: answers pass or fail, and samples are independent."""
    units = {unit_of(sample) for sample in data.samples}
    return data.metric.kind == "binary" and len(units) == len(data.samples)


def fresh_samples_worth(data: TaskData) -> int:
    """Return how many fresh samples would have a confirmation part like what verdicts left of it."""
    units = {unit_of(data.samples[at]) for at in data.split.confirmation}
    return round(len(units) / CONFIRMATION_SHARE)


def _examples(target: float, gap: float) -> int:
    """Return how many examples decide a gap: the dearer of the two sides that exist."""
    scores = [score for score in (target + gap, target - gap) if 0 < score < 1]
    if gap <= 0 or not scores:
        raise _undecidable(
            f"{gap:g} leads out of 0 to 1 on both sides of the target {target:g}", gap
        )
    needed = [examples_needed(target, score) for score in scores]
    possible = [count for count in needed if count is not None]
    if len(possible) < len(needed):
        raise _undecidable(
            f"no number of examples decides a gap of {gap:g} to the target {target:g}", gap
        )
    return max(possible)


def _undecidable(why: str, gap: float) -> SpecError:
    return SpecError(
        f"--gap: {why}.",
        next_step=f"Write {gap / 100:g}."
        if 1 <= gap < 100
        else "Give the distance from the target that matters to you, such as 0.05.",
    )
