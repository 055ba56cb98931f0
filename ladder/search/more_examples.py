"""`advise`: about how many more examples would decide."""

import math

from ladder.data.split import CONFIRMATION_SHARE
from ladder.search.confirm.locked import Locked
from ladder.search.confirm.looks import QuestionName
from ladder.search.ledger import Configuration
from ladder.search.select.selection import Selection
from ladder.statistics.sizes import confirmation_needed, likely_gap

FLATTERY = 1.0
"""Standard errors by which the best score of many is likely to be too high."""

CAUTION = 0.8
"""What is kept of the gap that a failed test leaves likely: with all of it, one advice in three
was too small."""

WATCHED = 1.6
"""How many more units a test by bets alone needs than the exact one, at 90 % power."""


def advise(
    selection: Selection, locked: Locked, best: Configuration, *, target: float
) -> int | None:
    """Return about how many examples to add, for both parts; None where none would decide.

    It knows the selection part, and of the confirmation part only which tests failed. The best
    of many flatters itself, so its score is taken lower than it looks; and a test that failed
    says that the gap is hardly larger than what so many samples can show.
    """
    guess = selection.guess(best, target)
    error = math.sqrt(guess.variance / selection.n_seen(best))
    is_chosen = len(selection.seen) > 1
    unit_size = len(locked.units.positions) / len(locked.units)
    # A unit's score is drawn towards the target by as much as the unit is smaller than the largest.
    score = target + (selection.mean(best) - target) * unit_size / locked.units.largest
    score -= FLATTERY * error if is_chosen else 0.0
    question: QuestionName = "reached" if score >= target else "below"
    edge = locked.edge(question)
    gap = max(abs(score - edge), error / 2)
    failed = [look.alpha for look in locked.made if look.question == question]
    if failed:
        gap = min(gap, CAUTION * likely_gap(edge, len(locked.units), alpha=failed[0]))
    gap = min(gap, (1 - edge if question == "reached" else edge) - 1e-6)
    alpha = locked.alpha(question)
    if alpha < 1e-6 or gap <= 0:
        return None
    score = edge + gap if question == "reached" else edge - gap
    exact = confirmation_needed(edge, score, alpha=alpha, power=0.9)
    if exact is None:
        return None
    needed: float = exact
    if not locked.is_exact:
        needed *= WATCHED * min(1.0, guess.variance / (guess.mean * (1 - guess.mean)))
    missing = max(needed - len(locked.units), 1.0)
    return math.ceil(missing * unit_size / CONFIRMATION_SHARE)
