"""`left_in_words` and `questions_in_words`: how much more a confirmation part can be asked, in words."""

import math

from ladder.data.split import CONFIRMATION_SHARE
from ladder.statistics.sizes import (
    ERROR_BUDGET,
    SPEND,
    fewest_to_decide,
    highest_asked,
    needed_score,
    questions_borne,
)
from ladder.text import hundredths


def left_in_words(
    n_left: int, n_all: int, *, n_verdicts: int, target: float = 0.5, n_samples: int | None = None
) -> str:
    """Return how much of a confirmation part no verdict has shown, in words.

    A verdict reads as many samples as it takes, so their number is only said under a condition.
    Where several samples are one cluster, clusters are counted: a test draws each as a whole.

    Args:
        n_left: Samples, or clusters, that no verdict has shown.
        n_all: All of them.
        n_verdicts: How many verdicts have read the others.
        target: What a candidate must reach.
        n_samples: How many samples the clusters hold; None where samples are counted.

    >>> left_in_words(126, 126, n_verdicts=0)
    'All 126 samples of the confirmation part are untouched.'
    >>> left_in_words(10, 10, n_verdicts=0, target=0.8)
    'All 10 samples of the confirmation part are untouched. They are too few to confirm the target, however good the answers: that takes at least 17, all of them right, so add about 12 rows.'
    >>> left_in_words(74, 126, n_verdicts=1)
    '74 of 126 samples of the confirmation part are untouched: about one more verdict, if it reads 52 as before; a closer score takes more.'
    >>> left_in_words(110, 162, n_verdicts=1)
    '110 of 162 samples of the confirmation part are untouched: about two more verdicts, if each reads 52 as before; a closer score takes more.'
    >>> left_in_words(16, 35, n_verdicts=1, target=0.8)
    '16 of 35 samples of the confirmation part are untouched: too few to confirm the target, however good the answers.'
    >>> left_in_words(42, 42, n_verdicts=0, n_samples=47)
    'All 42 clusters (47 samples) of the confirmation part are untouched.'
    """
    things = "samples" if n_samples is None else f"clusters ({n_samples} samples)"
    fewest = fewest_to_decide(target, ERROR_BUDGET * SPEND, above=True)
    if n_left >= n_all:
        rows = "rows" if n_samples is None else "clusters"
        few = "" if fewest is None or n_all >= fewest else _too_few(n_all, fewest, rows)
        return f"All {n_all} {things} of the confirmation part are untouched.{few}"
    words = f"{n_left} of {n_all} {things} of the confirmation part are untouched"
    if not n_left:
        return f"{words}: another verdict needs fresh examples, added to the same file."
    if fewest is None or n_left < fewest:
        return f"{words}: too few to confirm the target, however good the answers."
    one = (n_all - n_left) / max(n_verdicts, 1)
    more = int(n_left / one)
    if not more:
        return f"{words}: probably not enough for another verdict."
    number = {1: "one", 2: "two", 3: "three"}.get(more, str(more))
    many = "verdict, if it reads" if more == 1 else "verdicts, if each reads"
    return f"{words}: about {number} more {many} {one:.0f} as before; a closer score takes more."


def questions_in_words(target: float, n: int, left: float) -> str:
    """Return how many more candidates samples that stay sealed can confirm, in words.

    >>> questions_in_words(0.8, 120, 0.035)
    'The next candidate needs about .88 on them. They bear about 6 more questions if each passes, 2 if each fails, before one needs more than .90.'
    >>> questions_in_words(0.8, 30, 0.0005)
    'They hardly bear another question: no score on them would be enough, so add rows.'
    >>> questions_in_words(0.8, 60, 0.035)
    'They hardly bear another question: the next candidate would need about .92 on them, so add rows.'
    """
    most = highest_asked(target)
    needed = needed_score(target, n, SPEND * left)
    edge = hundredths(most)
    if needed is None or needed > most:
        asked = f"the next candidate would need about {hundredths(needed or 0.0)} on them"
        why = "no score on them would be enough" if needed is None else asked
        return f"They hardly bear another question: {why}, so add rows."
    passing, failing = (
        questions_borne(target, n, left, kept=share, most=most) for share in (SPEND, 1 - SPEND)
    )
    questions = "question" if passing == 1 else "questions"
    return (
        f"The next candidate needs about {hundredths(needed)} on them. "
        f"They bear about {passing} more {questions} if each passes, {failing} if each fails, "
        f"before one needs more than {edge}."
    )


def _too_few(n: int, fewest: int, rows: str) -> str:
    more = math.ceil((fewest - n) / CONFIRMATION_SHARE)
    return (
        " They are too few to confirm the target, however good the answers: that takes at least "
        f"{fewest}, all of them right, so add about {more} {rows}."
    )
