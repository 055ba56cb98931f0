"""`recompute`: the verdict once more, from a run's journal alone and without a model."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ladder.decision import Decision, decision_from
from ladder.decision.goal import goal_of
from ladder.errors import EvidenceError, EvidenceRefusedError, InfrastructureError
from ladder.gate.statement import JournalHead
from ladder.labelling.labelled_run import check_counted_labels
from ladder.measure.journal import Journal
from ladder.measure.task_data import TaskData, load_task_data
from ladder.runs.folder import RunFolder
from ladder.search.climb import climb_task
from ladder.search.confirm.looks_of_task import check_closed, run_digest
from ladder.search.replayed_search import Replayed
from ladder.search.transcript import TABLE
from ladder.spec.task import TaskSpec

_DIGITS = 9
"""Decimals in which two ledgers must agree: other versions of numpy round the last bits apart."""

_PARTS = (
    "ending",
    "best",
    "baseline",
    "attempts",
    "looks",
    "confirmation",
    "classes",
    "reference",
    "costs",
)
"""What of a ledger must be the same. Advice on how many examples to add is no evidence."""

_EARLIER_REASONS = {
    "as likely to pass, for less": "cheaper, and as likely to pass",
    "the score stands still, a finer reading moved": (
        "the score did not change, but a finer measure of the answers improved"
    ),
    "even its ceiling, which nobody could deploy, stays below the target and no better": (
        "even this lever's upper bound, which cannot be deployed, stays below the target and does "
        "not beat the best so far"
    ),
}
"""Reasons of an attempt that earlier versions of ladder wrote, and what is written in their place."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The decision that the journal gives, the rows that it was read from, and the eval data."""

    decision: Decision
    head: JournalHead
    data: TaskData


def recompute(folder: Path, task: TaskSpec, *, allow_code: bool = False) -> Recomputed:
    """Return the decision to which a run's stored answers lead.

    Args:
        folder: The run's folder; its `journal.sqlite` is read, nothing else in it.
        task: The run's resolved spec, for the eval data and the metric.
        allow_code: Whether the metric may be the user's own code.

    Raises:
        EvidenceRefusedError: The journal is missing, or does not lead to any verdict.
    """
    path = RunFolder(folder).journal
    if not path.is_file():
        raise EvidenceRefusedError(
            "MISSING",
            f"{path} is not there, so the verdict cannot be rebuilt.",
            next_step="Keep the whole run folder: the journal is the evidence.",
        )
    data = load_task_data(task, allow_code=allow_code)
    run = run_digest(data)
    with (
        Journal(path, table=TABLE, is_read_only=True) as transcript,
        Journal(path, is_read_only=True) as answers,
    ):
        try:
            problem = Replayed(transcript, answers, run, data)
            check_closed(problem.data, folder.parent)
            ledger = climb_task(
                problem, problem.data, looks=problem.looks(), explore=problem.is_explored
            )
        except (EvidenceError, InfrastructureError) as error:
            raise EvidenceRefusedError(
                "INCONSISTENT", str(error), next_step=error.next_step
            ) from None
        except (ArithmeticError, LookupError, TypeError, ValueError, sqlite3.Error) as error:
            raise EvidenceRefusedError(
                "INCONSISTENT",
                f"{path} leads to no verdict: {type(error).__name__}: {error}.",
                next_step="Make the run again in a new folder.",
            ) from None
    decision = decision_from(ledger, levers=problem.levers, target=goal_of(task))
    n_rows = problem.n_used if ledger.shows_scores else None
    head = JournalHead(rows=n_rows, sha256=problem.head)
    return Recomputed(decision, head, problem.data)


def check_recomputed(found: Recomputed, claimed: Decision, folder: Path) -> None:
    """Raise EvidenceRefusedError unless the journal gives what the decision claims, number by number."""
    again = found.decision
    whole, claimed = claimed, claimed.replace(judge=None)  # people's labels are no part of a ledger
    wrong = [
        name for name in ("verdict", "configuration", "levers") if _differ(again, claimed, name)
    ]
    wrong += [name for name in _PARTS if _differ(again.ledger, claimed.ledger, name)]
    if wrong:
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"the journal of {folder} gives {again.verdict!r}; the decision there says "
            f"{claimed.verdict!r} and differs in: {', '.join(dict.fromkeys(wrong))}.",
            next_step="Make the run again: ladder run SPEC",
        )
    try:
        check_counted_labels(folder, whole, found.data)
    except EvidenceError as error:
        raise EvidenceRefusedError("INCONSISTENT", str(error), next_step=error.next_step) from None


def _differ(one: Any, other: Any, name: str) -> bool:  # noqa: ANN401 - two values of one type
    return bool(_plain(getattr(one, name)) != _plain(getattr(other, name)))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field of a decision
    """Return a value as JSON with its numbers rounded, and reasons in today's words."""
    if hasattr(value, "model_dump"):
        value = value.model_dump(mode="json")
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, str):
        return _EARLIER_REASONS.get(value, value)
    return round(value, _DIGITS) if isinstance(value, float) else value
