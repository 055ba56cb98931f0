"""What is known of a target's reference: its digests, and what in its answers allows no comparison."""

from collections.abc import Iterator
from contextlib import suppress

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.models.digest import weights_digest
from ladder.search.answer_worth import unknown_of
from ladder.search.ledger import Ledger
from ladder.search.task_problem import LadderProblem
from ladder.spec.task import TaskSpec
from ladder.text import capital

WORTH_SAYING = 0.05
"""Share of unknown answers from which they are told: each of them is taken against the claim."""


def identity_of_reference(problem: LadderProblem) -> str:
    """Return the digest of all that can change the reference's scores; nothing without one."""
    reference = problem.task.reference
    if reference is None:
        return ""
    with suppress(LadderError):  # one that cannot be loaded is told of in the ledger
        return problem.bench.identity(reference)
    return ""


def weights_of_reference(task: TaskSpec) -> str:
    """Return the digest of the weights that candidates were held against; nothing without any."""
    with suppress(LadderError, OSError):
        return "" if task.reference is None else weights_digest(task.reference)
    return ""


def reference_findings(problem: LadderProblem, ledger: Ledger) -> Iterator[Finding]:
    """Yield Q18 where the reference's answers allow no comparison, or where some are unknown."""
    reference = problem.task.reference
    if reference is None:
        return
    if ledger.why_no_reference:
        yield Finding(
            code="Q18 reference-unknown",
            severity="error",
            problem=f"{capital(ledger.why_no_reference)}.",
            next_step="Mend it under target.reference (its generation, chat or prompt), or record its "
            "answers anew, and run again: no candidate was asked yet.",
        )
        return
    bench = problem.bench
    rows = list(bench.rows_at(reference, problem.selection).values())
    unknown = unknown_of(rows, problem.task, bench.metric, is_reference=True)
    n = int(unknown.sum())
    if n > WORTH_SAYING * len(rows):
        first = rows[int(unknown.argmax())]
        yield Finding(
            code="Q18 reference-unknown",
            severity="warning",
            problem=f"{n} of {len(rows)} answers of the reference are lost, empty, cut or not read, and "
            "count for it where a candidate is to be no worse, and against it where all are to be "
            "worse.",
            evidence=f"{first.sample_id}: {first.text[:80]!r}",
            next_step="Ask it again, with more generation.max_new_tokens under target.reference where "
            "answers are cut: known answers decide with fewer samples.",
        )
