"""`sentence_of`: a decision in words, made from its ledger and candidates alone."""

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from ladder.decision.goal import (
    Goal,
    RelativeGoal,
    comes_near,
    goal_in_words,
    is_reached,
    mark_of,
    no_training,
    points,
    training_justified,
)
from ladder.decision.limit_words import beyond_words, claimed_of, within_limits
from ladder.decision.provenance import CandidateRecord, FailedCalls
from ladder.decision.verdict import verdict_of
from ladder.search.ledger import Configuration, Ledger
from ladder.search.select.selection import CLEAR
from ladder.search.standing_alone import NAME as CLASSIFIER
from ladder.text import hundredths, joined, one_line, stripped

_EVERYDAY = {
    "template": "the right chat template",
    "prompt": "another prompt",
    "model": "another model",
    "decoding": "other decoding settings",
    "rag": "retrieval",
    "rerank": "reranking",
    "few_shot": "worked examples",
    CLASSIFIER: "a classifier",
}

_STOPPED = {
    "budget": "the budget ended",
    "outage": "calls to the model failed for technical reasons",
}

_EARLIER = {
    _STOPPED["outage"]: "calls failed, and not by the model's fault",
    "upper bound too low": "bounded",
    " every prompt contained the answer (recall 1.0), yet the model scores only ": (
        " the answer stood in every prompt (recall 1.0), and the model still scores "
    ),
    "The answers fail mainly in form: ": "What is missing is the form: ",
}
"""Words of a sentence, and those that earlier versions of ladder wrote in their place."""

SEALED = "it reaches the target; the scores on the confirmation part stay sealed"
"""What is told of a test that passed in a run that shows no score of it."""

MOST_NAMED = 3
"""Levers that a sentence names; of more it gives the number."""

FAR_HIGHER = 0.1
"""How much more a lenient reading must give before it is worth a word."""

MOST_OF_A_REASON = 160
"""Characters of a declared reason that a sentence holds."""


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
            idle = idle_lever(ledger, mark_of(goal, ledger.reference))
            used = [name for at, name in enumerate(levers) if ledger.best[at] and at != idle]
            what = _cascade(ledger) or _classifier(ledger, candidates)
            claim = is_reached(what, goal) if what else _named(used, goal)
            beside = (
                ""
                if idle is None
                else f" (with {_listed([levers[idle]])}, which added nothing measurable)"
            )
            return (
                f"{no_training(goal)} {claim}{within_limits(ledger)}{_also(ledger)}{beside}"
                f"{_handed_on(ledger)}{_before(ledger)}."
            )
        case "fine_tune":
            return " ".join(_justified(ledger, levers, goal, candidates))
        case "inconclusive":
            bounds = _bounds(ledger, candidates, failures)
            return f"{_undecided(ledger)}{_classes_below(ledger)}{bounds}"


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


def _justified(
    ledger: Ledger, levers: Sequence[str], goal: Goal, candidates: Sequence[CandidateRecord]
) -> Iterator[str]:
    """Yield the verdict `fine_tune` with how much was tried, and what was not, and why."""
    efforts = {name: _configurations(ledger, {name}) for name in levers}
    n_levers = sum(bool(found) for found in efforts.values())
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
        yield (
            f"{training_justified(goal)}: none of the {len(ledger.within_reach)} configurations"
            f"{claimed_of(ledger)} in {n_levers} lever{plural} {_missed_by_all(ledger, goal)} "
            f"({', '.join(words)})."
        )
    else:
        yield (
            f"{training_justified(goal)}: the baseline does not reach {_asked(ledger, goal)}, and "
            f"{_nothing_else(ledger)}."
        )
    target = mark_of(goal, ledger.reference)
    yield from _class_missed(ledger)
    yield from _unused_passages(ledger, target, candidates)
    yield from _only_form(ledger, target, candidates)
    yield from _declared(ledger, levers)


def _missed_by_all(ledger: Ledger, goal: Goal) -> str:
    if isinstance(goal, RelativeGoal):
        return comes_near(goal)
    return f"reaches {_asked(ledger, goal)}"


def _nothing_else(ledger: Ledger) -> str:
    if len(ledger.tried) > len(ledger.within_reach):
        return "no candidate of a lever is within the limits"
    return "no lever could be tried"


def _cascade(ledger: Ledger) -> str:
    """Return what reaches the target where that is a cascade; else nothing."""
    seen = ledger.confirmation
    return "" if seen is None or seen.coverage is None else "A cascade"


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


def _bounds(
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


def _undecided(ledger: Ledger) -> str:
    if ledger.ending in _STOPPED:
        return f"No verdict: {_STOPPED[ledger.ending]}. {ledger.reason}."
    if ledger.is_explored:
        reason = ledger.reason[:1].upper() + ledger.reason[1:]
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


def _also(ledger: Ledger) -> str:
    """Return which targets of classes are reached beside the one over all samples."""
    if not ledger.classes:
        return ""
    return f", also {'that' if len(ledger.classes) == 1 else 'those'} of {_class_targets(ledger)}"


def _asked(ledger: Ledger, goal: Goal) -> str:
    """Return every target, in words."""
    if not ledger.classes:
        return goal_in_words(goal)
    return f"{goal_in_words(goal)} and the {'target' if len(ledger.classes) == 1 else 'targets'} of {_class_targets(ledger)}"


def _class_targets(ledger: Ledger) -> str:
    if len(ledger.classes) > MOST_NAMED:
        return f"{len(ledger.classes)} classes"
    return joined([f"{each.label} ({points(each.target)})" for each in ledger.classes])


def _class_missed(ledger: Ledger) -> Iterator[str]:
    """Yield by which class the best candidate was shown to miss its targets."""
    seen = ledger.confirmation
    if seen is not None and seen.label:
        target = ledger.class_targets.get(seen.label, 1.0)
        yield f"It falls short for {seen.label}: {points(seen.score)} of {points(target)} asked."


def _classes_below(ledger: Ledger) -> str:
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


def _in_the_way(ledger: Ledger) -> str:
    """Return what prevents a verdict, without the names of settings: those are in `reason`."""
    for status, words in (("untested", "still to be tried"), ("error", "not tried: it failed")):
        found = [attempt.lever for attempt in ledger.attempts if attempt.status == status]
        levers = list(dict.fromkeys(found))
        if len(levers) > MOST_NAMED:
            return f"{len(levers)} levers are {words}"
        if levers:
            text = _listed(levers)
            return f"{text} {'are' if len(levers) > 1 or text.endswith('s') else 'is'} {words}"
    return ledger.reason.split("; ")[0]


def _listed(levers: Sequence[str]) -> str:
    """Return levers in everyday words."""
    return joined([_EVERYDAY.get(name, name) for name in levers])


def _named(levers: Sequence[str], goal: Goal) -> str:
    """Return that levers reach a goal, in everyday words.

    >>> _named(["template"], 0.8), _named(["rag", "few_shot"], 0.8)
    ('The right chat template reaches the target', 'Retrieval and worked examples together reach the target')
    """
    text = _listed(levers) + (" together" if len(levers) > 1 else "")
    is_several = len(levers) > 1 or text.endswith("s")
    return is_reached(f"{text[0].upper()}{text[1:]}", goal, is_several=is_several)
