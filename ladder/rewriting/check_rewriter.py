"""`check_rewriter`: whether prompts can be rewritten: the package is there, and the calls suffice."""

from importlib.util import find_spec

from ladder.finding import Finding
from ladder.installation import install_line
from ladder.rewriting.rewriter import least_calls, too_few_calls
from ladder.spec.task import TaskSpec

_COST = "A run counts the rewriter as failed, and the verdict fine_tune is impossible."


def check_rewriter(task: TaskSpec) -> list[Finding]:
    """Return that `gepa` is not installed (W07), or that the calls are too few for one round (W10)."""
    rewrite = task.levers.prompt.rewrite
    if rewrite is None or task.levers.prompt.not_applicable is not None:
        return []
    found = []
    if find_spec("gepa") is None:
        found.append(
            Finding(
                code="W07 rewriter-missing",
                severity="warning",
                problem="levers.prompt.rewrite needs the package gepa, which is not installed. "
                f"{_COST}",
                next_step=f"{install_line('rewrite')}, or leave levers.prompt.rewrite out.",
            )
        )
    least = least_calls(task.calls_an_answer(task.baseline().decoding))
    if rewrite.calls < least:
        found.append(
            Finding(
                code="W10 rewriter-calls",
                severity="warning",
                problem=f"{too_few_calls(rewrite.calls, least)} {_COST}",
                next_step=f"Give levers.prompt.rewrite.calls {least} or more; 60 leave room for "
                "several rounds.",
            )
        )
    return found
