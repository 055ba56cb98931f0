"""Builds a record's in-toto predicate from a decision."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ladder.decision import Decision, record_of
from ladder.decision.judge_record import claim_of_people
from ladder.frozen import digest_of
from ladder.gate.policy import Policy
from ladder.gate.rules import Objection, against, objections
from ladder.gate.statement import (
    BestCandidate,
    Confirmed,
    HeldAgainst,
    HeldCost,
    JournalHead,
    JudgedBy,
    LookCounts,
    Made,
    ServedBy,
    TriedLever,
    VerdictPredicate,
    format_time,
)
from ladder.search.ledger import Configuration
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.task import TaskSpec
from ladder.version import __version__


def predicate_of(  # noqa: PLR0913 - all by name but the decision
    decision: Decision,
    *,
    task: TaskSpec,
    issued: datetime,
    days: int,
    looks_sha256: str | None = None,
    journal: JournalHead | None = None,
    commit: str | None = None,
) -> VerdictPredicate:
    """Return the predicate of a decision, issued now and good for `days`."""
    provenance = decision.provenance
    return VerdictPredicate(
        **stated(decision),
        metric=task.metric.name,
        reading=task.metric.reading,
        margin=task.margin,
        looks=_looks(decision, looks_sha256),
        journal=journal,
        ladder=Made(
            version=__version__,
            versions=dict(provenance.versions) if provenance else {},
            commit=commit,
        ),
        issued=format_time(issued),
        expires=format_time(issued + timedelta(days=days)),
    )


def objections_to_run(decision: Decision, task: TaskSpec, policy: Policy) -> list[Objection]:
    """Return why the gate would stay shut for a run's decision, whoever signed it.

    What the policy says of metric, reading, samples and target comes first, as it does at the gate.
    """
    predicate = predicate_of(decision, task=task, issued=datetime.now(UTC), days=1)
    return [*against(predicate, policy), *objections(predicate, policy)]


def stated(decision: Decision) -> dict[str, Any]:
    """Return the fields of a predicate that repeat what the decision says."""
    ledger = decision.ledger
    measured = record_of(decision, ledger.baseline.configuration)
    confirmation = decision.confirmation
    return {
        "verdict": decision.verdict,
        "sentence": decision.sentence,
        "reading_hint": decision.reading_hint,
        "task": decision.task,
        "model": decision.model,
        "target": decision.target,
        "relative": _held_against(decision),
        "at_least": ledger.class_targets,
        "n": ledger.n,
        "n_confirmation": ledger.n_confirmation,
        "confirmation": None
        if confirmation is None
        else Confirmed.model_validate(confirmation.model_dump()),
        "baseline_score": ledger.baseline.score,
        "baseline_cut": 0.0 if measured is None else measured.cut_by_length,
        "template_faults": tuple(
            f"{each.code} {each.problem}"
            for each in decision.checks
            if each.severity == "error" and not each.code.startswith("D")
        ),
        "best": _best(decision),
        "levers": tuple(_tried(name, decision) for name in LEVER_NAMES),
        "decision": decision.digest,
        "judged": _judged(decision),
        "served_by": _served_by(decision),
        "limits": decision.limits.asked,
        "limits_sha256": digest_of(decision.limits.asked) if decision.limits.asked else None,
        "costs": _costs(decision),
    }


def _held_against(decision: Decision) -> HeldAgainst | None:
    goal, reference = decision.relative, decision.ledger.reference
    if goal is None or reference is None or not goal.identity:
        return None
    return HeldAgainst(
        name=goal.name,
        identity=goal.identity,
        margin=goal.margin,
        question=goal.question,
        test=reference.test,
    )


def _costs(decision: Decision) -> tuple[HeldCost, ...]:
    """Return what the candidate that the verdict is about costs by each limit."""
    found = decision.ledger.costs_of(decision.configuration)
    names = HeldCost.model_fields.keys()
    return tuple(
        HeldCost(**{name: getattr(each, name) for name in names})
        for each in (() if found is None else found.bounds)
    )


def _served_by(decision: Decision) -> ServedBy | None:
    seen = None if decision.provenance is None else decision.provenance.endpoint
    if seen is None:
        return None
    names = ("answers_as", "server", "fingerprint", "prompt_difference")
    return ServedBy(
        **{name: str(seen.get(name) or "") for name in names},
        honours=tuple(sorted(name for name, value in seen.items() if value is True)),
        lacks=tuple(sorted(name for name, value in seen.items() if value is False)),
    )


def _judged(decision: Decision) -> JudgedBy | None:
    judge = decision.judge
    if judge is None:
        return None
    people = claim_of_people(judge) or ""
    return JudgedBy(model=judge.model, version=judge.version, people=people)


def _label(decision: Decision, configuration: Configuration) -> str:
    known = record_of(decision, configuration)
    return str(list(configuration)) if known is None else known.label


def _best(decision: Decision) -> BestCandidate:
    configuration = decision.configuration
    baseline, best = decision.baseline, decision.best
    changes: dict[str, Any] = {}
    if baseline is not None and best is not None:
        plain = best.model_dump(mode="json")
        changes = {part: plain[part] for part in baseline.changes(best)}
    confirmation = decision.confirmation
    trials = decision.ledger.trials
    trial = next((t for t in trials if t.configuration == configuration), trials[0])
    return BestCandidate(
        label=_label(decision, configuration),
        score=trial.score if confirmation is None else confirmation.score,
        n=trial.n_seen if confirmation is None else confirmation.n,
        changes=changes,
    )


def _tried(name: str, decision: Decision) -> TriedLever:
    attempts = [each for each in decision.attempts if each.lever == name]
    if not attempts:
        return TriedLever(lever=name, status="untested", reason="not reached in this run")
    trials = [trial for each in attempts for trial in each.trials if trial.n_seen]
    real = [trial for trial in trials if trial.configuration.can_be_deployed]
    configurations = list(dict.fromkeys(trial.configuration for trial in real))
    records = [record_of(decision, each) for each in configurations]
    recalls = [each.recall for each in records if each is not None and each.recall is not None]
    # What says most about whether the lever really had its chance.
    worst = min(attempts, key=lambda each: _ORDER.index(each.status))
    return TriedLever(
        lever=name,
        # Only what stands alone is set aside, and it is no lever of the ladder.
        status="no_gain" if worst.status == "set_aside" else worst.status,
        reason=worst.reason,
        variants=tuple(_label(decision, each) for each in configurations),
        best_score=max((trial.score for trial in real), default=None),
        recall=max(recalls, default=None) if name in ("rag", "rerank") else None,
    )


_ORDER = (
    "error", "untested", "not_applicable", "carried", "ceiling", "set_aside", "no_gain", "nothing_to_try",
)  # fmt: skip


def _looks(decision: Decision, looks_sha256: str | None) -> LookCounts:
    looks = decision.ledger.looks
    return LookCounts(
        asked_reached=sum(look.question == "reached" for look in looks),
        asked_below=sum(look.question == "below" for look in looks),
        reached_left=decision.ledger.alpha_reached_left,
        justified_left=decision.ledger.alpha_justified_left,
        file_sha256=looks_sha256,
    )
