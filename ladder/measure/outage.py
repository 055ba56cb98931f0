"""`check_failures` and `check_unscored`: stop a run in which scores would mean nothing."""

from collections.abc import Sequence

from ladder.errors import CandidateRefusedError, EndpointError, MetricError, OutageError
from ladder.measure.measurement import Scored
from ladder.scoring.called_function import PREFIX as FUNCTION
from ladder.spec.task import ErrorPolicy

ENOUGH_REFUSED = 4
"""Prompts, all of them refused by a server, from which the candidate counts as refused."""

MOST_FAILED = 0.05
"""Share of failed calls from which an outage is more likely than a bad candidate."""


def check_failures(
    model: str, rows: Sequence[Scored], *, is_local: bool, policy: ErrorPolicy
) -> None:
    """Raise if so many calls failed that the run should not go on.

    A prompt that is refused (too long) is the candidate's own fault, and so are all of them. An
    endpoint that fails many calls is more likely out of order.

    Raises:
        CandidateRefusedError: Weights or server took no prompt at all.
        EndpointError: Under `stop`: the run can go on once the cause is seen to.
        OutageError: Under `inconclusive`: there is no verdict.
    """
    failed = [row.answer for row in rows if row.answer.error is not None]
    refused = [each.error for each in failed if is_local or each.finish_reason == "refused"]
    errors = [each.error for each in failed if each.finish_reason != "refused"]
    enough = 1 if is_local else ENOUGH_REFUSED
    if len(refused) == len(rows) >= enough:
        raise CandidateRefusedError(
            f"{model} could not take one of {len(rows)} prompts: {refused[0]}",
            next_step="Do what it says; a prompt that is too long needs fewer or shorter passages "
            "and examples.",
        )
    if not is_local and are_too_many(errors, len(rows)):
        check_policy(model, errors, len(rows), policy)


def are_too_many(errors: Sequence[object], n: int) -> bool:
    """Return whether more of `n` calls failed than the 5 % that a bad minute explains; one may.

    >>> are_too_many(["busy"], 4), are_too_many(["busy"] * 3, 40)
    (False, True)
    """
    return len(errors) > max(MOST_FAILED * n, 1)


def check_policy(who: str, errors: Sequence[str | None], n: int, policy: ErrorPolicy) -> None:
    """Raise for too many failed calls, unless the spec says that they score 0."""
    if policy == "score_zero":
        return
    kind = EndpointError if policy == "stop" else OutageError
    raise kind(
        f"{len(errors)} of {n} calls to {who} failed: {errors[0]}",
        next_step="See to the cause, then run the same command again: good answers are kept.",
    )


def check_unscored(metric: str, rows: Sequence[Scored]) -> None:
    """Raise MetricError if a metric could score none of the answers of a candidate so far."""
    answered = [row for row in rows if row.answer.error is None]
    if not answered or not all(row.unscored for row in answered):
        return
    first = answered[0]
    raise MetricError(
        f"{metric} could score none of {len(answered)} answers. Sample {first.sample_id}: "
        f"{first.unscored}.",
        next_step="Correct the function: it takes the answer and the list of targets, or the answer and "
        "the row, def metric(answer, row), and returns a number from 0 to 1. Answers are kept."
        if metric.startswith(FUNCTION)
        else "Try the metric on one answer with `ladder read TEXT --metric SPEC`.",
    )
