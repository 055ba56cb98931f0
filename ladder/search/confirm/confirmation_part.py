"""`ConfirmationPart`: runs the tests of a verdict, and hides the scores until it is given.

Which samples belong to the part, and which share of them, is set in `ladder/data/split.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ladder.errors import LadderError
from ladder.frozen import digest_of
from ladder.search.confirm.foresight import Foresight, PlannedTest
from ladder.search.confirm.looks import Closing, Looks, QuestionName
from ladder.search.ledger import Configuration, Confirmation, Look
from ladder.search.problem import FloatArray, Problem
from ladder.search.select.scores import Scores, stops_the_run
from ladder.search.select.units import Units
from ladder.statistics import ConfirmationTest, Guess, Outcome, test, watched_bounds
from ladder.statistics.betting import Direction
from ladder.statistics.sizes import SPEND


@dataclass(frozen=True, slots=True)
class TargetClaim:
    """What is to be shown, and how often it may be wrong.

    Attributes:
        target: Fine-tuning is justified only if all are below it.
        reach: A configuration reaches the target if it is at least this (target minus margin).
        is_binary: Whether scores are only 0 and 1, and units single samples.
        alpha_reached, alpha_justified: The two error budgets, for the life of the part.
    """

    target: float
    reach: float
    is_binary: bool
    alpha_reached: float
    alpha_justified: float


class ConfirmationPart:
    """The confirmation part behind yes-or-no questions."""

    def __init__(
        self, problem: Problem, units: Units, scores: Scores, claim: TargetClaim, looks: Looks
    ) -> None:
        self.units = units
        self.looks = looks
        self.failed: dict[Configuration, str] = {}
        self._problem = problem
        self._scores = scores
        self._claim = claim
        self._made: list[Look] = []
        self._asked: set[tuple[QuestionName, str]] = set()
        self._closing_score: Confirmation | None = None

    def alpha(self, question: QuestionName) -> float:
        """Return the level at which the next new question would be asked."""
        return SPEND * self.left(question)

    def left(self, question: QuestionName) -> float:
        """Return what is left of an error budget."""
        return self.looks.left(question, self._allowed(question))

    def edge(self, question: QuestionName) -> float:
        """Return the score that a question is about."""
        return self._claim.reach if question == "reached" else self._claim.target

    @property
    def is_exact(self) -> bool:
        """Return whether the exact binomial test ends each question."""
        return self._claim.is_binary

    def reaches(self, configuration: Configuration, guess: Guess) -> bool:
        """Return whether a configuration is shown to reach the target. Spends error budget."""
        key = self._problem.digest(configuration)
        entry = self.looks.begin("reached", key, allowed=self._allowed("reached"))
        if entry is None:
            return False
        outcome = Outcome(bool(entry.passed), entry.n_units)
        if entry.passed is None:
            question = self._question(guess, 1, entry.alpha)
            planned = PlannedTest(configuration, question, 0.0)
            Foresight(self._problem, self.units, [planned]).ask_ahead()
            outcome = self._ask(configuration, question)
            self._note("reached", key, [configuration])
            self.looks.finish(entry, passed=outcome.passed, n_units=outcome.n_seen)
        self._made.append(self._look(configuration, "reached", entry.alpha, outcome))
        if outcome.passed:
            self._close("reached", key, configuration, outcome.n_seen)
        return outcome.passed

    def are_below(
        self,
        ordered: Sequence[tuple[Configuration, Guess]],
        best: Configuration,
        *,
        chances: Sequence[float] | None = None,
    ) -> bool:
        """Return whether every configuration is shown to be below the target; `best` is reported.

        `chances` says how likely each passes: what is likely to be asked may be asked together. All
        are tested at the same level: the claim is wrong only if one that is not below is
        rejected, and each is with at most that probability (Berger 1982).
        """
        key = digest_of(sorted(self._problem.digest(configuration) for configuration, _ in ordered))
        entry = self.looks.begin("below", key, allowed=self._allowed("below"))
        if entry is None:
            return False
        made = []
        passed, n_units = bool(entry.passed), entry.n_units
        if entry.passed is None:
            passed = True
            tests = [
                PlannedTest(configuration, self._question(guess, -1, entry.alpha), chance)
                for (configuration, guess), chance in zip(
                    ordered, chances or [0.0] * len(ordered), strict=True
                )
            ]
            foresight = Foresight(self._problem, self.units, tests)
            for each in tests:
                foresight.ask_ahead()
                outcome = self._ask(each.configuration, each.question)
                made.append(self._look(each.configuration, "below", entry.alpha, outcome))
                passed = outcome.passed
                if not passed:
                    break
            self._note("below", key, [configuration for configuration, _ in ordered])
            n_units = self._scored_units(best)
            self.looks.finish(entry, passed=passed, n_units=n_units)
        if passed:
            self._made += made or [
                self._look(best, "below", entry.alpha, Outcome(passed=True, n_seen=0))
            ]
            self._close("below", key, best, n_units)
        else:
            self._made.append(
                self._look(best, "below", entry.alpha, Outcome(passed=False, n_seen=0))
            )
        return passed

    @property
    def closing_score(self) -> Confirmation | None:
        """Return the closing test's score; None while no verdict closed the part."""
        return self._closing_score

    @property
    def made(self) -> tuple[Look, ...]:
        """Return the looks of this run; without a verdict, nothing that tells a score."""
        if self._closing_score is not None:
            return tuple(self._made)
        whole = len(self.units.positions)
        return tuple(look.replace(n_seen=whole) for look in self._made)

    @property
    def n_open(self) -> int:
        """Return how many units no verdict has shown, that of this run counted."""
        if self.looks.record.burned:
            return 0
        return len(self.units) - self.looks.n_shown(self.units.labels)

    @property
    def calls(self) -> int:
        """Return the scores asked for; 0 while no verdict closed the part."""
        return self._scores.calls if self._closing_score is not None else 0

    def _allowed(self, question: QuestionName) -> float:
        is_reached = question == "reached"
        return self._claim.alpha_reached if is_reached else self._claim.alpha_justified

    def _question(self, guess: Guess, direction: Direction, alpha: float) -> ConfirmationTest:
        return ConfirmationTest(
            target=self.edge("reached" if direction > 0 else "below"),
            direction=direction,
            alpha=alpha,
            total=len(self.units),
            is_binary=self._claim.is_binary,
            guess=guess,
        )

    def _ask(self, configuration: Configuration, question: ConfirmationTest) -> Outcome:
        def deviations(start: int, stop: int) -> FloatArray:
            positions = self.units.between(start, stop)
            read = self._scores.ask if question.direction > 0 else self._scores.most
            scores = read(configuration, positions)
            return self.units.deviations(scores, question.target, start)

        try:
            return test(deviations, question)
        except LadderError as error:
            if stops_the_run(error):
                raise
            self.failed[configuration] = str(error).rstrip(".")
            return Outcome(passed=False, n_seen=len(self.units))

    def _look(
        self, configuration: Configuration, question: QuestionName, alpha: float, outcome: Outcome
    ) -> Look:
        return Look(
            configuration=configuration,
            question=question,
            alpha=alpha,
            passed=outcome.passed,
            n_seen=int(self.units.starts[outcome.n_seen]),
        )

    def _close(
        self, question: QuestionName, key: str, configuration: Configuration, n_units: int
    ) -> None:
        closing = self.looks.record.closing
        if closing is not None and (closing.question, closing.key) == (question, key):
            self._closing_score = closing.confirmation
            return
        self._closing_score = self._show(question, configuration, n_units)
        stop = self._units_of(self._scores.furthest())
        self.looks.close(
            Closing(question=question, key=key, confirmation=self._closing_score),
            shown=self.units.labels[:stop],
            asked=self._asked,
        )

    def _note(self, question: QuestionName, key: str, about: Iterable[Configuration]) -> None:
        """Note that a question was asked in this run, so that a verdict shows all that it asked."""
        if self.failed.keys().isdisjoint(about):
            self._asked.add((question, key))

    def _show(
        self, question: QuestionName, configuration: Configuration, n_units: int
    ) -> Confirmation:
        # After a kill the test is not repeated; its score is that of the same units all the same.
        stop = n_units or self._scored_units(configuration)
        positions = self.units.between(0, stop)
        scores = self._scores.ask(configuration, positions)
        low, _ = self._bounds(scores, stop)
        _, high = self._bounds(self._scores.most(configuration, positions), stop)
        score, edge = float(scores.mean()), self.edge(question)
        # What the closing test ruled out is no part of the interval: its verdict is a bound too.
        if question == "reached":
            low = max(low, min(edge, score))
        else:
            high = min(high, max(edge, score))
        return Confirmation(score=score, n=len(scores), at_least=low, at_most=high)

    def _bounds(self, scores: FloatArray, stop: int) -> tuple[float, float]:
        return watched_bounds(
            self.units.sums(scores),
            self.units.sizes[:stop],
            largest=self.units.largest,
            is_complete=self._claim.is_binary and stop == len(self.units),
        )

    def _scored_units(self, configuration: Configuration) -> int:
        return self._units_of(self._scores.n_known(configuration)) or len(self.units)

    def _units_of(self, n_samples: int) -> int:
        return int(np.searchsorted(self.units.starts, n_samples, side="right")) - 1
