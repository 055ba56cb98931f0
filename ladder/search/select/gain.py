"""Whether a race's winner beats its parent, and whether a lever's upper bound is too low."""

import math

from ladder.search.ledger import Configuration
from ladder.search.select.race import Race
from ladder.search.select.selection import CLEAR, Selection

HARDLY = 0.3
"""Standard errors behind its parent up to which a race's winner is looked at again."""


def gain_of(selection: Selection, result: Race) -> tuple[float, str]:
    """Return the winner's gain and why it is carried; an empty reason if it is not."""
    if not result.order:
        return 0.0, ""
    winner, parent = result.order[0], result.parent
    difference = selection.difference(winner, parent)
    if not selection.is_measured(winner):
        return 0.0, ""
    gain = selection.gain(winner, parent)
    if difference.mean > 0:
        return gain, "better on the selection part"
    stands_still = not selection.difference(parent, winner).exceeds(CLEAR)
    if stands_still and selection.moved(winner, parent) > 0:
        return (gain, "the score did not change, but a finer measure of the answers improved")
    return 0.0, ""


def anything_moved(selection: Selection, result: Race) -> bool:
    """Return whether a finer reading of the winner's answers moved."""
    return bool(result.order) and selection.moved(result.order[0], result.parent) > 0


def is_hardly_behind(selection: Selection, result: Race) -> bool:
    """Return whether the winner may be behind its parent by luck alone.

    Half of the gains that races missed had won, and looked no better than the parent by luck.
    """
    if not result.order:
        return False
    winner = result.order[0]
    difference = selection.difference(winner, result.parent)
    is_late = selection.n_seen(winner) >= len(selection.units) / 4
    is_near = difference.mean <= 0 and not difference.is_below(HARDLY)
    return is_late and is_near and difference.error > 0


def is_no_use(
    selection: Selection,
    ceiling: Configuration,
    parent: Configuration,
    *,
    target: float,
    reach: float,
) -> bool:
    """Return whether a lever's ceiling neither helps its parent nor comes near the target."""
    guess = selection.guess(ceiling, target, most=True)
    error = math.sqrt(guess.variance / selection.n_seen(ceiling))
    is_below = guess.mean + CLEAR * error < reach
    is_better = selection.value(ceiling) > selection.value(parent, selection.n_seen(ceiling))
    return is_below and not is_better and selection.moved(ceiling, parent) <= 0
