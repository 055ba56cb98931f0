"""`Checklist`: the ten parts of a sound training, each a check with a result in the run's record."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar, get_args

from ladder.disk import write_json
from ladder.errors import BlockedError, LadderError, LeakageError
from ladder.finding import Finding
from ladder.frozen import Frozen
from ladder.spec.training import Review, Waiver, waiver_for

PartName = Literal[
    "target_behaviour",
    "licence_review",
    "clean_data",
    "splits",
    "baseline_evals",
    "adapter_versioning",
    "overfitting_check",
    "regression_check",
    "safety_review",
    "rollback_plan",
]
PARTS: tuple[PartName, ...] = get_args(PartName)
"""All ten, in the order in which they are run; the training stands after the fifth."""

Status = Literal["passed", "waived", "blocked", "waiting"]
T = TypeVar("T")

_NEVER_WAIVED = ("A", "P", "D11")
"""Findings that no name makes true: eval rows in the training data, rows that teach nothing."""


class PartResult(Frozen):
    """What one part of the plan found.

    Attributes:
        status: `waiting`: not looked at yet. `waived`: its errors are answered for, by name.
        evidence: What was looked at, and what was seen.
        next_step: What to do now, where it blocks.
        table: Rows that explain the evidence, the first one with the columns' names.
        waivers: Those that were used.
    """

    name: PartName
    status: Status = "waiting"
    evidence: str = ""
    next_step: str = ""
    findings: tuple[Finding, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckOutcome(Generic[T]):
    """What a check gives back: a value for the next part, and what it saw."""

    value: T
    evidence: str
    findings: Sequence[Finding] = ()
    table: Sequence[tuple[str, ...]] = ()


class Checklist:
    """Runs the parts in their order, writes down each result, and stops at the first that blocks.

    Args:
        path: The record: `training.json` in the run's folder.
        review: For the waivers.
        facts: What the record says besides.
    """

    def __init__(self, path: Path, review: Review, facts: dict[str, Any]) -> None:
        self.path = path
        self.review = review
        self.facts = facts
        self._results = {name: PartResult(name=name) for name in PARTS}

    @property
    def results(self) -> tuple[PartResult, ...]:
        """Return the results so far, all ten."""
        return tuple(self._results.values())

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Return what was found and does not block, for a person to hear before the training."""
        found = (finding for result in self.results for finding in result.findings)
        return tuple(finding for finding in found if finding.severity == "warning")

    def check(
        self, name: PartName, look: Callable[[], CheckOutcome[T]], *, is_whole: bool = True
    ) -> T:
        """Return what a part's check gives for the next one.

        A first look that finds nothing, and is not the whole part (`is_whole`), leaves it waiting.

        Raises:
            BlockedError: It found an error that is not waived.
            LeakageError: Eval rows stand in the training data.
            LadderError: It could not be looked at; the record says so too.
        """
        try:
            checked = look()
        except LadderError as error:
            step = error.next_step
            self._keep(PartResult(name=name, status="blocked", evidence=str(error), next_step=step))
            raise
        result = judge(name, checked, self.review.waivers)
        if not is_whole and result.status != "blocked":
            result = result.replace(status="waiting")
        self._keep(result)
        if result.status == "blocked":
            raise _blocked(result)
        return checked.value

    def save(self) -> None:
        """Write the record as it is now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        plan = [result.model_dump(mode="json") for result in self.results]
        write_json(self.path, {**self.facts, "plan": plan})

    def _keep(self, result: PartResult) -> None:
        self._results[result.name] = result
        self.save()


def judge(
    name: PartName,
    checked: CheckOutcome[Any],
    waivers: Sequence[Waiver],
    *,
    today: date | None = None,
) -> PartResult:
    """Return a part's result: blocked by any error that nobody answers for.

    >>> error = Finding(code="G02 personal-data", severity="error", problem="3 rows.")
    >>> judge("clean_data", CheckOutcome(None, "40 rows", [error]), ()).status
    'blocked'
    """
    errors = [finding for finding in checked.findings if finding.severity == "error"]
    used = [_waiver_of(error, waivers, today or date.today()) for error in errors]
    open_errors = [error for error, waiver in zip(errors, used, strict=True) if waiver is None]
    status: Status = "waived" if errors else "passed"
    return PartResult(
        name=name,
        status="blocked" if open_errors else status,
        evidence=checked.evidence,
        next_step=open_errors[0].next_step if open_errors else "",
        findings=tuple(checked.findings),
        table=tuple(tuple(row) for row in checked.table),
        waivers=tuple(waiver for waiver in used if waiver is not None),
    )


def write_table(results: Sequence[PartResult]) -> str:
    """Return the ten parts as text: a line each, what blocks them, and what to do.

    >>> print(write_table([PartResult(name="splits", status="passed", evidence="400, 50, 50")]))
      splits              passed   400, 50, 50
    """
    lines = []
    for result in results:
        lines.append(f"  {result.name:<19} {result.status:<8} {result.evidence}".rstrip())
        lines += [f"      {line}" for line in _details(result)]
    return "\n".join(lines)


def read_checklist(path: Path) -> tuple[PartResult, ...]:
    """Return the parts in a record, `training.json`; nothing where there is none."""
    try:
        document = json.loads(path.read_text("utf-8"))
        return tuple(PartResult.model_validate(part) for part in document["plan"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def first_blocked(results: Sequence[PartResult]) -> PartResult | None:
    """Return the part at which the plan stands still, if there is one."""
    return next((result for result in results if result.status == "blocked"), None)


def _details(result: PartResult) -> list[str]:
    found = [
        f"{finding.code}: {finding.problem}"
        for finding in result.findings
        if finding.severity != "info"
    ]
    waived = [f"waived {each.code} by {each.by}: {each.reason}" for each in result.waivers]
    step = [f"Next: {result.next_step}"] if result.next_step else []
    table = ["  ".join(row) for row in result.table[:12]]
    more = [f"and {len(result.table) - 12} more"] if len(result.table) > 12 else []
    return [*found, *waived, *table, *more, *step]


def _waiver_of(error: Finding, waivers: Sequence[Waiver], today: date) -> Waiver | None:
    code = error.code.partition(" ")[0]
    return None if code.startswith(_NEVER_WAIVED) else waiver_for(code, waivers, today)


def _blocked(result: PartResult) -> LadderError:
    errors = [finding for finding in result.findings if finding.severity == "error"]
    waived = {waiver.code for waiver in result.waivers}
    first = next(e for e in errors if e.code.partition(" ")[0] not in waived)
    seen = f" ({first.evidence})" if first.evidence else ""
    kind = LeakageError if first.code.startswith("D11") else BlockedError
    return kind(
        f"{result.name} blocks the training. {first.code}: {first.problem.rstrip('.')}{seen}.",
        next_step=first.next_step,
    )
