"""`check_rewriter`: whether the package that rewrites prompts is there (W07)."""

from importlib.util import find_spec

from ladder.finding import Finding
from ladder.spec.task import TaskSpec


def check_rewriter(task: TaskSpec) -> list[Finding]:
    """Return that a spec asks for rewritten prompts and `gepa` is not installed."""
    if task.levers.prompt.rewrite is None or find_spec("gepa") is not None:
        return []
    return [
        Finding(
            code="W07 rewriter-missing",
            severity="warning",
            problem="levers.prompt.rewrite needs the package gepa, which is not installed. A run "
            "counts the rewriter as failed, and the verdict fine_tune is impossible.",
            next_step="pip install 'finetune-ladder[rewrite]', or leave levers.prompt.rewrite out.",
        )
    ]
