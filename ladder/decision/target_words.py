"""`targets_in_words`: the target over all samples and those of classes, as a sentence names them."""

from ladder.decision.goal import Goal, goal_in_words, points
from ladder.decision.lever_words import MOST_NAMED
from ladder.search.ledger import Ledger
from ladder.text import joined


def targets_in_words(ledger: Ledger, goal: Goal) -> str:
    """Return every target, in words."""
    if not ledger.classes:
        return goal_in_words(goal)
    return f"{goal_in_words(goal)} and the {'target' if len(ledger.classes) == 1 else 'targets'} of {class_targets_in_words(ledger)}"


def class_targets_in_words(ledger: Ledger) -> str:
    """Return the targets of classes with their labels; of many, how many there are."""
    if len(ledger.classes) > MOST_NAMED:
        return f"{len(ledger.classes)} classes"
    return joined([f"{each.label} ({points(each.target)})" for each in ledger.classes])
