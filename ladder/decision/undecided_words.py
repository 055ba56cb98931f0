"""`undecided_words`: what a run without a verdict says: what ended it, and what would decide."""

import re
from collections.abc import Sequence

from ladder.decision.goal import points
from ladder.decision.lever_words import MOST_NAMED, levers_in_words
from ladder.decision.provenance import CandidateRecord, FailedCalls
from ladder.search.ledger import Attempt, Ledger
from ladder.text import capital, hundredths, joined

_QUOTES = re.compile(r"['\"`(]|\w[._]\w")

STOPPED = {
    "budget": "the budget ended",
    "outage": "calls to the model failed for technical reasons",
}


def bounds_in_words(
    ledger: Ledger, candidates: Sequence[CandidateRecord], failures: Sequence[FailedCalls]
) -> str:
    """Return both bounds of the score that an undecided run is about; else nothing."""
    by_candidate = {each.configuration: each for each in failures}
    found = by_candidate.get(ledger.best) or next(iter(failures), None)
    if found is None:
        return ""
    labels = {each.configuration: each.label for each in candidates}
    label = labels.get(found.configuration) or "the baseline"
    return (
        f" On {found.n} samples, {label} scores {points(found.if_wrong)} if the "
        f"{found.failed} failed calls were all wrong, and {points(found.if_right)} if all were right."
    )


def undecided_words(ledger: Ledger) -> str:
    """Return why there is no verdict, and what would lead to one."""
    if ledger.ending in STOPPED:
        return f"No verdict: {STOPPED[ledger.ending]}. {ledger.reason}."
    if ledger.is_explored:
        reason = capital(ledger.reason)
        return f"No verdict: the run only explored. {reason}."
    if ledger.closed:
        return f"No verdict. {ledger.reason}."
    if ledger.blocked:
        return f"No verdict yet: {_in_the_way(ledger)}."
    return _what_is_missing(ledger)


def _what_is_missing(ledger: Ledger) -> str:
    """Return how many more examples would decide, or why none would."""
    more = [f"{each.more:,} of {each.label}" for each in ledger.classes if each.more]
    is_told = 0 < len(more) <= MOST_NAMED
    if ledger.more_examples:
        of_classes = f" Among them must be about {joined(more)}." if is_told else ""
        return f"Not enough evidence: {more_examples(ledger)}.{of_classes}"
    if ledger.examples_needed is None:
        return f"No verdict: {ledger.reason}."
    among = f", among them {joined(more)}," if is_told else ""
    return f"Not enough evidence: about {ledger.examples_needed} more examples{among} would decide."


def more_examples(ledger: Ledger) -> str:
    """Return how likely more examples would decide, for a few numbers of them.

    >>> from ladder.search.ledger import MoreExamples, Trial
    >>> def at(n, chance):
    ...     return MoreExamples(examples=n, chance=chance, reached=chance)
    >>> trial = Trial(configuration=(0,), n_seen=9, score=0.5, low=0.2, high=0.8)
    >>> ledger = Ledger(
    ...     n=20, n_selection=9, n_confirmation=11, baseline=trial, best=(0,), ending="undecided"
    ... )
    >>> more_examples(ledger.replace(more_examples=(at(100, 0.35), at(300, 0.6), at(1000, 0.85))))
    '100 more examples would decide with probability .35, 300 with .60, 1,000 with .85'
    >>> more_examples(ledger.replace(more_examples=(at(100, 0.01), at(1000, 0.02))))
    'even 1,000 more examples would hardly decide (probability .02)'
    """
    if not ledger.advice:
        last = ledger.more_examples[-1]
        return (
            f"even {last.examples:,} more examples would hardly decide "
            f"(probability {chance_in_words(last.chance)})"
        )
    first, *rest = ledger.advice
    told = "".join(f", {each.examples:,} with {chance_in_words(each.chance)}" for each in rest)
    return (
        f"{first.examples:,} more examples would decide with probability "
        f"{chance_in_words(first.chance)}{told}"
    )


def chance_in_words(chance: float) -> str:
    """Return a probability that is an estimate, never as if it were sure.

    >>> chance_in_words(0.354), chance_in_words(0.997), chance_in_words(0.0)
    ('.35', '.99', '.01')
    """
    return hundredths(min(max(chance, 0.01), 0.99))


def classes_below(ledger: Ledger) -> str:
    """Return which classes are below their target on the selection part, which nobody claims."""
    low = [each for each in ledger.classes if each.n and each.score < each.target]
    if not low:
        return ""
    low.sort(key=lambda each: each.score - each.target)
    told = [
        f"{each.label} scores {points(each.score)} of {points(each.target)} asked"
        for each in low[:MOST_NAMED]
    ]
    return f" On the selection part {joined(told)}."


def _why_failed(failed: Sequence[Attempt]) -> str:
    """Return why levers were not tried, where all have one reason that quotes no row and no setting."""
    reasons = {each.reason for each in failed}
    why = reasons.pop() if len(reasons) == 1 else ""
    return f"not tried: {why}" if why and not _QUOTES.search(why) else "not tried, as it failed"


def _in_the_way(ledger: Ledger) -> str:
    """Return what prevents a verdict, without the names of settings: those are in `reason`."""
    for status in ("untested", "error"):
        found = [attempt for attempt in ledger.attempts if attempt.status == status]
        words = "still to be tried" if status == "untested" else _why_failed(found)
        levers = list(dict.fromkeys(attempt.lever for attempt in found))
        if len(levers) > MOST_NAMED:
            return f"{len(levers)} levers are {words}"
        if levers:
            text = levers_in_words(levers)
            return f"{text} {'are' if len(levers) > 1 or text.endswith('s') else 'is'} {words}"
    return ledger.reason.split("; ")[0]
