"""`Missing`: about how many more examples an undecided run lacks for a verdict."""

import math
from dataclasses import dataclass

from ladder.data.split import CONFIRMATION_SHARE
from ladder.search.confirm.questions import Questions
from ladder.search.confirm.requirement import Requirement
from ladder.search.ledger import Configuration
from ladder.statistics import Guess
from ladder.statistics.sizes import WATCHED, QuestionName, confirmation_needed, likely_gap

FLATTERY = 1.0
"""Standard errors by which the best score of many is likely to be too high."""

CAUTION = 0.8
"""What is kept of the gap that a failed test leaves likely: with all of it, one advice in three
was too small."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What one mean lacks.

    Attributes:
        label: The class that it is over; empty for all samples.
        samples: About how many more of its samples would decide, in both parts together.
        examples: How many examples give so many, where they come as they do now.
    """

    label: str
    samples: int
    examples: int


def missing_examples(questions: Questions, best: Configuration) -> tuple[Missing, ...]:
    """Return about what to add, for both parts; nothing where nothing would decide.

    It knows the selection part, and of the confirmation part only which tests failed. The score
    of the best of many is too high by luck, so it is taken lower than it looks; and a test that failed
    says that the gap is hardly larger than what so many samples can show. To reach the target
    every mean must be shown to; to miss it, the one that is most easily shown to.
    """
    part = questions.part
    if part.looks.why_closed():
        return ()
    means = [_Mean(questions, best, each) for each in part.requirements]
    if all(each.expected >= each.requirement.target for each in means):
        likeliest = min(means, key=_Mean.chance_to_reach)
        found = [each.missing("reached", has_failed=each is likeliest) for each in means]
    elif _is_in_doubt(questions, best):
        return ()  # the most that the answers may be worth is not below, however many there are
    else:
        about = questions.easiest_below(best)
        found = [
            each.missing("below", has_failed=True) for each in means if each.requirement is about
        ]
    if any(each is None for each in found):
        return ()
    some = tuple(each for each in found if each is not None and each.examples)
    # One sample of all where by the numbers nothing is missing.
    return some or (Missing("", 1, math.ceil(1 / CONFIRMATION_SHARE)),)


def if_as_it_looks(questions: Questions, best: Configuration) -> int | None:
    """Return how many more examples would decide if the best is as good as it scored; None if none.

    All doubt is left aside: it is the number that a person works out from the score alone.
    """
    if questions.part.looks.why_closed():
        return None
    means = [_Mean(questions, best, each) for each in questions.part.requirements]
    is_above = all(each.looks_like >= each.requirement.reach for each in means)
    found = [each.missing_as_it_looks("reached" if is_above else "below") for each in means]
    known = [each for each in found if each is not None]
    if not known or (is_above and len(known) < len(found)):
        return None
    return max(known) if is_above else min(known)


def _is_in_doubt(questions: Questions, best: Configuration) -> bool:
    """Return whether answers that nobody knows lift the hardest one over the target."""
    hardest = questions.hardest(best)
    about = questions.easiest_below(hardest)
    read, most = (
        questions.selection.mean_within(hardest, about.selection, most=most)
        for most in (False, True)
    )
    return read is not None and most is not None and most > read and most >= about.target


class _Mean:
    """One mean of the best candidate, as the selection part tells it."""

    def __init__(self, questions: Questions, best: Configuration, about: Requirement) -> None:
        self.requirement = about
        self._questions, self._best = questions, best
        units = about.confirmation
        selection = questions.selection
        self._n_units = len(units)
        self._unit_size = len(units.positions) / len(units) if len(units) else 1.0
        self._guess: Guess = selection.guess(best, about.target, units=about.selection)
        n_seen = selection.n_within(best, about.selection)
        self._error = math.sqrt(self._guess.variance / max(n_seen, 1))
        mean = selection.mean_within(best, about.selection)
        # Of a class that was never met nothing is known: take it to be half way to perfect.
        mean = (about.target + 1) / 2 if mean is None else mean
        # A unit's score is drawn towards the target by as much as it is smaller than the largest.
        score = about.target + (mean - about.target) * self._unit_size / units.largest
        self.looks_like = score
        is_chosen = len(selection.seen) > 1 and n_seen > 0
        self.expected = score - (FLATTERY * self._error if is_chosen else 0.0)

    def chance_to_reach(self) -> float:
        """Return how likely the test of this mean passes."""
        return self._questions.chance_of(self.requirement, "reached", self._best, most=False)

    def missing_as_it_looks(self, question: QuestionName) -> int | None:
        """Return how many examples to add if the score is what it looks like; None if none do."""
        edge, alpha = self.requirement.edge(question), self._questions.part.alpha(question)
        is_right_side = (self.looks_like >= edge) == (question == "reached")
        gap = abs(self.looks_like - edge)
        if alpha < 1e-6 or gap < 1e-6 or not is_right_side:
            return None
        needed = self._units_needed(question, gap, alpha)
        return (
            None if needed is None else self._as_examples(max(needed - self._n_units, 1.0)).examples
        )

    def missing(self, question: QuestionName, *, has_failed: bool) -> Missing | None:
        """Return what to add so that a test would probably tell; None where nothing would."""
        part, about = self._questions.part, self.requirement
        edge, alpha = about.edge(question), part.alpha(question)
        gap = max(abs(self.expected - edge), self._error / 2)
        failed = [look.alpha for look in part.made if look.question == question]
        if failed and has_failed and self._n_units:
            gap = min(gap, CAUTION * likely_gap(edge, self._n_units, alpha=failed[0]))
        if alpha < 1e-6:
            return None
        needed = self._units_needed(question, gap, alpha)
        if needed is None:
            return None
        least = 0.0 if len(part.requirements) > 1 else 1.0
        return self._as_examples(max(needed - self._n_units, least))

    def _units_needed(self, question: QuestionName, gap: float, alpha: float) -> float | None:
        """Return how many units of the confirmation part a gap to the edge takes; None if none do."""
        about = self.requirement
        edge = about.edge(question)
        gap = min(gap, (1 - edge if question == "reached" else edge) - 1e-6)
        if gap <= 0:
            return None
        score = edge + gap if question == "reached" else edge - gap
        exact = confirmation_needed(edge, score, alpha=alpha, power=0.9)
        if exact is None or about.is_binary:
            return exact
        mean = self._guess.mean
        by_bets = 1.0 if about.is_paired else WATCHED
        return exact * by_bets * min(1.0, self._guess.variance / (mean * (1 - mean)))

    def _as_examples(self, units: float) -> Missing:
        samples = units * self._unit_size / CONFIRMATION_SHARE
        n_all = len(self._questions.part.units.positions)
        share = max(len(self.requirement.confirmation.positions), 0.5) / n_all
        return Missing(self.requirement.label, math.ceil(samples), math.ceil(samples / share))
