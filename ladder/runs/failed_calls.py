"""Both bounds of each score in which calls failed; and the checks of the baseline's answers."""

from collections.abc import Iterator

from ladder.decision import FailedCalls
from ladder.errors import CandidateRefusedError, OutageError
from ladder.finding import Finding
from ladder.measure import check_answers
from ladder.search.task_problem import LadderProblem


def failed_calls(problem: LadderProblem) -> Iterator[FailedCalls]:
    """Yield each candidate that was asked for and had failures on the selection part.

    Those on the confirmation part stay closed like its scores.
    """
    for configuration in problem.asked:
        candidate = problem.candidate(configuration)
        asked = problem.bench.rows_at(candidate, problem.selection).values()
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


def checked_answers(problem: LadderProblem) -> list[Finding]:
    """Return what is to be known about the baseline's answers, or why there are none.

    Raises:
        CandidateRefusedError: No prompt of the baseline was taken, and no lever writes others.
    """
    bench = problem.bench
    try:
        return check_answers(bench, bench.task.baseline(), problem.selection)
    except OutageError as error:
        return [
            Finding(
                code="Q02 calls-failed",
                severity="warning",
                problem=f"{error}.",
                next_step=error.next_step,
            )
        ]
    except CandidateRefusedError as error:
        if not problem.bears_refusal(error):
            raise
        return [
            Finding(
                code="Q15 baseline-not-testable",
                severity="error",
                problem=f"The baseline is not testable and has no score: {error}",
                next_step="Levers that write other prompts are tried all the same. No run whose "
                "baseline has no score says fine_tune: write what mends it into the spec, and run "
                "again.",
            )
        ]
