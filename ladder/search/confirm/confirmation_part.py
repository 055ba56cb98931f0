"""`ConfirmationPart`: runs the tests of a verdict, and hides the scores until it is given.

Which samples belong to the part, and which share of them, is set in `ladder/data/split.py`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ladder.errors import LadderError
from ladder.frozen import digest_of
from ladder.search.confirm.cascade_claim import COVERAGE, CascadeClaim, SureAnswers
from ladder.search.confirm.chances import chance_to_pass
from ladder.search.confirm.closing_scores import ClosingScores
from ladder.search.confirm.foresight import Foresight, PlannedTest
from ladder.search.confirm.look_history import Closing, EarlierPass
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.requirement import Requirement, TargetClaim
from ladder.search.ledger import REFERENCE, Configuration, Confirmation, Look
from ladder.search.problem import Problem
from ladder.search.select.claim_scores import ClaimScores
from ladder.search.select.scores import Scores, stops_the_run
from ladder.statistics import ConfirmationTest, Guess, Outcome, test
from ladder.statistics.arrays import FloatArray
from ladder.statistics.betting import FIRST_LOOK, Direction
from ladder.statistics.sizes import SPEND, QuestionName


@dataclass(frozen=True, slots=True)
class BelowPlan:
    """By which mean one configuration is to be shown below its target, chosen on other data.

    Attributes:
        chance: How likely that is shown, as the selection part tells.
    """

    configuration: Configuration
    requirement: Requirement
    guess: Guess
    chance: float = 0.0


class ConfirmationPart:
    """The confirmation part behind yes-or-no questions.

    Args:
        problem: Gives the scores.
        requirements: What a candidate must reach: the mean over all samples, then that over the
            samples of each class with a target of its own.
        scores: Of this part.
        claim: What is to be shown.
        looks: What was asked before.

    Attributes:
        failed: Why a test could not be held to its end, in words.
        closing_score: The closing test's score; None while no verdict closed the part.
        earlier_score: What an earlier run showed of the candidate that is named; None where it was tested.
    """

    def __init__(
        self,
        problem: Problem,
        requirements: Sequence[Requirement],
        scores: Scores,
        claim: TargetClaim,
        looks: Looks,
    ) -> None:
        self.requirements = tuple(requirements)
        self.whole = self.requirements[0]
        self.units = self.whole.confirmation
        self.looks = looks
        self.failed: dict[Configuration, str] = {}
        self._problem = problem
        self._scores = scores
        self._claim = claim
        self._claimed = ClaimScores(problem, scores, is_relative=claim.is_relative)
        self._sure = SureAnswers(problem, scores, self.requirements)
        self._shown = ClosingScores(self.requirements, scores, self._claimed, self._sure)
        self._made: list[Look] = []
        self._asked: set[tuple[QuestionName, str]] = set()
        self._cascades: dict[Configuration, CascadeClaim] = {}
        self.closing_score: Confirmation | None = None
        self.earlier_score: Confirmation | None = None
        self._passed = looks.passed

    def alpha(self, question: QuestionName) -> float:
        """Return the level at which the next new question would be asked."""
        return SPEND * self.left(question)

    def left(self, question: QuestionName) -> float:
        """Return what is left of an error budget."""
        return self.looks.left(question, self._allowed(question))

    def has_passed(self, configuration: Configuration) -> bool:
        """Return whether a candidate passed in an earlier run: it is named again at no cost."""
        return bool(self._passed) and self._problem.digest(configuration) in self._passed

    def reaches(self, configuration: Configuration, guesses: Sequence[Guess]) -> bool:
        """Return whether a configuration is shown to reach every target. Spends error budget.

        Each requirement is tested at the full level of the look, on its own units: the claim is
        wrong only if one of them is not met and its test passes all the same, and each does so with
        at most that probability (Berger 1982). What is least likely to pass is tested first.

        Args:
            configuration: What is tested.
            guesses: What to expect, for each requirement in turn.
        """
        return self._reaches(configuration, lambda: self.requirements, guesses)

    def reaches_where_sure(self, cascade: CascadeClaim, guesses: Sequence[Guess]) -> bool:
        """Return whether a cascade reaches every target where it answers, and answers often enough.

        Which answers count is read first, of the whole part, and no score: given that, the scores of
        those that count are as independent as any, and are tested as those of a class are. The share
        that is answered is a mean of its own. All are tested at the full level of the look.

        Args:
            cascade: What is tested.
            guesses: What to expect of each mean, then of the share.
        """
        configuration = cascade.configuration
        self._cascades[configuration] = cascade
        return self._reaches(configuration, lambda: self._sure.means(cascade), guesses)

    def _reaches(
        self,
        configuration: Configuration,
        means: Callable[[], Sequence[Requirement]],
        guesses: Sequence[Guess],
    ) -> bool:
        key = self._problem.digest(configuration)
        if key in self.looks.earlier:
            self._cite(configuration, self.looks.earlier[key])
            return True
        entry = self.looks.begin("reached", key, allowed=self._allowed("reached"))
        if entry is None:
            return False
        outcome = Outcome(bool(entry.passed), entry.n_units)
        must_ask_again = len(guesses) > 1 and self.looks.record.closing is None
        # Where a killed run ended is written down already; how sure a cascade is must be shown.
        is_sealed = (
            self.looks.is_sealed and not entry.n_units and configuration not in self._cascades
        )
        # A killed run wrote down that it passed, and not yet what it showed of each mean.
        if entry.passed is None or (entry.passed and must_ask_again and not entry.is_sealed):
            outcome = self._tested(configuration, means, guesses, entry.alpha)
            self._note("reached", key, [configuration])
            if not (outcome.passed and is_sealed):
                self.looks.finish(entry, passed=outcome.passed, n_units=outcome.n_seen)
        self._made.append(self._look(configuration, "reached", entry.alpha, outcome))
        if outcome.passed and not is_sealed:
            self._close("reached", key, configuration, self.whole, outcome.n_seen)
        elif outcome.passed and not entry.is_sealed:
            self.looks.seal(entry, allowed=self._allowed("reached"))
        return outcome.passed

    def _cite(self, configuration: Configuration, earlier: EarlierPass) -> None:
        """Name a candidate that passed in an earlier run: nothing is asked, and nothing is spent."""
        self.earlier_score = earlier.confirmation
        outcome = Outcome(passed=True, n_seen=0)
        self._made.append(self._look(configuration, "reached", earlier.alpha, outcome))

    def _tested(
        self,
        configuration: Configuration,
        means: Callable[[], Sequence[Requirement]],
        guesses: Sequence[Guess],
        alpha: float,
    ) -> Outcome:
        try:
            requirements = means()
        except LadderError as error:
            return self._lost(configuration, error)
        if not all(len(each.confirmation) for each in requirements):
            return Outcome(passed=False, n_seen=len(self.units))  # nothing is answered or shown
        asked = [
            (each, self._question(each, guess, 1, alpha))
            for each, guess in zip(requirements, guesses, strict=True)
        ]
        asked.sort(key=lambda pair: -_hardness(pair[1]))
        held = self._held([PlannedTest(configuration, *each, _chance(*each)) for each in asked])
        # How far into the part they read together.
        return Outcome(held[-1].passed, max(each.n_seen for each in held))

    def _lost(self, configuration: Configuration, error: LadderError) -> Outcome:
        """Return that a test could not be held to its end; raise what stops the run."""
        if stops_the_run(error):
            raise error
        self.failed[configuration] = str(error).rstrip(".")
        return Outcome(passed=False, n_seen=len(self.units))

    def are_below(self, plans: Sequence[BelowPlan], best: Configuration) -> bool:
        """Return whether every configuration is shown to miss a target; `best` is reported.

        Of each, one requirement is tested, chosen before; what is likely to be asked may be asked
        together. All are tested at the same level: the claim is wrong only if one that reaches
        all its targets is rejected, and each is with at most that probability (Berger 1982).
        """
        keys = [self._problem.digest(each.configuration) for each in plans]
        key = digest_of(sorted(keys))
        entry = self.looks.begin("below", key, allowed=self._allowed("below"))
        if entry is None:
            return False
        made: list[Look] = []
        passed, n_units = bool(entry.passed), entry.n_units
        about = next((p.requirement for p in plans if p.configuration == best), self.whole)
        if entry.passed is None:
            held = self._held(
                [
                    PlannedTest(
                        each.configuration,
                        each.requirement,
                        self._question(each.requirement, each.guess, -1, entry.alpha),
                        each.chance,
                    )
                    for each in plans
                ]
            )
            made = [
                self._look(each.configuration, "below", entry.alpha, outcome)
                for each, outcome in zip(plans, held, strict=False)
            ]
            passed = all(look.passed for look in made)
            self._note("below", key, [each.configuration for each in plans])
            n_units = self._shown.n_read(best, about)
            self.looks.finish(entry, passed=passed, n_units=n_units)
        unread = self._look(best, "below", entry.alpha, Outcome(passed=passed, n_seen=0))
        self._made += (made if passed else []) or [unread]
        if passed:
            self._close("below", key, best, about, n_units)
        return passed

    @property
    def made(self) -> tuple[Look, ...]:
        """Return the looks of this run; without a verdict, nothing that tells a score."""
        if self.closing_score is not None:
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
        return self._scores.calls if self.closing_score is not None else 0

    def _allowed(self, question: QuestionName) -> float:
        is_reached = question == "reached"
        return self._claim.alpha_reached if is_reached else self._claim.alpha_justified

    def _question(
        self, requirement: Requirement, guess: Guess, direction: Direction, alpha: float
    ) -> ConfirmationTest:
        return ConfirmationTest(
            target=requirement.edge("reached" if direction > 0 else "below"),
            direction=direction,
            alpha=alpha,
            total=len(requirement.confirmation),
            is_binary=requirement.is_binary,
            guess=guess,
            is_paired=requirement.is_paired,
        )

    def _held(self, tests: Sequence[PlannedTest]) -> list[Outcome]:
        """Hold tests until one fails; return how those that were held went."""
        # How sure answers will be is not known ahead.
        foresight = self._foresight([t for t in tests if t.configuration not in self._cascades])
        held: list[Outcome] = []
        for each in tests:
            foresight.ask_ahead()
            held.append(self._ask(each))
            if not held[-1].passed:
                break
        return held

    def _foresight(self, tests: Sequence[PlannedTest]) -> Foresight:
        """Return what asks for the answers of tests before they read them; a reference answers the first units now."""
        is_relative = self._claim.is_relative
        if is_relative:
            first = self.units.between(0, min(FIRST_LOOK, len(self.units)))
            try:
                self._scores.ask(REFERENCE, first)
            except LadderError as error:  # the test meets it again, and says so
                if stops_the_run(error):
                    raise
        return Foresight(self._problem, tests, is_relative=is_relative)

    def _ask(self, planned: PlannedTest) -> Outcome:
        """Hold one test; return how many units of the whole part it went through."""
        configuration, question = planned.configuration, planned.question
        units = planned.requirement.confirmation

        def deviations(start: int, stop: int) -> FloatArray:
            positions = units.between(start, stop)
            read = self._claimed.least if question.direction > 0 else self._claimed.most
            scores = read(configuration, positions)
            if planned.requirement.label == COVERAGE:
                scores = self._sure.answered(self._cascades[configuration], positions)
            return units.deviations(scores, question.target, start)

        try:
            outcome = test(deviations, question)
        except LadderError as error:
            return self._lost(configuration, error)
        self._shown.note(configuration, planned.requirement, outcome.n_seen)
        return Outcome(outcome.passed, units.n_whole(outcome.n_seen))

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
        self,
        question: QuestionName,
        key: str,
        configuration: Configuration,
        about: Requirement,
        n_units: int,
    ) -> None:
        closing = self.looks.record.closing
        if closing is not None and (closing.question, closing.key) == (question, key):
            self.closing_score = closing.confirmation
            return
        cascade = self._cascades.get(configuration)
        if cascade is not None:
            self.closing_score = self._shown.of_cascade(cascade, n_units)
        else:
            self.closing_score = self._shown.of(question, configuration, about, n_units)
        self.looks.close(
            Closing(question=question, key=key, confirmation=self.closing_score),
            shown=self.units.labels[: self._furthest()],
            asked=self._asked,
        )

    def _note(self, question: QuestionName, key: str, about: Iterable[Configuration]) -> None:
        """Note that a question was asked in this run, so that a verdict shows all that it asked."""
        if self.failed.keys().isdisjoint(about):
            self._asked.add((question, key))

    def _furthest(self) -> int:
        """Return up to which unit anything was scored: so many are shown by a verdict."""
        scored = np.flatnonzero(self._scores.known(self.units.positions))
        if not len(scored):
            return 0
        return int(np.searchsorted(self.units.starts, scored[-1], side="right"))


def _chance(requirement: Requirement, test: ConfirmationTest) -> float:
    """Return how likely a test passes, as the whole selection part tells."""
    return chance_to_pass(
        test.guess,
        test.target,
        len(requirement.selection),
        direction=test.direction,
        alpha=test.alpha,
        total=test.total,
    )


def _hardness(question: ConfirmationTest) -> float:
    """Return how far the expected score lies below the edge, in standard errors.

    >>> round(_hardness(ConfirmationTest(0.8, 1, 0.05, 100, is_binary=True, guess=Guess(0.9, 0.09))))
    -3
    """
    spread = math.sqrt(question.guess.variance / max(question.total, 1))
    return (question.target - question.guess.mean) / spread
