"""`justified_words`: what the verdict `fine_tune` says: how much was tried, what was not, and why."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from ladder.decision.goal import (
    Goal,
    RelativeGoal,
    comes_near,
    mark_of,
    points,
    targets_in_words,
    training_justified,
)
from ladder.decision.limit_words import claimed_of
from ladder.decision.provenance import CandidateRecord
from ladder.search.ledger import Configuration, Ledger
from ladder.search.standing_alone import NAME as CLASSIFIER
from ladder.text import one_line, stripped

FAR_HIGHER = 0.1
"""How much more a lenient reading must give before it is worth a word."""

MOST_OF_A_REASON = 160
"""Characters of a declared reason that a sentence holds."""


def justified_words(
    ledger: Ledger, levers: Sequence[str], goal: Goal, candidates: Sequence[CandidateRecord]
) -> Iterator[str]:
    """Yield the verdict `fine_tune` with how much was tried, and what was not, and why."""
    efforts = {name: _configurations(ledger, {name}) for name in levers}
    n_levers = sum(bool(found) for found in efforts.values())
    targets = targets_in_words(ledger, goal)
    if n_levers:
        words = [
            f"{name} {effort}"
            for name, found in efforts.items()
            if (effort := _effort(ledger, name, len(found)))
        ]
        alone = _configurations(ledger, {CLASSIFIER})
        words += [f"{CLASSIFIER} {len(alone)}"] if alone else []
        known = {*levers, CLASSIFIER}
        others = _configurations(ledger, {each.lever for each in ledger.attempts} - known)
        combined = len(others.difference(*efforts.values()))
        words += [f"combined {combined}"] if combined else []
        plural = "" if n_levers == 1 else "s"
        missed = comes_near(goal) if isinstance(goal, RelativeGoal) else f"reaches {targets}"
        yield (
            f"{training_justified(goal)}: none of the {len(ledger.within_reach)} configurations"
            f"{claimed_of(ledger)} in {n_levers} lever{plural} {missed} "
            f"({', '.join(words)})."
        )
    else:
        are_beyond = len(ledger.tried) > len(ledger.within_reach)
        why = (
            "no candidate of a lever is within the limits"
            if are_beyond
            else "no lever could be tried"
        )
        yield f"{training_justified(goal)}: the baseline does not reach {targets}, and {why}."
    target = mark_of(goal, ledger.reference)
    yield from _class_missed(ledger)
    yield from _unused_passages(ledger, target, candidates)
    yield from _only_form(ledger, target, candidates)
    yield from _declared(ledger, levers)


def _configurations(ledger: Ledger, levers: AbstractSet[str]) -> set[Configuration]:
    """Return what was scored by some levers, as far as it could be deployed, within the limits."""
    return {
        trial.configuration
        for each in ledger.attempts
        for trial in each.trials
        if each.lever in levers and trial.n_seen and trial.is_over_all
    }.intersection(ledger.within_reach)


def _effort(ledger: Ledger, lever: str, n_scored: int) -> str:
    """Return how many configurations of a lever were scored, or in a word why none was."""
    words = {"nothing_to_try": "nothing to try", "ceiling": "upper bound too low"}
    found = [
        words[each.status]
        for each in ledger.attempts
        if each.lever == lever and each.status in words
    ]
    is_beyond = any(
        ledger.standing(trial.configuration) == "beyond"
        for each in ledger.attempts
        for trial in each.trials
        if each.lever == lever and trial.n_seen
    )
    found += ["beyond the limits"] if is_beyond else []
    return str(n_scored) if n_scored else next(iter(found), "")


def _declared(ledger: Ledger, levers: Sequence[str]) -> Iterator[str]:
    """Yield which levers were declared not applicable, with the reasons as given."""
    reasons: dict[str, list[str]] = {}
    for each in ledger.attempts:
        if each.status == "not_applicable" and each.lever in levers:
            reason = one_line(stripped(each.reason), MOST_OF_A_REASON).rstrip(".")
            found = reasons.setdefault(reason, [])
            found += [] if each.lever in found else [each.lever]
    if reasons:
        parts = [f"{', '.join(names)} ({reason})" for reason, names in reasons.items()]
        yield f"Not tried, as declared: {'; '.join(parts)}."


def _unused_passages(
    ledger: Ledger, target: float, candidates: Sequence[CandidateRecord]
) -> Iterator[str]:
    """Yield that the answer stood in every prompt and the model made nothing of it."""
    scores = _scores(ledger)
    full = [
        (scores[each.configuration], each.label)
        for each in candidates
        if each.recall is not None
        and each.recall >= 1
        and each.configuration.can_be_deployed
        and scores.get(each.configuration, 1.0) < target
    ]
    if full:
        score, label = max(full)
        yield (
            f"With {label} every prompt contained the answer (recall 1.0), yet the model scores "
            f"only {points(score)}: it does not use the passage."
        )


def _only_form(
    ledger: Ledger, target: float, candidates: Sequence[CandidateRecord]
) -> Iterator[str]:
    """Yield that the answers are right and only their form is not."""
    lenient, score, label = most_lenient(ledger, candidates)
    if lenient >= target and lenient - score >= FAR_HIGHER:
        yield (
            f"The answers fail mainly in form: read leniently, {label} scores {points(lenient)} "
            f"instead of {points(score)}."
        )


def most_lenient(ledger: Ledger, candidates: Sequence[CandidateRecord]) -> tuple[float, float, str]:
    """Return the best score by a lenient reading, what the same answers score, and their label."""
    scores = _scores(ledger)
    found = [
        (each.lenient, scores[each.configuration], each.label)
        for each in candidates
        if each.lenient is not None and each.configuration in scores
    ]
    return max(found, default=(0.0, 0.0, ""))


def _scores(ledger: Ledger) -> dict[Configuration, float]:
    return {
        each.configuration: each.score
        for each in ledger.trials
        if each.n_seen and each.coverage is None
    }


def _class_missed(ledger: Ledger) -> Iterator[str]:
    """Yield the class by which the best candidate was shown to miss its targets."""
    seen = ledger.confirmation
    if seen is not None and seen.label:
        target = ledger.class_targets.get(seen.label, 1.0)
        yield f"It falls short for {seen.label}: {points(seen.score)} of {points(target)} asked."
