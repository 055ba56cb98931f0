"""`looks_to_show`: the tests on the confirmation part in words, what they cost, and what they left."""

from dataclasses import dataclass

from ladder.decision import Decision
from ladder.decision.candidate_labels import label_of
from ladder.report import numbers
from ladder.search.confirm.left_in_words import left_in_words, questions_in_words
from ladder.search.ledger import Ledger, Look
from ladder.statistics.sizes import SPEND

QUESTIONS = {"reached": "does it reach the target?", "below": "is it below the target?"}


@dataclass(frozen=True, slots=True)
class LookRow:
    """One test on the confirmation part, in words."""

    label: str
    question: str
    level: str
    n: str
    passed: bool


def samples_worth(ledger: Ledger) -> int:
    """Return how many samples of pass and fail a sealed part is worth."""
    return ledger.n_confirmation if ledger.worth is None else ledger.worth


def score_to_reach(decision: Decision) -> float:
    """Return the score from which a candidate counts as good enough; of a decision with a target."""
    return (decision.target or 0.0) - (decision.margin or 0.0)


def looks_passed(decision: Decision) -> str:
    """Return how many tests on the confirmation part passed, by what they showed."""
    shown = [look.question for look in decision.ledger.looks if look.passed]
    below, reached = shown.count("below"), shown.count("reached")
    parts = [f"{numbers.count(below)} shown to be below"] if below else []
    if reached or not below:
        parts.insert(0, f"{numbers.count(reached)} shown to reach the target")
    return ", ".join(parts)


def error_budget(decision: Decision) -> float:
    """Return the probability that bounds a wrong verdict, over the life of the data."""
    ledger = decision.ledger
    spent = spent_on(decision)
    if decision.verdict == "fine_tune":
        return max(0.05, round(ledger.alpha_justified_left + spent[1], 6))
    return max(0.05, round(ledger.alpha_reached_left + spent[0], 6))


def spent_on(decision: Decision) -> tuple[float, float]:
    """Return what the tests of this run spent of both error budgets.

    Every `below` test runs at the same level and only all of them together justify: they cost
    that level once (intersection-union).
    """
    looks = decision.ledger.looks
    reached = sum(_cost(decision, look) for look in looks if look.question == "reached")
    below = max((look.alpha for look in looks if look.question == "below"), default=0.0)
    return reached, below


def _cost(decision: Decision, look: Look) -> float:
    """Return how much of its error budget a test of whether a candidate reaches the target has used up.

    One that passed and showed no score leaves its own level for later; one of an earlier run costs nothing.
    """
    if not look.passed or not decision.ledger.is_sealed:
        return look.alpha
    return 0.0 if decision.ledger.earlier is not None else look.alpha / SPEND - look.alpha


def looks_to_show(decision: Decision) -> tuple[LookRow, ...]:
    """Return each test on the confirmation part in words: candidate, question, level, n, passed.

    Without a verdict nothing says which candidate prevented `fine_tune`, nor when a test ended:
    both would tell something of the confirmation part, which may be asked again.
    """
    is_open = decision.verdict == "inconclusive"
    return tuple(
        LookRow(
            "every candidate tried"
            if is_open and look.question == "below"
            else label_of(decision, look.configuration),
            QUESTIONS[look.question],
            numbers.level(look.alpha),
            "hidden" if is_open else numbers.count(look.n_seen),
            look.passed,
        )
        for look in decision.ledger.looks
    )


def what_is_left(decision: Decision, *, n_clusters: int = 0) -> str:
    """Return how much of the confirmation part the next verdict can use; "" where not known.

    `n_clusters` is 0 where each sample is a unit of its own.
    """
    ledger = decision.ledger
    if ledger.n_open is None:
        return ""
    if ledger.is_sealed and ledger.earlier is None:
        return what_sealed_samples_bear(decision)
    if ledger.looks and ledger.confirmation is None and ledger.earlier is None:
        thing = "confirmation cluster" if n_clusters else "confirmation sample"
        n = numbers.counted(ledger.n_open, thing)
        return f"The {n} can still be asked: the tests of this run showed none of their answers."
    n_all = n_clusters or ledger.n_confirmation
    is_whole = ledger.n_open >= n_all
    return left_in_words(
        ledger.n_open,
        n_all,
        n_verdicts=0 if is_whole else int(ledger.confirmation is not None),
        # What a whole confirmation part can decide stands in the sentence before this one.
        target=0.5 if is_whole or decision.target is None else decision.target,
        n_samples=ledger.n_confirmation if n_clusters else None,
    )


def what_sealed_samples_bear(decision: Decision) -> str:
    """Return how many more candidates the samples of a sealed test can confirm, in words."""
    ledger = decision.ledger
    n = numbers.counted(ledger.n_confirmation, "confirmation sample")
    told = f"The scores of the {n} stay sealed, so that an edited prompt can be tested on them."
    if decision.relative is not None:
        return told
    left = ledger.alpha_reached_left
    return f"{told} {questions_in_words(score_to_reach(decision), samples_worth(ledger), left)}"
