"""`check_failures`: stop a run in which so many calls failed that scores mean nothing."""

from collections.abc import Sequence

from ladder.errors import DataError, InfrastructureError, OutageError
from ladder.measure.measurement import Scored
from ladder.spec.task import ErrorPolicy

MOST_FAILED = 0.05
"""Share of failed calls from which an outage is more likely than a bad candidate."""


def check_failures(
    model: str, rows: Sequence[Scored], *, is_local: bool, policy: ErrorPolicy
) -> None:
    """Raise if so many calls failed that the run should not go on.

    Local weights refuse a single prompt (too long), and that is the candidate's own fault, as
    long as it is not every prompt. An endpoint that refuses many is more likely out of order.

    Args:
        model: Who was called.
        rows: What came back, for all samples of one candidate so far.
        is_local: Whether the weights are in this process.
        policy: The spec's `errors`.

    Raises:
        DataError: Local weights took no prompt at all.
        InfrastructureError: Under `stop`: the run can go on once the cause is seen to.
        OutageError: Under `inconclusive`: there is no verdict.
    """
    errors = [row.answer.error for row in rows if row.answer.error is not None]
    if is_local and errors and len(errors) == len(rows):
        raise DataError(
            f"{model} could not take one of {len(rows)} prompts: {errors[0]}",
            next_step="Shorten the prompt, or use fewer or shorter passages and examples.",
        )
    if is_local or policy == "score_zero" or len(errors) <= max(MOST_FAILED * len(rows), 1):
        return
    kind = InfrastructureError if policy == "stop" else OutageError
    raise kind(
        f"{len(errors)} of {len(rows)} calls to {model} failed: {errors[0]}",
        next_step="See to the cause, then run the same command again: good answers are kept.",
    )
