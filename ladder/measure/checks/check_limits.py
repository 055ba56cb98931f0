"""`check_limits`: limits by which nothing can be shown to be within, known before the first call (W16)."""

from collections.abc import Iterator

from ladder.data.split import CONFIRMATION_SHARE, unit_of
from ladder.finding import Finding
from ladder.measure.candidate_cost import why_unmeasured
from ladder.measure.task_data import TaskData
from ladder.spec.limits import LimitName
from ladder.spec.task import TaskSpec
from ladder.statistics.cost_ranges import WITHIN, fewest_to_bound

_STEPS: dict[LimitName, str] = {
    "money_per_1000": "Write the model's price into prices.per_million_tokens (0 where nothing is "
    "paid), or leave the limit out.",
    "seconds_p95": "Leave the limit out, or let ladder ask the model itself.",
    "prompt_tokens": "Leave the limit out, or let ladder ask the model itself.",
    "memory_gib": "Leave the limit out, or name the model's files as model.id.",
}


def check_limits(data: TaskData) -> list[Finding]:
    """Return which limits no answer can be held against, for lack of a price, of weights or of rows."""
    return [*_of_models(data.task), *_of_rows(data)]


def _of_models(task: TaskSpec) -> Iterator[Finding]:
    for limit, most in task.limits.asked.items():
        for place, model in {"model": task.model, **task.levers.other_models}.items():
            is_priced = model.id in task.prices.per_million_tokens
            why = why_unmeasured(model, limit, is_priced=is_priced)
            if why:
                yield _finding(
                    f"limits.{limit}: {most:g} cannot be held against {place} ({model.id}): {why}. "
                    "It can be no verdict, and bars fine_tune where it may reach the target.",
                    _STEPS[limit],
                )


def _of_rows(data: TaskData) -> Iterator[Finding]:
    """Yield that the selection part is too small to show what nearly all answers stay within."""
    asked = [name for name in ("seconds_p95", "prompt_tokens") if name in data.task.limits.asked]
    n, fewest = (
        len({unit_of(data.samples[at]) for at in data.split.selection}),
        fewest_to_bound(WITHIN),
    )
    if asked and n < fewest:
        rows = round((fewest - n) / (1 - CONFIRMATION_SHARE))
        yield _finding(
            f"limits.{asked[0]}: {n} samples to select on cannot show that 19 of 20 answers stay "
            f"within; that takes {fewest}, so no candidate can be shown to be within the limits.",
            f"Add about {rows} rows, or leave the limit out.",
        )


def _finding(problem: str, next_step: str) -> Finding:
    return Finding(
        code="W16 limit-unmeasured", severity="warning", problem=problem, next_step=next_step
    )
