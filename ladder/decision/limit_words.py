"""What a decision says of limits: what the claim is about, and the best candidate beyond them."""

from collections.abc import Iterator, Sequence

from ladder.decision.provenance import CandidateRecord
from ladder.search.candidate_costs import CostBound
from ladder.search.ledger import Ledger, Trial
from ladder.search.select.within_limits import WORDS, number
from ladder.spec.limits import LimitName
from ladder.text import hundredths

NAMES: dict[LimitName, str] = {
    "money_per_1000": "money for 1,000 answers",
    "seconds_p95": "seconds an answer (95th percentile)",
    "prompt_tokens": "prompt tokens (95th percentile)",
    "memory_gib": "GiB of memory",
}


def within_limits(ledger: Ledger) -> str:
    """Return the words that say whom a claim is about; nothing without limits."""
    return " within the limits" if ledger.limits else ""


def claimed_of(ledger: Ledger) -> str:
    """Return what "none reaches the target" is about; nothing without limits.

    One that is neither shown to be within the limits nor beyond them is among them.
    """
    if not ledger.limits:
        return ""
    is_open = any(ledger.standing(each) != "within" for each in ledger.within_reach)
    return " that are not beyond the limits" if is_open else " within the limits"


def best_beyond(ledger: Ledger) -> Trial | None:
    """Return the best that is beyond a limit, of those that were scored longest; None without one."""
    found = [
        each
        for each in ledger.trials
        if each.n_seen and each.is_over_all and ledger.standing(each.configuration) == "beyond"
    ]
    longest = max((each.n_seen for each in found), default=0)
    far = [each for each in found if 2 * each.n_seen >= longest]
    return max(far, key=lambda each: each.score, default=None)


def beyond_words(
    ledger: Ledger,
    levers: Sequence[str],
    candidates: Sequence[CandidateRecord],
    *,
    above: float = 0.0,
) -> Iterator[str]:
    """Yield the best candidate beyond the limits with its price, if it scores `above` or more."""
    trial = best_beyond(ledger)
    costs = None if trial is None else ledger.costs_of(trial.configuration)
    if trial is None or costs is None or trial.score < above:
        return
    label = next(
        (each.label for each in candidates if each.configuration == trial.configuration), ""
    )
    names = [levers[at] for at in trial.configuration.applied]
    who = label or " with ".join(filter(None, ("the baseline", " and ".join(names))))
    base = ledger.costs_of(ledger.baseline.configuration)
    known = {} if base is None else {each.limit: each for each in base.bounds}
    dearest = max(costs.telling, key=lambda each: (each.value or 0.0) / each.most)
    price = _price(dearest, known.get(dearest.limit), is_baseline=not any(trial.configuration))
    yield f"Beyond the limits, {who} scores {hundredths(trial.score)} on the selection part{price}."


def _price(bound: CostBound, base: CostBound | None, *, is_baseline: bool) -> str:
    value, what = bound.value or 0.0, WORDS[bound.limit]
    if is_baseline or base is None or not base.value:
        return f" at {number(value)} {what} (the limit is {number(bound.most)})"
    return (
        f" at {value / base.value:.3g} times the {what} of the baseline ({number(value)}, and the "
        f"limit is {number(bound.most)})"
    )
