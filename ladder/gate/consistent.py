"""A record that contradicts itself, its task or the ledger of looks counts for nothing, whoever signed it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.errors import EvidenceRefusedError
from ladder.gate.statement import EvidenceRecord, VerdictPredicate

if TYPE_CHECKING:
    from ladder.spec.task import TaskSpec

AGAIN = "Make the run again, and its record from it: ladder run SPEC; ladder record write RUN"


def check_consistent(record: EvidenceRecord, where: str) -> None:
    """Raise EvidenceRefusedError where a record's own numbers cannot belong to one run."""
    problem = next(_of_numbers(record.predicate), None)
    if problem is None and record.predicate.verdict == "fine_tune":
        problem = next(_of_fine_tune(record.predicate), None)
    if problem is not None:
        raise EvidenceRefusedError(
            "INCONSISTENT", f"{where} contradicts itself: {problem}.", next_step=AGAIN
        )


def check_question(record: EvidenceRecord, task: "TaskSpec", where: str) -> None:
    """Raise EvidenceRefusedError where a record does not tell the question that its own task asks."""
    said = record.predicate
    asked = {
        "task": (said.task, task.name),
        "target": (said.target, task.target),
        "margin": (said.margin, task.margin),
        "metric": (said.metric, task.metric.name),
        "reading": (said.reading, task.metric.reading),
    }
    wrong = [f"{name} {a!r} for {b!r}" for name, (a, b) in asked.items() if a != b]
    if wrong:
        raise EvidenceRefusedError(
            "INCONSISTENT", f"{where} tells another question: {', '.join(wrong)}.", next_step=AGAIN
        )


def check_ledger(record: EvidenceRecord, task: "TaskSpec", where: str) -> None:
    """Raise EvidenceRefusedError where the ledger of looks beside the eval data does not know the verdict.

    A verdict closes its confirmation part for good. An older copy, put back to ask once more, does
    not hold the closing; an edited one does not match its seal.
    """
    from ladder.search.confirm.looks_entry import read_kept
    from ladder.search.confirm.looks_file import looks_path_of

    said, data = record.predicate, task.data
    if said.verdict != "fine_tune" or said.confirmation is None or not Path(data.path).is_file():
        return
    path = looks_path_of(data, Path())
    closings = [each.record.closing for each in read_kept(path) if each.record.closing]
    shown = said.confirmation.model_dump()
    if not any(
        each.question == "below" and each.confirmation.model_dump() == shown for each in closings
    ):
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"{path} does not know of the verdict in {where}: it is older, or another one.",
            next_step="Restore it from version control: every look stays written down.",
        )


def _of_numbers(said: VerdictPredicate) -> Iterator[str]:
    names = [each.lever for each in said.levers]
    if len(set(names)) != len(names):
        yield "a lever stands in it twice"
    if said.n_confirmation >= said.n:
        yield f"{said.n_confirmation} of {said.n} samples were kept aside"
    seen = said.confirmation
    if seen is not None and not seen.at_least <= seen.score <= seen.at_most:
        yield f"the score {seen.score:g} is not between {seen.at_least:g} and {seen.at_most:g}"
    if seen is not None and not 0 < seen.n <= said.n_confirmation:
        yield f"{seen.n} samples were confirmed of {said.n_confirmation} kept aside"
    looks = said.looks
    if looks.reached_left > looks.reached_budget or looks.justified_left > looks.justified_budget:
        yield "more is left of an error budget than it had"


def _of_fine_tune(said: VerdictPredicate) -> Iterator[str]:
    seen, looks = said.confirmation, said.looks
    if seen is not None and seen.score >= said.target:
        yield f"fine_tune, and the score {seen.score:g} reaches the target {said.target:g}"
    if seen is not None and (seen.score, seen.n) != (said.best.score, said.best.n):
        yield "the confirmed score is not that of the best candidate"
    if not looks.asked_below or looks.justified_left >= looks.justified_budget:
        yield "fine_tune, and nothing was asked that could justify it"
