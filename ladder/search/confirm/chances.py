"""`chance_to_pass` and `chance_to_reach`: how likely a test passes, by what the selection part tells."""

import math
from collections.abc import Sequence

from scipy import special

from ladder.statistics import Guess
from ladder.statistics.betting import Direction
from ladder.statistics.sizes import END_SHARE, fewest_to_decide

POOLED = 32
"""Units' worth of weight that the mean of all configurations has in the guess about one."""


def chance_to_pass(
    guess: Guess, edge: float, n_seen: int, *, direction: Direction, alpha: float, total: int
) -> float:
    """Return about how probable a pass is, as far as the selection part can tell.

    The guess is itself uncertain by as much as `n_seen` units leave it.

    >>> round(chance_to_pass(Guess(0.9, 0.09), 0.8, 100, direction=1, alpha=0.035, total=150), 2)
    0.92
    """
    if alpha <= 0 or total == 0:
        return 0.0
    effect = direction * (guess.mean - edge) / math.sqrt(guess.variance)
    needed = -float(special.ndtri(alpha)) / math.sqrt(total)
    spread = math.sqrt(1 / max(n_seen, 1) + 1 / total)
    return float(special.ndtr((effect - needed) / spread))


def may_show(edge: float, total: int, *, alpha: float, is_binary: bool, is_above: bool) -> bool:
    """Return whether so many units could show anything at all, with a perfect row of answers.

    >>> [may_show(0.8, n, alpha=0.035, is_binary=True, is_above=True) for n in (16, 17)]
    [False, True]
    """
    if alpha <= 0:
        return False
    fewest = fewest_to_decide(edge, alpha if is_binary else alpha / END_SHARE, above=is_above)
    return fewest is not None and total >= fewest


def chance_to_reach(guess: Guess, edge: float, n_seen: int) -> float:
    """Return about how probable it is that the mean itself reaches an edge, whatever a test shows.

    >>> round(chance_to_reach(Guess(0.75, 0.19), 0.8, 100), 2)
    0.13
    """
    return float(special.ndtr((guess.mean - edge) * math.sqrt(n_seen / guess.variance)))


def shrunk(guesses: Sequence[Guess], sizes: Sequence[int]) -> list[Guess]:
    """Return guesses drawn towards their common mean, the more so the fewer units are behind one.

    What was dropped after 16 units looks worse than it is; a bet that fits saves calls.

    >>> [round(guess.mean, 2) for guess in shrunk([Guess(0.2, 0.1), Guess(0.6, 0.1)], [16, 240])]
    [0.45, 0.6]
    """
    total = sum(sizes)
    if not total:
        return list(guesses)
    middle = sum(guess.mean * n for guess, n in zip(guesses, sizes, strict=True)) / total
    return [
        Guess((guess.mean * n + middle * POOLED) / (n + POOLED), guess.variance)
        for guess, n in zip(guesses, sizes, strict=True)
    ]
