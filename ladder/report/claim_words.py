"""What a verdict claims, in one number or a hint in its place; how sure it is, and by what it was earned."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.decision import Decision
from ladder.decision.limit_words import claimed_of
from ladder.report import numbers
from ladder.report.ladder_rows import Dot, leading
from ladder.report.look_words import error_budget, samples_worth, score_to_reach
from ladder.report.words import goal_words
from ladder.search.ledger import AgainstReference, Attempt
from ladder.statistics.sizes import SPEND, highest_asked, questions_borne


@dataclass(frozen=True, slots=True)
class Claim:
    """The one number that is a claim; without a verdict a hint in its place, which claims nothing."""

    number: str
    where: str
    bound: str
    error: str
    is_claim: bool


def claim_of(decision: Decision, tried: Sequence[Dot]) -> Claim:
    """Return the claim of a verdict, or the hint that stands in its place."""
    confirmation = decision.confirmation
    if decision.names_a_winner and confirmation is None:
        return _sealed_claim(decision)
    if confirmation is None or decision.verdict == "inconclusive":
        return _hint(decision, tried)
    if confirmation.against is not None:
        return _claimed_difference(decision, confirmation.against)
    is_below = decision.verdict == "fine_tune"
    bound = f"at least {numbers.at_least(confirmation.at_least)}"
    if is_below:
        high = numbers.at_most(confirmation.at_most)
        target = decision.confirmed_target
        is_under = float(high) < target
        bound = f"at most {high}" if is_under else f"below {numbers.exact(target)}"
    return Claim(
        number=numbers.score(confirmation.score, beside=decision.confirmed_target),
        where=f"on {numbers.counted(confirmation.n, 'confirmation sample')}"
        f"{of_class(confirmation.label, decision)}",
        bound="; ".join([bound, *confirmed_classes(decision), *confirmed_coverage(decision)]),
        error=f"wrong with probability ≤ {numbers.percent(error_budget(decision))}",
        is_claim=True,
    )


def _claimed_difference(decision: Decision, seen: AgainstReference) -> Claim:
    """Return the claim about a difference to a reference, with both scores."""
    is_below = decision.verdict == "fine_tune"
    reference = "the reference" if decision.relative is None else decision.relative.name
    margin = 0.0 if decision.relative is None else decision.relative.margin
    edge = numbers.gain(-margin) if margin else "0"
    bound = (
        f"the difference is at most {numbers.gain(seen.high)}"
        if is_below
        else f"the difference is at least {numbers.gain(max(seen.low, -margin))}"
    )
    return Claim(
        number=numbers.gain(seen.difference),
        where=f"against {reference} ({numbers.score(seen.reference)}) on "
        f"{numbers.counted(seen.n, 'confirmation sample')}",
        bound=f"{bound} ({edge} asked)",
        error=f"wrong with probability ≤ {numbers.percent(error_budget(decision))}",
        is_claim=True,
    )


def _sealed_claim(decision: Decision) -> Claim:
    """Return the claim of a verdict that showed no score of its test, or names an earlier one."""
    ledger, earlier = decision.ledger, decision.ledger.earlier
    error = f"wrong with probability ≤ {numbers.percent(error_budget(decision))}"
    if earlier is not None:
        return Claim(
            number=numbers.score(earlier.score, beside=decision.confirmed_target),
            where=f"on {numbers.counted(earlier.n, 'confirmation sample')} of an earlier run",
            bound=f"at least {numbers.at_least(earlier.at_least)}",
            error=error,
            is_claim=True,
        )
    relative, n = decision.relative, numbers.counted(ledger.n_confirmation, "confirmation sample")
    edge = score_to_reach(decision) if relative is None else -relative.margin
    against = "" if relative is None else f"against {relative.name}, "
    return Claim(
        number=f"≥ {numbers.exact(edge) if relative is None else numbers.gain(edge)}",
        where=f"{against}shown on {n}",
        bound=f"scores sealed{_questions(decision)}",
        error=error,
        is_claim=True,
    )


def _questions(decision: Decision) -> str:
    """Return in a few words how many more candidates sealed samples can confirm, if each passes."""
    if decision.relative is not None:
        return ""
    ledger, reach = decision.ledger, score_to_reach(decision)
    left, most = ledger.alpha_reached_left, highest_asked(reach)
    n = questions_borne(reach, samples_worth(ledger), left, kept=SPEND, most=most)
    return f", about {numbers.counted(n, 'more question')}" if n else ", hardly another question"


def of_class(label: str, decision: Decision) -> str:
    """Return which class a score is of, with what was asked of it; nothing for the mean over all."""
    return f" of {label} ({numbers.exact(decision.confirmed_target)} asked)" if label else ""


def confirmed_classes(decision: Decision) -> tuple[str, ...]:
    """Return what was confirmed of each class with a target of its own, in words."""
    asked, seen = decision.ledger.class_targets, decision.confirmation
    return tuple(
        f"{each.label} {numbers.score(each.score, beside=asked[each.label])} on "
        f"{numbers.count(each.n)}, at least {numbers.at_least(each.at_least)} "
        f"({numbers.exact(asked[each.label])} asked)"
        for each in (() if seen is None else seen.classes)
        if each.label in asked
    )


def confirmed_coverage(decision: Decision) -> tuple[str, ...]:
    """Return how much a cascade was shown to answer without a person, in words; else nothing."""
    seen = decision.confirmation
    if seen is None or seen.coverage is None:
        return ()
    share = seen.coverage
    found = f"{numbers.percent(share.share)} of {numbers.count(share.n)} answered without a person"
    least = f"at least {numbers.percent(share.at_least)} ({numbers.percent(share.asked)} asked)"
    return (f"{found}, {least}",)


def _hint(decision: Decision, tried: Sequence[Dot]) -> Claim:
    best = leading(tried)
    if best is None:
        return Claim("–", "nothing was measured", "", "no claim", is_claim=False)
    return Claim(
        number=numbers.score(best.score, beside=decision.mark),
        where=f"best of {len(tried)} tried, on {numbers.counted(best.n, 'sample')}",
        bound=f"between {numbers.at_least(best.low)} and {numbers.at_most(best.high)}",
        error="a hint, no claim",
        is_claim=False,
    )


def how_earned(decision: Decision, tried: Sequence[Dot]) -> tuple[str, ...]:
    """Return by what `fine_tune` was earned: what was shown, and what was never tried and why."""
    ledger = decision.ledger
    shown = sum(look.question == "below" and look.passed for look in ledger.looks)
    best = leading(tried)
    lines = [
        (
            f"{numbers.counted(shown or len(tried), 'candidate')}, alone and together, each shown to stay "
            f"below {goal_words(decision)} on {_asked_below(decision)} confirmation samples."
        )
    ]
    if best is not None:
        lines.append(f"The best of them: {best.label}.")
    untried = [each for each in ledger.attempts if each.status in _NEVER_TRIED]
    named = [f"{each.lever}, {_NEVER_TRIED[each.status]}{_because(each)}" for each in untried]
    return (*lines, *([f"Not tried: {'; '.join(named)}."] if named else []))


_NEVER_TRIED = {
    "nothing_to_try": "nothing to try",
    "not_applicable": "declared not applicable",
    "ceiling": "even its upper bound is too low",
}


def _because(attempt: Attempt) -> str:
    reason = attempt.reason.strip().rstrip(".")
    return f" ({reason})" if reason else ""


def how_sure(decision: Decision, n_tried: int) -> str:
    """Return, in plain words, what the verdict rests on and how often such a verdict errs."""
    if decision.verdict == "inconclusive":
        return _how_open(decision)
    if decision.verdict == "fine_tune":
        return _how_justified(decision, n_tried)
    return _how_confirmed(decision)


def _how_open(decision: Decision) -> str:
    if decision.ledger.ending == "reached":
        return (
            f"The judge's scores passed the test, and people's labels of the same candidate, read by the "
            f"same test at the same level, do not show that it reaches {_goal(decision)}."
        )
    return (
        f"{_what_was_asked(decision)} The scores above come from the selection part, which the "
        "search is free to use: they are a hint, and no claim."
    )


def _how_justified(decision: Decision, n_tried: int) -> str:
    ledger = decision.ledger
    tried = numbers.count(len(ledger.within_reach) if ledger.limits else n_tried)
    about = f"candidates{claimed_of(ledger)} that were tried"
    return (
        f"Each of the {tried} {about}, alone and together, was shown to stay {_missed(decision)} on "
        f"{_asked_below(decision)} confirmation samples that were not used to choose any candidate. "
        f"If one of them really reached {_goal(decision)}, this verdict would still appear in at most "
        f"{_error(decision)} of such runs. It says nothing about candidates that were not tried: the "
        f"list of those that were is below.{_settled(decision)}"
    )


def _how_confirmed(decision: Decision) -> str:
    ledger = decision.ledger
    n = numbers.count(ledger.n_confirmation)
    missed, error = _missed(decision), _error(decision)
    if ledger.earlier is not None:
        return (
            "This candidate was tested in an earlier run, on confirmation samples that were not used to "
            f"choose it, and passed; nothing was asked of the {n} that are left. If its true score "
            f"were {missed}, that verdict would still have appeared in at most {error} of such runs."
        )
    used = _tested_on(decision)
    if decision.confirmation is not None and decision.confirmation.coverage is not None:
        missed = f"{missed} where it answers without a person, or these were fewer than asked"
    is_early = used < ledger.n_confirmation
    others = f"{numbers.count(used)} of {n}" if is_early else n
    early = " The test ended as soon as it was clear." if is_early else ""
    return (
        f"One candidate was chosen on {numbers.count(ledger.n_selection)} selection samples and then "
        f"tested on {others} confirmation samples that were not used to choose any candidate.{early} If its true "
        f"score were {missed.rstrip(',')}, this verdict would still appear in at most {error} of such "
        f"runs, over all levers, candidates and repeated runs up to now.{_settled(decision)}"
    )


def _goal(decision: Decision) -> str:
    return "all targets" if decision.ledger.classes else goal_words(decision)


def _missed(decision: Decision) -> str:
    if decision.ledger.classes:
        return "below a target, over all samples or of a class,"
    return f"below {goal_words(decision)}"


def _error(decision: Decision) -> str:
    return numbers.percent(error_budget(decision))


def _settled(decision: Decision) -> str:
    """Return when the limits parted the candidates; nothing without limits."""
    if not decision.ledger.limits:
        return ""
    return (
        " Which candidates the limits leave out was settled on the selection part, before these tests: "
        "nothing is claimed of those."
    )


def _tested_on(decision: Decision) -> int:
    """Return on how many samples the confirmed candidate was tested: those handed on count too."""
    seen, ledger = decision.confirmation, decision.ledger
    if seen is None:
        return ledger.n_confirmation
    if seen.coverage is None:
        return seen.n
    return max((look.n_seen for look in ledger.looks if look.passed), default=seen.coverage.n)


def _asked_below(decision: Decision) -> str:
    """Return on how many samples candidates were shown to be below: each as many as it took."""
    ledger = decision.ledger
    most = max((look.n_seen for look in ledger.looks if look.question == "below"), default=0)
    n = numbers.count(ledger.n_confirmation)
    return f"up to {numbers.count(most)} of {n}" if 0 < most < ledger.n_confirmation else n


def _what_was_asked(decision: Decision) -> str:
    """Return what the confirmation part was asked in a run without a verdict, and why no more."""
    ledger, asked = decision.ledger, {look.question for look in decision.ledger.looks}
    n = numbers.counted(ledger.n_confirmation, "confirmation sample")
    target = goal_words(decision)
    hidden = "Their scores stay hidden, so that they still count when they are tested again."
    if asked == {"reached", "below"}:
        return (
            f"The {n} show neither that a candidate reaches {target} nor that every candidate "
            f"stays below it. {hidden}"
        )
    if asked == {"reached"}:
        tests = numbers.counted(len(ledger.looks), "test")
        return (
            f"On the {n}, {tests} of whether a candidate reaches {target} failed. "
            f"Whether every candidate stays below it was not tested. {hidden}"
        )
    if asked == {"below"}:
        return f"The {n} do not show that every candidate stays below {target}. {hidden}"
    return (
        f"The {n} were not used in this run, and nothing of their error budget was spent: "
        f"{_why_not_asked(decision)}."
    )


def _why_not_asked(decision: Decision) -> str:
    ledger = decision.ledger
    if ledger.is_explored:
        return "the run was only to explore"
    if ledger.blocked and ledger.ending == "undecided":
        return (
            "no candidate was likely enough to reach the target, and while something is untried nothing "
            "can justify fine-tuning"
        )
    return ledger.reason.rstrip(".") or "a test had too little chance to decide"
