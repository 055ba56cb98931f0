"""`account`: the ledger of a climb that ended, with the number of examples that would decide."""

import math
from collections.abc import Sequence
from typing import Literal

from ladder.data.split import CONFIRMATION_SHARE
from ladder.errors import LadderError
from ladder.search.confirm.looks import QuestionName
from ladder.search.confirm.questions import Questions
from ladder.search.ledger import Attempt, Configuration, Ledger, Trial
from ladder.search.problem import Problem
from ladder.statistics.sizes import confirmation_needed, likely_gap

Ending = Literal["reached", "justified", "undecided", "budget", "outage"]

ABLATION_UNITS = 32
"""Units on which the winning stack is scored without a part, where that was never tried."""

NEVER = (
    "a target of 1 can never be confirmed: any number of right answers leaves room for a wrong "
    "one, and one wrong answer disproves it; set a margin, or a target below 1"
)
"""Why a run stays open whose target cannot be shown to be reached."""

FLATTERY = 1.0
"""Standard errors by which the best score of many is likely to be too high."""

CAUTION = 0.8
"""What is kept of the gap that a failed test leaves likely: with all of it, one advice in three
was too small."""

WATCHED = 1.6
"""How many more units a test by bets alone needs than the exact one, at 90 % power."""


def account(
    problem: Problem,
    questions: Questions,
    attempts: Sequence[Attempt],
    *,
    best: Configuration,
    ending: Ending,
) -> Ledger:
    """Return all that was measured; before a verdict, nothing that tells a confirmation score."""
    selection, part = questions.selection, questions.part
    is_open = ending not in ("reached", "justified")
    baseline = Configuration.baseline(len(problem.levers))
    ahead = questions.best_measured(baseline)
    if ending != "reached":
        best = questions.best_to_name(baseline)
    reason, is_blocked = _why_open(questions, ahead, ending) if is_open else ("", False)
    n_selection, n_confirmation = len(selection.units.positions), len(part.units.positions)
    return Ledger(
        n=n_selection + n_confirmation,
        n_selection=n_selection,
        n_confirmation=n_confirmation,
        baseline=selection.trial(baseline, None),
        attempts=tuple(attempts),
        looks=part.made,
        best=best,
        ending=ending,
        reason=reason,
        is_explored=questions.is_exploring,
        blocked=is_blocked,
        closed=ending == "undecided" and bool(part.looks.why_closed()),
        confirmation=part.closing_score,
        n_open=part.n_open,
        ablation=_ablation(problem, questions, best) if ending == "reached" else (),
        examples_needed=examples_to_add(questions, ahead) if ending == "undecided" else None,
        alpha_reached_left=part.left("reached"),
        alpha_justified_left=part.left("below"),
        calls=selection.calls + part.calls,
    )


def _ablation(problem: Problem, questions: Questions, best: Configuration) -> tuple[Trial, ...]:
    """Return the stack that passed without each of its parts; most were scored on the way."""
    selection = questions.selection
    rows = []
    parts = [best.without(lever) for lever in best.applied] if len(best.applied) > 1 else []
    n_units = min(ABLATION_UNITS, len(selection.units))
    fresh = [each for each in parts if not selection.n_seen(each)]
    selection.ask_ahead([each for each in fresh if problem.composes(each)], n_units)
    for without in parts:
        try:
            if problem.composes(without) and not selection.n_seen(without):
                selection.see(without, n_units)
        except LadderError:
            continue  # the verdict stands; this only explains it
        if selection.n_seen(without):
            rows.append(selection.trial(without, best))
    return tuple(rows)


def _why_open(questions: Questions, ahead: Configuration, ending: Ending) -> tuple[str, bool]:
    """Return why there is no verdict, and whether more examples alone would not help.

    What stops every question comes first. An untested lever only bars the way to `fine_tune`:
    where the best reaches the target on the selection part it's beside the point.
    """
    if questions.is_exploring and ending == "undecided":
        return _why_explored(questions), True
    part, failed = questions.part, list(questions.part.failed.values())
    if ending != "undecided":
        return "; ".join(dict.fromkeys([*questions.blocked, *failed])), True
    if closed := part.looks.why_closed():
        return closed, False
    is_above = questions.selection.mean(ahead) >= questions.claim.reach
    if problems := [*([] if is_above else questions.blocked), *failed]:
        return "; ".join(dict.fromkeys(problems)), True
    is_never = questions.claim.reach >= 1
    return (NEVER if is_never else "too few examples for the gap to the target"), False


def _why_explored(questions: Questions) -> str:
    """Return what a run that may not ask the confirmation part would ask of it."""
    if closed := questions.part.looks.why_closed():
        return f"{closed[:1].lower()}{closed[1:]}"
    would_ask = questions.would_ask or (
        "nothing yet: it is unlikely that a candidate passes, and unlikely that all are shown to "
        "be below the target"
    )
    would_test = f"a run without --explore would test {would_ask}"
    return "; ".join([would_test, *dict.fromkeys(questions.blocked)])


def examples_to_add(questions: Questions, best: Configuration) -> int | None:
    """Return about how many examples to add, for both parts; None where none would decide.

    It knows the selection part, and of the confirmation part only which tests failed. The best
    of many flatters itself, so its score is taken lower than it looks; and a test that failed
    says that the gap is hardly larger than what so many samples can show.
    """
    selection, part, target = questions.selection, questions.part, questions.claim.target
    if part.looks.why_closed():
        return None
    guess = selection.guess(best, target)
    error = math.sqrt(guess.variance / selection.n_seen(best))
    is_chosen = len(selection.seen) > 1
    unit_size = len(part.units.positions) / len(part.units)
    # A unit's score is drawn towards the target by as much as the unit is smaller than the largest.
    score = target + (selection.mean(best) - target) * unit_size / part.units.largest
    score -= FLATTERY * error if is_chosen else 0.0
    question: QuestionName = "reached" if score >= target else "below"
    edge = part.edge(question)
    hardest = questions.hardest(best)
    is_in_doubt = selection.most(hardest) > selection.mean(hardest)
    if question == "below" and is_in_doubt and selection.most(hardest) >= edge:
        return None  # the most that the answers may be worth is not below, however many there are
    gap = max(abs(score - edge), error / 2)
    failed = [look.alpha for look in part.made if look.question == question]
    if failed:
        gap = min(gap, CAUTION * likely_gap(edge, len(part.units), alpha=failed[0]))
    gap = min(gap, (1 - edge if question == "reached" else edge) - 1e-6)
    alpha = part.alpha(question)
    if alpha < 1e-6 or gap <= 0:
        return None
    score = edge + gap if question == "reached" else edge - gap
    exact = confirmation_needed(edge, score, alpha=alpha, power=0.9)
    if exact is None:
        return None
    needed: float = exact
    if not part.is_exact:
        needed *= WATCHED * min(1.0, guess.variance / (guess.mean * (1 - guess.mean)))
    missing = max(needed - len(part.units), 1.0)
    return math.ceil(missing * unit_size / CONFIRMATION_SHARE)
