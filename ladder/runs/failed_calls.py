"""Calls that failed: both bounds of each score, and what a verdict says about them."""

from collections.abc import Iterator, Sequence

from ladder.decision import Decision, FailedCalls
from ladder.decision.labels import label_of
from ladder.decision.verdict import points
from ladder.errors import OutageError
from ladder.finding import Finding
from ladder.measure import Workbench, check_answers
from ladder.search.task_problem import LadderProblem
from ladder.spec.candidate import Candidate


def failed_calls(problem: LadderProblem) -> Iterator[FailedCalls]:
    """Yield each candidate that was asked for and had failures on the selection part.

    Those on the confirmation part stay closed like its scores.
    """
    selection = problem.split.selection.tolist()
    for configuration in problem.asked:
        rows = problem.bench.rows(problem.candidate(configuration))
        asked = [rows[at] for at in selection if at in rows]
        failed = sum(row.answer.error is not None for row in asked)
        if failed and configuration.can_be_deployed:
            right = sum(row.score for row in asked)
            yield FailedCalls(
                configuration=configuration,
                n=len(asked),
                failed=failed,
                if_wrong=right / len(asked),
                if_right=(right + failed) / len(asked),
            )


def sentence_with_bounds(decision: Decision) -> str:
    """Return the sentence of an inconclusive decision with both bounds of the score it is about."""
    by_candidate = {each.configuration: each for each in decision.failures}
    found = by_candidate.get(decision.configuration) or next(iter(decision.failures), None)
    if decision.verdict != "inconclusive" or found is None:
        return decision.sentence
    label = label_of(decision, found.configuration)
    return (
        f"{decision.sentence} On {found.n} samples, {label} scores {points(found.if_wrong)} if the "
        f"{found.failed} failed calls were all wrong, and {points(found.if_right)} if all were right."
    )


def checked_answers(
    bench: Workbench, baseline: Candidate, positions: Sequence[int]
) -> list[Finding]:
    """Return what is to be known about the baseline's answers, or that there are too few."""
    try:
        return check_answers(bench, baseline, positions)
    except OutageError as error:
        return [
            Finding(
                code="Q02 calls-failed",
                severity="warning",
                problem=f"{error}.",
                next_step=error.next_step,
            )
        ]
