"""`can_decide`: what so many samples can decide at all, in words."""

from ladder.data.split import CONFIRMATION_SHARE
from ladder.decision import Decision
from ladder.decision.goal import RelativeGoal
from ladder.report import numbers
from ladder.report.look_words import spent_on
from ladder.search.select.selection import NINETY_FIVE
from ladder.statistics import smallest_gap
from ladder.statistics.paired_sizes import paired_examples
from ladder.statistics.sizes import SPEND


def can_decide(decision: Decision) -> str:
    """Return what the confirmation samples of this run can decide at all, at this target.

    What earlier tests had spent of the error budget when the run began counts.
    """
    ledger, target = decision.ledger, decision.mark
    if ledger.closed:
        return (
            "The confirmation samples decide nothing more: an earlier verdict showed their scores. "
            "A verdict needs fresh samples, added to the same file."
        )
    if decision.relative is not None:
        return _can_compare(decision, decision.relative)
    above, below = gaps(decision)
    reached = (
        "no score can be counted on to be confirmed"
        if above is None
        else f"a true score of {numbers.at_most(target + above)} or more is confirmed"
    )
    justified = (
        "nothing can justify fine-tuning"
        if below is None
        else f"a best true score of {numbers.at_least(target - below)} or less justifies fine-tuning"
    )
    return (
        f"With {numbers.counted(ledger.n_confirmation, 'confirmation sample')} and target "
        f"{numbers.exact(target)}, a run decides with about 80 % probability: {reached}; "
        f"{justified}. Scores in between may stay undecided."
    )


def _can_compare(decision: Decision, goal: RelativeGoal) -> str:
    """Return how many samples would compare the best with the reference, by how often they disagree."""
    ledger = decision.ledger
    best = max(
        (trial for trial in ledger.trials if trial.against is not None and trial.is_over_all),
        key=lambda trial: trial.score,
        default=None,
    )
    if best is None or best.against is None or best.against.high < -goal.margin or not goal.margin:
        return ""
    seen = best.against
    error = (seen.high - seen.low) / (2 * NINETY_FIVE)
    disagree = min(error * error * seen.n + seen.difference * seen.difference, 1.0)
    needed = paired_examples(goal.margin, disagree, is_exact=best.is_pass_or_fail)
    if needed is None:
        return ""
    return (
        f"The best candidate and {goal.name} disagree on about {numbers.percent(round(disagree, 2))} of "
        f"the selection samples. If they are equally good, about {numbers.count(needed)} samples in all "
        f"show with 80 % probability that it is not worse by more than {numbers.exact(goal.margin)}; "
        f"this run had {numbers.count(ledger.n)}."
    )


def gaps(decision: Decision) -> tuple[float | None, float | None]:
    """Return how far above and below the target a run's confirmation samples decide; None: never."""
    ledger, target = decision.ledger, decision.target
    if target is None:
        return None, None
    worth = round(ledger.n_confirmation / CONFIRMATION_SHARE)
    reached, below = spent_on(decision)
    return (
        smallest_gap(worth, target, alpha=SPEND * (ledger.alpha_reached_left + reached)),
        smallest_gap(
            worth, target, direction="below", alpha=SPEND * (ledger.alpha_justified_left + below)
        ),
    )
