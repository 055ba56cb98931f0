"""`claim_of`: the one number of a report that is a claim, or the hint that stands in its place."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.decision import Decision
from ladder.report import numbers
from ladder.report.ladder_rows import Dot, leading
from ladder.report.look_words import error_budget, samples_worth, score_to_reach
from ladder.search.ledger import AgainstReference
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
