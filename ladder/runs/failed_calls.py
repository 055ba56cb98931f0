"""Both bounds of each score in which calls failed; and the checks of the baseline's answers."""

from collections.abc import Iterator, Sequence

from ladder.decision import FailedCalls
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
