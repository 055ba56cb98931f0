"""`Looks`: all tests ever made on one confirmation part, and the error budget that is left.

Each question spends part of an error budget, and is written down before it is asked. The same
question costs nothing the second time. A verdict that shows scores closes the part; one that is
sealed tells only that its test passed, and leaves the level of that test for later questions.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from ladder.errors import EvidenceError, SpecError
from ladder.search.confirm.look_history import Closing, EarlierPass, LookEntry, LookHistory
from ladder.statistics.sizes import ERROR_BUDGET, SPEND, QuestionName, next_level


class Looks:
    """The looks at one part, in memory. `LooksFile` keeps them beside the eval data.

    Args:
        record: What was asked before.
        is_sealed: Whether a candidate that passes is named, and no score of the part is shown, so
            that the part can be asked again.

    Attributes:
        earlier: What passed before and was shown, by the candidate's digest.
    """

    def __init__(self, record: LookHistory | None = None, *, is_sealed: bool = False) -> None:
        self._record = record or LookHistory()
        self._about = ""
        self._run = ""
        self.is_sealed = is_sealed
        self.earlier: Mapping[str, EarlierPass] = {}

    @property
    def record(self) -> LookHistory:
        """Return what was asked so far."""
        return self._record

    def tie_to(self, about: str) -> None:
        """Remember the question that these looks are about; it can't be exchanged later.

        Raises:
            SpecError: They are about another part, target or kind of score.
        """
        if self._about not in ("", about):
            raise SpecError(
                "These recorded tests belong to another question: n, target, kind, clusters or "
                "seed differ.",
                next_step="Start with Looks() for a new question; after adding samples at the end, "
                "pass looks.extended().",
            )
        self._about = about

    def extended(self) -> "Looks":
        """Return the looks at a larger part that contains this one: what was spent stays spent."""
        record = self.record
        return Looks(
            LookHistory(
                inherited_reached=record.spent("reached"),
                inherited_below=record.spent("below"),
                inherited_pass=record.has_sealed_pass,
                burned=self.why_closed(),
                closed=record.closed,
            ),
            is_sealed=self.is_sealed,
        )

    def reopened(self) -> "Looks":
        """Return the looks for the next question after a verdict; the same ones before it.

        Only the units that the verdict's run asked are closed, and may serve to select on. What was
        spent stays spent if tests of other runs, which came to nothing, may have asked the rest.
        """
        record = self.record
        if record.closing is None or record.closing.shown is None:
            return self
        reopened = Looks(
            LookHistory(
                inherited_reached=record.spent_beyond("reached"),
                inherited_below=record.spent_beyond("below"),
                inherited_pass=record.has_sealed_pass,
                closed=(*record.closed, *record.closing.shown),
            ),
            is_sealed=self.is_sealed,
        )
        reopened.tie_to(self._about)
        return reopened

    def why_closed(self) -> str:
        """Return why no new question may be asked, in words; empty if one may."""
        record = self.record
        if record.burned:
            return record.burned
        if record.closing is not None:
            return (
                "An earlier verdict showed the scores of this confirmation part; "
                "another configuration needs fresh examples"
            )
        return ""

    def left(self, question: QuestionName, allowed: float) -> float:
        """Return what is left of an error budget of which `allowed` was granted in all."""
        if self.why_not_below(question):
            return 0.0
        return max(0.0, allowed - self.record.spent(question))

    def begin(self, question: QuestionName, key: str, *, allowed: float) -> LookEntry | None:
        """Write down a question before it is asked; None if it may not be asked.

        A question asked before comes back with its answer; one that was written down and never
        answered (a killed run) may be asked again at the level that it was given.
        """
        with self._alone():
            known = self.record.find(question, key)
            if known is not None:
                return known
            alpha = next_level(self.record.spent(question), allowed)
            if self.why_closed() or alpha < 1e-9 or self.why_not_below(question):
                return None
            entry = LookEntry(question=question, key=key, alpha=alpha)
            self._change(self.record.with_entry(entry))
            return entry

    def why_not_below(self, question: QuestionName) -> str:
        """Return why nobody may be told that every candidate is below the target; empty if one may.

        The error budget of that statement is granted on the one path on which nothing has passed.
        """
        if question == "reached" or not self.record.has_sealed_pass:
            return ""
        return (
            "a candidate that was tested on these samples before passed, and its scores stay sealed, so "
            "they cannot justify fine-tuning: use that candidate, or show its scores (its spec once "
            "more, with confirmation: shown) and add fresh examples"
        )

    def finish(self, entry: LookEntry, *, passed: bool, n_units: int = 0) -> None:
        """Write down the answer to a question, and where its test ended if it passed."""
        answered = entry.replace(passed=passed, n_units=n_units if passed else 0)
        with self._alone():
            self._change(self.record.with_entry(answered))

    @property
    def passed(self) -> frozenset[str]:
        """Return the digests of candidates that passed before: they are named again at no cost."""
        return frozenset(self.earlier).union(
            entry.key for entry in self.record.entries if entry.is_sealed
        )

    def seal(self, entry: LookEntry, *, allowed: float) -> None:
        """Write down that a candidate passed, and nothing else; its level may be spent again.

        Where other questions were asked since it was written down, nothing comes back.
        """
        with self._alone():
            regained = level_after_pass(entry.alpha, self.left(entry.question, allowed))
            passed = entry.replace(passed=True, is_sealed=True, regained=regained)
            self._change(self.record.with_entry(passed))

    def close(
        self,
        closing: Closing,
        *,
        shown: Sequence[str] | None = None,
        asked: Collection[tuple[QuestionName, str]] = (),
    ) -> None:
        """Write down the verdict that ends the life of this confirmation part.

        Args:
            closing: The verdict.
            shown: Labels of the units that its run asked; None for the whole part.
            asked: Questions whose tests asked none but those units, by name and key. Unless other
                tests came to nothing before, they leave the budget of all other units as it was.
        """
        names = None if shown is None else self._names_of(shown)
        closing = closing.replace(shown=names, run=self._run)
        with self._alone():
            if self.record.closing is not None:
                return
            entries = self.record.entries
            if not self._has_hidden(asked):
                entries = tuple(each.replace(is_shown=True) for each in entries)
            self._change(self.record.replace(entries=entries, closing=closing))

    def show(self, labels: Sequence[str]) -> None:
        """Write down, before it happens, that people see the answers of units: those with these labels.

        Raises:
            EvidenceError: No verdict closed the part, so nothing of it may be shown.
        """
        with self._alone():
            closing = self.record.closing
            if closing is None or closing.shown is None:
                raise EvidenceError(
                    "No verdict closed this confirmation part, so its answers stay hidden.",
                    next_step="Run `ladder run SPEC` to a verdict first.",
                )
            shown = {*closing.shown, *self._names_of(labels)}
            if shown != set(closing.shown):
                closing = closing.replace(shown=tuple(sorted(shown)))
                self._change(self.record.replace(closing=closing))

    def count_labels(
        self, claim: Literal["reached", "below", "open"], *, alpha: float = 0.0
    ) -> None:
        """Write down what people's labels showed: they are counted once.

        Args:
            claim: What they showed.
            alpha: Level of their test, where no passed look of the run stands for it.

        Raises:
            EvidenceError: They were counted before, and showed something else.
        """
        with self._alone():
            closing = self.record.closing
            if closing is None or closing.people not in ("", claim):
                raise EvidenceError(
                    "People's labels of this confirmation part were counted before, with another "
                    "result.",
                    next_step="Restore the labels of that run; other answers need fresh examples.",
                )
            counted = closing.replace(people=claim, people_alpha=alpha)
            self._change(self.record.replace(closing=counted))

    def _has_hidden(self, asked: Collection[tuple[QuestionName, str]]) -> bool:
        """Return whether a test that was not among these may have asked the same units."""
        record = self.record
        here = [each for each in record.entries if (each.question, each.key) not in asked]
        return bool(here or record.inherited_reached or record.inherited_below)

    def n_shown(self, labels: Sequence[str]) -> int:
        """Return how many of the units with these labels its verdict showed."""
        closing = self.record.closing
        if closing is None:
            return 0
        if closing.shown is None:
            return len(labels)
        shown = set(closing.shown)
        return sum(self._name_of(label) in shown for label in labels)

    def _name_of(self, label: str) -> str:
        """Return the first name under which a unit is kept."""
        return label

    def _names_of(self, labels: Sequence[str]) -> tuple[str, ...]:
        """Return under which names the units with these labels are kept."""
        return tuple(labels)

    def describe(self) -> str:
        """Return in words what may still be asked of the samples that are left.

        >>> Looks().describe()
        'Nothing was asked of them yet: the whole error budget of 5 % is left.'
        """
        why = self.why_closed()
        if why:
            return f"{why}."
        is_shared = self.record.inherited_reached or self.record.inherited_below
        if not self.is_asked:
            return (
                "Nothing was asked of them yet: "
                f"the whole error budget of {ERROR_BUDGET:.0%} is left.".replace("%", " %")
            )
        return (
            f"{self._tested()}Of the error budget, {100 * self.left('reached', ERROR_BUDGET):.2f} % is "
            f"left to confirm one, {100 * self.left('below', ERROR_BUDGET):.2f} % to justify fine-tuning."
            f"{' This includes earlier tests on some of the same samples.' if is_shared else ''}"
        )

    @property
    def is_asked(self) -> bool:
        """Return whether anything was asked that came to no verdict, here or of some of the same."""
        record = self.record
        return bool(record.entries or record.spent("reached") or record.spent("below"))

    def _tested(self) -> str:
        """Return in words how tests ended; none of them where only others were made."""
        asked = [entry for entry in self.record.entries if entry.question == "reached"]
        passed = sum(entry.is_sealed for entry in asked)
        came_to = {
            "shown to reach the target; the scores stay sealed": passed,
            "not shown to reach the target": len(asked) - passed,
        }
        told = [
            f"{'1 candidate was' if n == 1 else f'{n} candidates were'} tested on the confirmation "
            f"part and {what}. "
            for what, n in came_to.items()
            if n
        ]
        if len(self.record.entries) > len(asked):
            told.append("It was tested and not shown that every candidate is below the target. ")
        return "".join(told)

    def _alone(self) -> AbstractContextManager[None]:
        """Return a block in which nobody else changes what was asked."""
        return nullcontext()

    def _change(self, record: LookHistory) -> None:
        self._record = record


def level_after_pass(alpha: float, left: float) -> float:
    """Return how much of a level may be spent again once its test passed and showed no score.

    A question splits the error budget b that is left: its test takes the level a, and b - a is kept
    for what is asked if it fails. If the candidate that passes is a good one, nothing of a was
    needed: so a, and no more, is kept for what is asked after a pass. Of the looks written down,
    that is the level less b - a. `left` must be just that b - a; where it is not, another question
    came between, and nothing comes back.

    >>> round(level_after_pass(0.035, 0.015), 4), level_after_pass(0.035, 0.0045)
    (0.02, 0.0)
    """
    rest = alpha / SPEND - alpha
    return alpha - rest if math.isclose(left, rest, rel_tol=1e-6) else 0.0
