"""`LookHistory`: all questions asked of one confirmation part, with their answers, as the ledger keeps them."""

from typing import Literal

from ladder.frozen import Frozen, added
from ladder.search.ledger import Confirmation
from ladder.statistics.sizes import QuestionName


class LookEntry(Frozen):
    """One question: about which configuration (or set of them), at what level, with what answer.

    `passed` is None from the moment the question is written down until it is answered. `n_units`
    is where a test that passed ended; of one that did not it stays 0, as it tells of the scores.
    `is_shown` says that a verdict showed all units that the test asked, so it touched no other.
    `is_sealed` says that it passed in a run that showed none of its scores, and `regained` how much
    of `alpha` later questions may spend since: see `level_after_pass`.
    """

    question: QuestionName
    key: str
    alpha: float
    passed: bool | None = None
    n_units: int = 0
    is_shown: bool = False
    is_sealed: bool = added(False)
    regained: float = added(0.0)

    @property
    def cost(self) -> float:
        """Return how much of the error budget this question has used up."""
        return self.alpha - self.regained


class Closing(Frozen):
    """The verdict that closed the part, and the score that it showed.

    Attributes:
        shown: Names of the units that were asked in its run, so that anybody may have seen their
            scores; None in an older ledger, where the whole part counts as shown.
        run: Digest of the run that came to it: the same run comes to it again at no cost.
        people: What people's labels of the same candidate showed, once they were counted.
        people_alpha: Level of people's test, where no passed look of this run stands for it.
    """

    question: QuestionName
    key: str
    confirmation: Confirmation
    shown: tuple[str, ...] | None = None
    run: str = ""
    people: Literal["", "reached", "below", "open"] = added("")
    people_alpha: float = added(0.0)


class EarlierPass(Frozen):
    """A test that an earlier run passed, and showed: the same candidate needs no other."""

    alpha: float
    confirmation: Confirmation


class LookHistory(Frozen):
    """All questions asked of one confirmation part.

    Attributes:
        inherited_reached, inherited_below: Spent on other parts that share samples with this.
        inherited_pass: Whether a sealed test of a part that shares samples passed, at any target.
        burned: Why no new question may be asked at all; empty if one may.
        closed: Units that earlier verdicts showed: they are no part of this one any more.
    """

    entries: tuple[LookEntry, ...] = ()
    closing: Closing | None = None
    inherited_reached: float = 0.0
    inherited_below: float = 0.0
    inherited_pass: bool = added(False)
    burned: str = ""
    closed: tuple[str, ...] = ()

    def spent(self, question: QuestionName) -> float:
        """Return how much of a question's error budget was spent."""
        before = self.inherited_reached if question == "reached" else self.inherited_below
        return before + sum(entry.cost for entry in self.entries if entry.question == question)

    @property
    def has_sealed_pass(self) -> bool:
        """Return whether a candidate was shown to reach the target, and none of its scores."""
        return self.inherited_pass or any(entry.is_sealed for entry in self.entries)

    def spent_beyond(self, question: QuestionName) -> float:
        """Return how much was spent on units that no verdict showed."""
        shown = (e.cost for e in self.entries if e.question == question and e.is_shown)
        return self.spent(question) - sum(shown) + self.spent_by_people(question)

    def spent_by_people(self, question: QuestionName) -> float:
        """Return what people's test spent of a budget that the units behind it share.

        Where all looks asked but what a verdict showed, those units have a budget of their own.
        """
        is_shared = any(not entry.is_shown for entry in self.entries)
        is_theirs = self.closing is not None and question == "reached" and is_shared
        return self.closing.people_alpha if self.closing is not None and is_theirs else 0.0

    def find(self, question: QuestionName, key: str) -> LookEntry | None:
        """Return the entry of a question asked before."""
        wanted = (question, key)
        return next((each for each in self.entries if (each.question, each.key) == wanted), None)

    def with_entry(self, entry: LookEntry) -> "LookHistory":
        """Return a record with an entry added, or replaced if the question was asked before."""
        rest = tuple(e for e in self.entries if (e.question, e.key) != (entry.question, entry.key))
        return self.replace(entries=(*rest, entry))
