"""Checks that refuse a record whose numbers contradict each other, its task or the ledger of looks."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ladder.errors import EvidenceRefusedError
from ladder.formats.lines import harmless
from ladder.frozen import Frozen, digest_of
from ladder.gate.statement import ConfirmedDifference, EvidenceRecord, VerdictPredicate

if TYPE_CHECKING:
    from ladder.spec.task import TaskSpec

_MOST = 80
"""Characters of a value that is told."""

ROUNDING = 1e-9
"""How far apart two numbers may be that were worked out in other orders."""

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
    asked = _asked(record.predicate, task)
    wrong = [f"{name} {a!r} for {b!r}" for name, (a, b) in asked.items() if a != b]
    if wrong:
        raise EvidenceRefusedError(
            "INCONSISTENT", f"{where} tells another question: {', '.join(wrong)}.", next_step=AGAIN
        )


def what_differs(record: EvidenceRecord, task: "TaskSpec") -> str:
    """Return in what a spec that is shown asks another question than a record; "" where in none of these.

    Data, prompts, levers and settings are in both digests, and are not looked at one by one.
    """
    asked = {"model": (record.predicate.model, task.model.id), **_asked(record.predicate, task)}
    wrong = [
        f"{name} {harmless(str(a), _MOST)} there, {harmless(str(b), _MOST)} here"
        for name, (a, b) in asked.items()
        if a != b
    ]
    return "; ".join(wrong)


def _asked(predicate: VerdictPredicate, task: "TaskSpec") -> dict[str, tuple[object, object]]:
    """Return what makes a question, as a record and as a task has it."""
    return {
        "task": (predicate.task, task.name),
        "target": (predicate.target, task.share),
        "margin": (predicate.margin, task.margin),
        "margin to the reference": (_margin_of(predicate), task.relative and task.relative.margin),
        "question": (_question_of(predicate, task), task.question),
        "at_least": (predicate.at_least, task.metric.at_least),
        "metric": (predicate.metric, task.metric.name),
        "reading": (predicate.reading, task.metric.reading),
        "limits": (predicate.limits, task.limits.asked),
    }


def _margin_of(predicate: VerdictPredicate) -> float | None:
    return None if predicate.relative is None else predicate.relative.margin


def _question_of(predicate: VerdictPredicate, task: "TaskSpec") -> str:
    """Return what a record asks; what its task asks where the reference was never answered."""
    if predicate.relative is None:
        return "train" if task.relative is None else task.question
    return predicate.relative.question


def check_ledger(verdict: str, confirmation: Frozen | None, task: "TaskSpec", where: str) -> None:
    """Raise EvidenceRefusedError where the ledger of looks beside the eval data knows no such verdict.

    A verdict closes its confirmation part for good. An older copy, put back to ask once more, does
    not hold the closing; an edited one does not match its seal.
    """
    from ladder.search.confirm.looks_entry import read_parts
    from ladder.search.confirm.looks_file import looks_path_of

    if verdict != "fine_tune" or confirmation is None or not Path(task.data.path).exists():
        return
    path = looks_path_of(task.data, Path())
    closings = [each.record.closing for each in read_parts(path) if each.record.closing]
    shown = confirmation.model_dump()
    if not any(
        each.question == "below" and each.confirmation.model_dump() == shown for each in closings
    ):
        raise EvidenceRefusedError(
            "INCONSISTENT",
            f"{path} does not know of the verdict in {where}: it is older, or another one.",
            next_step="Restore it from version control: every look stays written down.",
        )


def _of_numbers(predicate: VerdictPredicate) -> Iterator[str]:
    names = [each.lever for each in predicate.levers]
    if len(set(names)) != len(names):
        yield "a lever stands in it twice"
    if predicate.n_confirmation >= predicate.n:
        yield f"{predicate.n_confirmation} of {predicate.n} samples are the confirmation part"
    confirmation = predicate.confirmation
    for each in () if confirmation is None else (confirmation, *confirmation.classes):
        if not each.at_least <= each.score <= each.at_most:
            yield f"the score {each.score:g} is not between {each.at_least:g} and {each.at_most:g}"
        if not 0 < each.n <= predicate.n_confirmation:
            yield f"{each.n} samples were confirmed in a confirmation part of {predicate.n_confirmation}"
    yield from _of_classes(predicate)
    yield from _of_coverage(predicate)
    yield from _of_reference(predicate)
    yield from _of_limits(predicate)
    looks = predicate.looks
    if looks.reached_left > looks.reached_budget or looks.justified_left > looks.justified_budget:
        yield "more is left of an error budget than it had"


def _of_reference(predicate: VerdictPredicate) -> Iterator[str]:
    """Yield what a record says of a reference that does not fit its verdict, or its own numbers."""
    asked, confirmation = predicate.relative, predicate.confirmation
    seen = None if confirmation is None else confirmation.against
    if predicate.verdict != "inconclusive" and (predicate.target is None) == (asked is None):
        yield "it names neither a target nor a reference, or both"
    if confirmation is not None and (seen is None) != (asked is None):
        yield "a difference was confirmed and no reference is named, or the reverse"
    if seen is None or asked is None or confirmation is None:
        return
    if not seen.low <= seen.difference <= seen.high:
        yield f"the difference {seen.difference:g} is not between {seen.low:g} and {seen.high:g}"
    if abs(seen.difference - (confirmation.score - seen.reference)) > ROUNDING:
        yield "the confirmed difference is not that of the two scores"
    if not 0 < seen.n <= predicate.n_confirmation:
        yield f"{seen.n} samples were compared in a confirmation part of {predicate.n_confirmation}"
    yield from _of_margin(predicate.verdict, seen, asked.margin)


def _of_margin(verdict: str, seen: ConfirmedDifference, margin: float) -> Iterator[str]:
    """Yield how a confirmed difference lies to the margin, where the verdict says otherwise."""
    edge = -margin
    if verdict != "fine_tune":
        if seen.low < min(edge, seen.difference) - ROUNDING:
            yield f"{verdict}, and the difference is not shown to be within {margin:g}"
        return
    if seen.high > max(edge, seen.difference) + ROUNDING:
        yield f"fine_tune, and the difference {seen.high:g} may be within the margin {margin:g}"
    if seen.difference >= edge:
        yield f"fine_tune, and the difference {seen.difference:g} is within the margin {margin:g}"


def _of_coverage(predicate: VerdictPredicate) -> Iterator[str]:
    """Yield what a record says of a cascade that does not fit its verdict, or its own numbers."""
    share = None if predicate.confirmation is None else predicate.confirmation.coverage
    if share is None:
        return
    if predicate.verdict != "use_lever":
        yield f"{predicate.verdict}, and a cascade was confirmed"
    if not share.at_least <= share.share or not 0 < share.n <= predicate.n_confirmation:
        yield f"{share.share:g} of {share.n} samples were answered without a person"
    if share.at_least < min(share.asked, share.share) - ROUNDING or share.share < share.asked:
        yield f"a cascade, and it is not shown to answer {share.asked:g} of the samples"


def _of_limits(predicate: VerdictPredicate) -> Iterator[str]:
    """Yield what a record says of limits that does not fit its verdict, or its own digest."""
    limits = predicate.limits
    digest = digest_of(limits) if limits else None
    if predicate.limits_sha256 != digest:
        yield "its limits are not those of their digest"
    if {each.limit: each.most for each in predicate.costs} not in (limits, {}):
        yield "its costs are held against other limits"
    if predicate.verdict not in ("already_good", "use_lever") or not limits:
        return
    if not predicate.costs:
        yield f"{predicate.verdict} within limits, and it does not say what the candidate costs"
    for each in predicate.costs:
        if each.value is None or each.high is None or each.high > each.most:
            yield f"{predicate.verdict}, and {each.limit} is not shown to be within {each.most:g}"


def _of_classes(predicate: VerdictPredicate) -> Iterator[str]:
    """Yield what a record says of classes that does not fit its verdict, or its own targets."""
    confirmation, asked = predicate.confirmation, predicate.at_least
    if confirmation is None:
        return
    told = {each.label: each for each in confirmation.classes}
    if confirmation.label and confirmation.label not in asked:
        yield f"it confirms a score of {confirmation.label}, which has no target"
    if predicate.verdict == "fine_tune":
        if told:
            yield "fine_tune, and it names classes that were shown to reach their targets"
        return
    if confirmation.label or told.keys() != asked.keys():
        yield f"{predicate.verdict}, and not each class with a target was confirmed"
    for label in told.keys() & asked.keys():
        # What was shown to reach a target is bounded by the edge of its test.
        edge = min(asked[label] - predicate.margin, told[label].score)
        if told[label].at_least < edge - ROUNDING:
            yield f"{predicate.verdict}, and {label} is not shown to reach {asked[label]:g}"


def _of_fine_tune(predicate: VerdictPredicate) -> Iterator[str]:
    confirmation, looks = predicate.confirmation, predicate.looks
    if confirmation is not None and predicate.target is not None:
        target = predicate.at_least.get(confirmation.label, predicate.target)
        of = f" of {confirmation.label}" if confirmation.label else ""
        if confirmation.score >= target:
            yield f"fine_tune, and the score{of} {confirmation.score:g} reaches the target {target:g}"
    if confirmation is not None and (confirmation.score, confirmation.n) != (
        predicate.best.score,
        predicate.best.n,
    ):
        yield "the confirmed score is not that of the best candidate"
    if not looks.asked_below or looks.justified_left >= looks.justified_budget:
        yield "fine_tune, and nothing was asked that could justify it"
