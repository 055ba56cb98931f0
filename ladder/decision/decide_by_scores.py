"""`decide`: a verdict from scores alone, without a task, a model or a metric."""

from collections.abc import Mapping, Sequence
from typing import Any

from ladder.decision.decision import Decision, decision_from
from ladder.decision.goal import Goal, RelativeGoal
from ladder.errors import SpecError
from ladder.scoring.metric import Kind
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.score_problem import (
    ReferenceScores,
    ScoredLadder,
    ScoreMany,
    climb_scores,
    named_classes,
)


def decide(  # noqa: PLR0913 - all but two by name; this is the whole question
    levers: Sequence[Sequence[int]],
    score_many: ScoreMany,
    *,
    n: int,
    target: float | None = None,
    kind: Kind = "binary",
    margin: float = 0.0,
    clusters: Sequence[object] | None = None,
    classes: Sequence[object] | None = None,
    at_least: Mapping[Any, float] | None = None,
    alpha_reached: float = 0.05,
    alpha_justified: float = 0.05,
    seed: int = 0,
    looks: Looks | None = None,
    reference: ReferenceScores | None = None,
    is_advised: bool = True,
) -> Decision:
    """Return a verdict from scores alone; deterministic for a seed.

    Args:
        levers: For each lever, the numbers of its variants (positive); an empty list is a lever
            that was not tried, and nothing can then justify fine-tuning.
        score_many: Scores in [0, 1] of a configuration (a variant a lever, 0 for none) on the
            samples at some indices. Each pair is asked for at most once.
        n: Samples.
        target: The score to reach, unless there is a reference.
        kind: `binary` if scores are only 0 and 1, else `graded` or `bounded`.
        margin: How far below a target, or the reference, still counts as reached.
        clusters: A label a sample; samples with the same one are not independent.
        classes: What class each sample is of, for `at_least`.
        at_least: The score to reach on the samples of a class, beside that over all.
        alpha_reached: Most probability of a false `already_good` or `use_lever`.
        alpha_justified: Most probability of a false `fine_tune`.
        seed: Draws the split.
        looks: What was asked of this confirmation part before; pass the same object again and
            again to keep both promises over all those runs. A variant's number must then mean the
            same for ever: what was asked about it is not asked again.
        reference: Scores of what candidates are held against in place of a target, on the samples at
            some indices; a candidate reaches it if it is not worse by more than the margin.
        is_advised: Whether an open end says how likely more examples would decide. That takes
            longer than all the rest; simulations leave it out.

    Raises:
        LadderError: The question makes no sense, or the scores are none.

    >>> right = lambda configuration, indices: [float(2 in configuration)] * len(indices)
    >>> decide([[1], [1, 2]], right, n=200, target=0.8).sentence
    'Do not fine-tune. Lever 2 reaches the target.'
    """
    if (target is None) == (reference is None):
        raise SpecError(
            "Neither a target nor a reference is given, or both.",
            next_step="Write target=0.8, or reference=scores_of_what_runs_today and margin=0.03.",
        )
    problem = ScoredLadder(levers, score_many, size=n, reference=reference)
    if target is None and (isinstance(margin, bool) or not 0 <= margin < 1):
        raise SpecError(
            f"margin: {margin!r} is not between 0 and 1.", next_step="Write margin=0.03."
        )
    goal: Goal = RelativeGoal(name="the reference", margin=margin) if target is None else target
    claim = TargetClaim(
        goal.edge if isinstance(goal, RelativeGoal) else goal,
        margin if target is not None else 0.0,
        alpha_reached,
        alpha_justified,
        is_relative=target is None,
    )
    ledger = climb_scores(
        problem,
        claim,
        kind=kind,
        clusters=clusters,
        classes=named_classes(classes, at_least or {}, n=n),
        seed=seed,
        looks=looks,
        is_advised=is_advised,
    )
    decision = decision_from(ledger, levers=problem.levers, target=goal)
    return decision.replace(margin=margin) if target is not None else decision
