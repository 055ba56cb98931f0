"""`sentence_of`: a decision in words, made from its ledger and candidates alone."""

import math
from collections.abc import Sequence

from ladder.decision.goal import (
    Goal,
    RelativeGoal,
    class_targets_in_words,
    is_reached,
    mark_of,
    no_training,
)
from ladder.decision.justified_words import justified_words
from ladder.decision.lever_words import levers_in_words
from ladder.decision.limit_words import beyond_words, within_limits
from ladder.decision.provenance import CandidateRecord, FailedCalls
from ladder.decision.undecided_words import STOPPED, bounds_in_words, classes_below, undecided_words
from ladder.decision.verdict import verdict_of
from ladder.search.ledger import Ledger
from ladder.search.select.selection import CLEAR
from ladder.text import capital

_EARLIER = {
    STOPPED["outage"]: "calls failed, and not by the model's fault",
    "upper bound too low": "bounded",
    " every prompt contained the answer (recall 1.0), yet the model scores only ": (
        " the answer stood in every prompt (recall 1.0), and the model still scores "
    ),
    "The answers fail mainly in form: ": "What is missing is the form: ",
}
"""Words of a sentence, and those that earlier versions of ladder wrote in their place."""

SEALED = "it reaches the target; the scores on the confirmation part stay sealed"
"""What is told of a test that passed in a run that shows no score of it."""


def sentence_of(
    ledger: Ledger,
    levers: Sequence[str],
    goal: Goal,
    *,
    candidates: Sequence[CandidateRecord] = (),
    failures: Sequence[FailedCalls] = (),
) -> str:
    """Return what a ledger says, in words that need no statistics.

    Args:
        ledger: All that was measured.
        levers: Their names, a slot of a configuration each.
        goal: The score to reach, or what candidates are held against.
        candidates: What was measured of each configuration besides its score.
        failures: Both bounds of the scores in which calls failed, where these have no score.
    """
    said = _verdict_in_words(ledger, levers, goal, candidates, failures)
    above = 0.0 if ledger.ending == "justified" else mark_of(goal, ledger.reference)
    return " ".join([said, *beyond_words(ledger, levers, candidates, above=above)])


def _verdict_in_words(
    ledger: Ledger,
    levers: Sequence[str],
    goal: Goal,
    candidates: Sequence[CandidateRecord],
    failures: Sequence[FailedCalls],
) -> str:
    match verdict_of(ledger):
        case "already_good":
            return f"{_good_already(ledger, goal)}{_before(ledger)}."
        case "use_lever":
            return _lever_reaches(ledger, levers, goal, candidates)
        case "fine_tune":
            return " ".join(justified_words(ledger, levers, goal, candidates))
        case "inconclusive":
            bounds = bounds_in_words(ledger, candidates, failures)
            return f"{undecided_words(ledger)}{classes_below(ledger)}{bounds}"


def _lever_reaches(
    ledger: Ledger, levers: Sequence[str], goal: Goal, candidates: Sequence[CandidateRecord]
) -> str:
    idle = idle_lever(ledger, mark_of(goal, ledger.reference))
    used = [name for at, name in enumerate(levers) if ledger.best[at] and at != idle]
    handed_on = _handed_on(ledger)
    what = "A cascade" if handed_on else _classifier(ledger, candidates)
    claim = is_reached(what, goal) if what else _named(used, goal)
    beside = ""
    if idle is not None:
        beside = f" (with {levers_in_words([levers[idle]])}, which added nothing measurable)"
    return (
        f"{no_training(goal)} {claim}{within_limits(ledger)}{_also(ledger)}{beside}"
        f"{handed_on}{_before(ledger)}."
    )


def _good_already(ledger: Ledger, goal: Goal) -> str:
    if not isinstance(goal, RelativeGoal):
        return f"The baseline already reaches the target{within_limits(ledger)}{_also(ledger)}"
    opening = f"{no_training(goal)} " if goal.is_retiring else ""
    return f"{opening}{is_reached('The baseline', goal)}{within_limits(ledger)}"


def confirmed_before(ledger: Ledger) -> str:
    """Return what an earlier run showed of the candidate that is named, in words; else nothing."""
    seen = ledger.earlier
    if seen is None:
        return ""
    return (
        f"an earlier run showed {seen.score:.2f} on {seen.n} confirmation samples "
        f"({seen.at_least:.2f} to {seen.at_most:.2f})"
    )


def _before(ledger: Ledger) -> str:
    return ", as an earlier run showed" if ledger.earlier is not None else ""


def idle_lever(ledger: Ledger, target: float) -> int | None:
    """Return the lever of a confirmed candidate that its ablation shows to be idle; None without one.

    Without it the candidate still reaches the target on the selection part, and does not get fewer
    samples right by more than two standard errors. Several may stand in for each other, so it is one
    at most. What was confirmed stays the whole: this is about the words of the headline alone.
    """
    if ledger.classes or len(ledger.best.applied) < 2:
        return None  # of an ablation only the mean over all is known, and a class may need the part
    idle = [
        (one.score, lever)
        for one in ledger.ablation
        for lever in ledger.best.applied
        if one.configuration == ledger.best.without(lever)
        and one.score >= target
        and one.losses - one.wins <= CLEAR * math.sqrt(one.losses + one.wins)
    ]
    return max(idle)[1] if idle else None


def in_earlier_words(sentence: str) -> str:
    """Return a sentence as earlier versions of ladder wrote it: recorded ones stay true.

    >>> in_earlier_words("No verdict: calls to the model failed for technical reasons. 3 calls.")
    "No verdict: calls failed, and not by the model's fault. 3 calls."
    """
    for words, earlier in _EARLIER.items():
        sentence = sentence.replace(words, earlier)
    return sentence


def _handed_on(ledger: Ledger) -> str:
    """Return how much a cascade answers by itself, and how much of that is right; else nothing."""
    seen = ledger.confirmation
    if seen is None or seen.coverage is None:
        return ""
    return (
        f": {100 * seen.coverage.share:.3g} % are answered automatically, {100 * seen.score:.3g} % of "
        "them right, and a person answers the rest"
    )


def _classifier(ledger: Ledger, candidates: Sequence[CandidateRecord]) -> str:
    """Return what reaches the target where that is a classifier; else nothing."""
    found = next((each for each in candidates if each.configuration == ledger.best), None)
    if found is None or found.candidate.model.classifier is None:
        return ""
    rows = "labelled rows"
    if found.classifier is not None:
        rows = f"{found.classifier.rows:,} labelled rows"
    if found.candidate.model.classifier.method == "nearest":
        return f"The label of the most similar of {rows}"
    return f"A classifier trained on {rows}"


def _also(ledger: Ledger) -> str:
    """Return which targets of classes are reached beside the one over all samples."""
    if not ledger.classes:
        return ""
    return f", also {'that' if len(ledger.classes) == 1 else 'those'} of {class_targets_in_words(ledger)}"


def _named(levers: Sequence[str], goal: Goal) -> str:
    """Return in everyday words that some levers reach a goal.

    >>> _named(["template"], 0.8), _named(["rag", "few_shot"], 0.8)
    ('The right chat template reaches the target', 'Retrieval and worked examples together reach the target')
    """
    text = levers_in_words(levers) + (" together" if len(levers) > 1 else "")
    is_several = len(levers) > 1 or text.endswith("s")
    return is_reached(capital(text), goal, is_several=is_several)
