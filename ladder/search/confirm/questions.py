"""`Questions`: when to ask the confirmation part, and about what."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ladder.errors import LadderError
from ladder.search.confirm.cascade_claim import CascadeClaim
from ladder.search.confirm.chances import chance_to_pass, chance_to_reach, may_show, shrunk
from ladder.search.confirm.confirmation_part import BelowPlan, ConfirmationPart
from ladder.search.confirm.requirement import Requirement, TargetClaim
from ladder.search.ledger import Configuration
from ladder.search.problem import Problem, Progress
from ladder.search.select.race import Track
from ladder.search.select.scores import stops_the_run
from ladder.search.select.selection import CLEAR, Selection
from ladder.search.select.within_limits import LimitCheck
from ladder.statistics import Guess
from ladder.statistics.sizes import QuestionName

GATE = 0.70
"""Chance to pass from which a configuration is put to the test before all levers were tried."""

LAST_GATE = 0.05
"""The same at the end, where nothing else is left to try."""

WORTH_SCORING = 0.3
"""Chance to pass, as a part of the selection tells it, from which the rest of it is scored."""

SURE = 0.95
"""Chance to pass from which a cheaper configuration is as good as the best: both would pass."""


@dataclass(slots=True)
class Questions:
    """Puts configurations to the test, where the selection part says that it is worth it.

    Attributes:
        is_exploring: Whether the part is never asked, whatever the selection part says.
        would_ask: What would be asked of it instead, in words.
        why_no_reference: Why nothing can be held against the reference; empty where it can.
        blocked: What stands in the way of `fine_tune`, in words.
    """

    problem: Problem
    track: Track
    part: ConfirmationPart
    claim: TargetClaim
    is_exploring: bool = False
    would_ask: str = ""
    why_no_reference: str = ""
    asked: set[Configuration] = field(default_factory=set)
    blocked: list[str] = field(default_factory=list)

    @property
    def selection(self) -> Selection:
        """Return the part on which anything may be tried."""
        return self.track.selection

    @property
    def limits(self) -> LimitCheck:
        """Return which candidates are within the limits of the task."""
        return self.track.limits

    def is_worth_asking(self, configuration: Configuration, gate: float) -> bool:
        """Return whether a test is worth the error budget it spends; scores the whole part.

        One that is not shown to be within the limits is not worth it: it could not be named.
        """
        if configuration in self.asked:
            return False
        if self.part.has_passed(configuration):  # perhaps in a run with other limits
            return self._may_be_cited(configuration)
        for least in (min(gate, WORTH_SCORING), gate):
            if self.chance("reached", configuration) < least or not self.finish(configuration):
                return False
        return self.limits.admits(configuration)

    def as_good_for_less(self, configuration: Configuration) -> Configuration | None:
        """Return the cheapest of those that are as likely to pass as one that is about to be asked.

        The first pass closes the confirmation part, so what is asked about first is what gets named.
        The choice rests on the selection part and on costs alone, and the test spends its share of
        the same error budget: to the promise it is one more attempt, made before instead of after.
        A race may have dropped the cheaper one early; then the rest of the part is scored first.
        """
        needed, is_cheaper = (
            min(self.chance("reached", configuration), SURE),
            self.problem.is_cheaper,
        )
        found = [
            each
            for each in self.selection.seen
            if each.can_be_deployed
            and each not in self.asked
            and not self.limits.is_out(each)
            and is_cheaper(each, configuration)
            and self.chance("reached", each) >= needed
        ]
        for each in found:
            if not any(is_cheaper(other, each) for other in found):
                return each if self.is_worth_asking(each, needed) else None
        return None

    def _may_be_cited(self, configuration: Configuration) -> bool:
        """Return whether one that passed before does so still, as far as the selection part tells.

        A digest does not see that an endpoint serves another model under the same name.
        """
        if not self.finish(configuration):
            return False
        if self._is_refuted(configuration):
            why = (
                f"{self._in_words(configuration)} passed in an earlier run, and now scores "
                f"{self.selection.mean(configuration):.2f} on the selection part: what answers "
                "under its name seems to have changed"
            )
            self.blocked += [] if why in self.blocked else [why]
            return False
        return not self.limits.are_set or self.limits.admits(configuration)

    def _is_refuted(self, configuration: Configuration) -> bool:
        """Return whether the selection part shows that one is below what it must reach."""
        return any(
            chance_to_reach(
                self.guess("reached", configuration, each),
                each.edge("reached"),
                self.selection.n_within(configuration, each.selection),
            )
            < LAST_GATE
            for each in self.part.requirements
            if self.selection.n_within(configuration, each.selection)
        )

    def passes(self, configuration: Configuration) -> bool:
        """Put one to the test. Spends error budget."""
        self.asked.add(configuration)
        if self.is_exploring:
            what = self._in_words(configuration)
            chance = self.chance("reached", configuration)
            self.would_ask = (
                f"whether {what} reaches {self._every_target}, which is about "
                f"{min(chance, 0.99):.0%} likely"
            )
            return False
        self._tell()
        guesses = [self.guess("reached", configuration, each) for each in self.part.requirements]
        return self._answered(passed=self.part.reaches(configuration, guesses))

    def passes_where_sure(
        self, cascade: CascadeClaim, guesses: Sequence[Guess], *, chance: float
    ) -> bool:
        """Put a cascade to the test. Spends error budget."""
        if self.is_exploring:
            self.would_ask = self.would_ask or (
                f"whether a cascade reaches {self._every_target} where it is sure, which is about "
                f"{min(chance, 0.99):.0%} likely"
            )
            return False
        self._tell()
        return self._answered(passed=self.part.reaches_where_sure(cascade, guesses))

    def _in_words(self, configuration: Configuration) -> str:
        if self.problem.stands_alone(configuration):
            return "a classifier"
        names = [self.problem.levers[lever] for lever in configuration.applied]
        return f"the baseline with {' and '.join(names)}" if names else "the baseline"

    def are_hopeless(self, ceilings: Iterable[Configuration]) -> bool:
        """Return whether everything that was tried is shown to be below the target."""
        baseline = self.selection.seen[0]
        self._settle_costs(may_ask=not self.blocked and not self.part.failed)
        if self.blocked or self.part.failed:
            return False
        if not self._is_evidence(self.best_measured(baseline, alone=False)):
            return False
        if self.is_exploring:
            self.would_ask = self.would_ask or "whether every candidate stays below the target"
            return False
        self._tell()
        counted = set(ceilings)
        tried = [c for c in self.selection.seen if c.can_be_deployed or c in counted]
        tried = [c for c in tried if not self.limits.is_beyond(c)]
        tried.sort(key=self._how_hard, reverse=True)
        best = self.best_to_name(baseline, alone=False)
        return self._answered(passed=self.part.are_below(self._below_plans(tried), best))

    def _settle_costs(self, *, may_ask: bool) -> None:
        """Measure what candidates cost that may stand in the way, and block where the limits do.

        "None reaches the target" is said of all but those that are shown to be beyond a limit. It
        justifies a training only where something that can be trained is within the limits: what is
        trained costs what it starts from.
        """
        if not self.limits.are_set:
            return
        baseline = self.selection.seen[0]
        if not self._can_start(baseline, may_ask=may_ask):
            self.blocked.append(
                "nothing that could be trained is shown to be within the limits (the baseline: "
                f"{self.limits.why_out(baseline)})"
            )
        for each in self.selection.seen:
            if not each.can_be_deployed or self.chance("below", each) >= LAST_GATE:
                continue
            if self.limits.standing(each, may_ask=may_ask) in ("open", "unknown"):
                self.limits.kept_out[each] = self.limits.why_out(each)
        self.blocked += [
            f"{self._in_words(each)} may reach the target, and is neither shown to be within the "
            f"limits nor beyond them ({why})"
            for each, why in self.limits.kept_out.items()
        ]

    def _can_start(self, baseline: Configuration, *, may_ask: bool) -> bool:
        """Return whether a training could start within the limits: from the baseline, or another.

        Another is scored on the whole selection part, as a training starts from no other.
        """
        if self.limits.standing(baseline, may_ask=may_ask) == "within":
            return True
        others = [
            each
            for each in self.selection.seen[1:]
            if each.can_be_deployed
            and self.selection.is_measured(each)
            and self.problem.can_be_trained(each)
            and not self.limits.is_out(each)
        ]
        return any(
            self.finish(each) and self.limits.standing(each, may_ask=may_ask) == "within"
            for each in sorted(others, key=self.selection.value, reverse=True)
        )

    def _below_plans(self, tried: Sequence[Configuration]) -> list[BelowPlan]:
        """Return how each is to be shown to miss a target: by the mean that promises most."""
        about = {each: self.easiest_below(each) for each in tried}
        guesses: dict[Configuration, Guess] = {}
        for requirement in self.part.requirements:
            some = [each for each in tried if about[each] is requirement]
            sizes = [self.selection.n_within(each, requirement.selection) for each in some]
            raw = [self.guess("below", each, requirement) for each in some]
            guesses |= zip(some, shrunk(raw, sizes), strict=True)
        return [
            BelowPlan(each, about[each], guesses[each], self.chance("below", each))
            for each in tried
        ]

    @property
    def _every_target(self) -> str:
        return "the target" if len(self.part.requirements) == 1 else "all targets"

    def _how_hard(self, configuration: Configuration) -> float:
        """Return what orders candidates by how hard they are to show below a target."""
        if len(self.part.requirements) == 1:
            return self.selection.most(configuration)
        return -self.chance("below", configuration)

    def easiest_below(self, configuration: Configuration) -> Requirement:
        """Return the mean by which a configuration is most likely shown to miss its target.

        The choice rests on the selection part alone, so the test of it keeps its level.
        """
        return max(
            self.part.requirements,
            key=lambda each: self.chance_of(each, "below", configuration, most=True),
        )

    def guess(
        self,
        question: QuestionName,
        configuration: Configuration,
        requirement: Requirement,
        *,
        most: bool = True,
    ) -> Guess:
        """Return what to expect of a unit's score, as the selection part tells."""
        return self.selection.guess(
            configuration,
            requirement.edge(question),
            most=most and question == "below",
            units=requirement.selection,
        )

    def _is_evidence(self, best: Configuration) -> bool:
        """Return whether the best's answers may justify fine-tuning; if not, block, with the reason.

        Answers that are cut, empty or not read say nothing of a model: its template, its stop
        strings, the limit or the server are at fault. Nothing of the part is spent on them.
        """
        hardest = self.hardest(best)
        reasons = [self.selection.why_no_evidence(each) for each in dict.fromkeys((best, hardest))]
        reason = next(filter(None, reasons), "")
        if not reason and self.chance("below", hardest) < LAST_GATE:
            reason = self._why_only_most(hardest)
            if not reason:
                return False
        reason = reason or self.problem.room_check(best)
        if reason:
            self.blocked.append(reason.rstrip("."))
        return not reason

    def _why_only_most(self, hardest: Configuration) -> str:
        """Return in words that only answers of unknown worth stand in the way; "" where more examples would help."""
        if self.chance("below", hardest, most=False) < LAST_GATE:
            return ""
        about = max(
            self.part.requirements,
            key=lambda each: self.chance_of(each, "below", hardest, most=False),
        )
        read, most = (
            self.selection.mean_within(hardest, about.selection, most=most) or 0.0
            for most in (False, True)
        )
        if self.claim.is_relative:
            return (
                f"on the selection part the difference to the reference could be as high as "
                f"{2 * most - 1:+.2f} (read: {2 * read - 1:+.2f}) if unknown answers are taken for "
                "the candidate and both readings count"
            )
        of = f" of {about.label}" if about.label else ""
        return (
            f"on the selection part the score{of} could be as high as {most:.2f} "
            f"(read: {read:.2f}) if answers are read leniently and those that nobody can judge (lost, "
            "empty, cut, a notice of the server, other than the target in form alone, or without one of metric.labels) count "
            "as right"
        )

    def chance(
        self, question: QuestionName, configuration: Configuration, *, most: bool = True
    ) -> float:
        """Return about how probable the answer yes is, as far as the selection part can tell.

        Whether one is below is asked of the most that its answers may be worth, unless told not.
        To reach the target all means must pass, to miss it one is enough. What passed before passes,
        unless its scores on the selection part now refute it.
        """
        if question == "reached" and self.part.has_passed(configuration):
            return 0.0 if self._is_refuted(configuration) else 1.0
        chances = [
            self.chance_of(each, question, configuration, most=most)
            for each in self.part.requirements
        ]
        return min(chances) if question == "reached" else max(chances)

    def chance_of(
        self,
        requirement: Requirement,
        question: QuestionName,
        configuration: Configuration,
        *,
        most: bool,
    ) -> float:
        """Return the same for one of the means alone."""
        edge = requirement.edge(question)
        alpha, total = self.part.alpha(question), len(requirement.confirmation)
        is_above, is_binary = question == "reached", requirement.is_binary
        # Where a perfect row of answers would show nothing, no budget is spent on the question.
        if not may_show(edge, total, alpha=alpha, is_binary=is_binary, is_above=is_above):
            return 0.0
        return chance_to_pass(
            self.guess(question, configuration, requirement, most=most),
            edge,
            self.selection.n_within(configuration, requirement.selection),
            direction=1 if is_above else -1,
            alpha=alpha,
            total=total,
        )

    def best_measured(self, baseline: Configuration, *, alone: bool = True) -> Configuration:
        """Return the best deployable configuration among those that no race dropped.

        With `alone` false it is one that levers can be added to, and that can be trained.
        """
        measured = (
            each
            for each in self.selection.seen
            if self.selection.is_measured(each)
            and each.can_be_deployed
            and (alone or not self.problem.stands_alone(each))
            and not self.limits.is_out(each)
        )
        return max(measured, key=self.selection.value, default=baseline)

    def hardest(self, baseline: Configuration) -> Configuration:
        """Return the one that is hardest to show below the target.

        One that a race dropped is among them where nobody knows what its answers would have been.
        """
        deployable = [
            c for c in self.selection.seen if c.can_be_deployed and not self.limits.is_beyond(c)
        ]
        hard = [c for c in deployable if self.selection.is_measured(c) or self._is_unclear(c)]
        return max(hard, key=self._how_hard, default=baseline)

    def _is_unclear(self, configuration: Configuration) -> bool:
        """Return whether lost or leniently read answers may lift it over every target."""
        pairs = [
            (each.target, self.selection.mean_within(configuration, each.selection, most=True))
            for each in self.part.requirements
        ]
        read = self.selection.mean_within(configuration, self.selection.units)
        is_lifted = read is not None and self.selection.most(configuration) > read
        return is_lifted and all(most is None or most >= target for target, most in pairs)

    def best_to_name(self, baseline: Configuration, *, alone: bool = True) -> Configuration:
        """Return the best, if it is clearly better than the baseline; else the baseline.

        Without a verdict a name is advice, and the best of many is often the best by luck.
        """
        best = self.best_measured(baseline, alone=alone)
        if best == baseline or self.limits.is_out(baseline):
            return best
        return best if self.selection.difference(best, baseline).exceeds(CLEAR) else baseline

    def settle(self, baseline: Configuration) -> Configuration:
        """Return the best, scored on the whole part: on the half that chose it, its score is too high by luck."""
        best = None
        while best != self.best_measured(baseline):
            best = self.best_measured(baseline)
            if not self.finish(best):
                break
        return best or baseline

    def finish(self, configuration: Configuration) -> bool:
        """Score a configuration on the whole selection part; return whether that succeeded."""
        try:
            self.selection.see(configuration, len(self.selection.units))
        except LadderError as error:
            if stops_the_run(error):
                raise
            said = str(error).rstrip(".")
            self.blocked.append(
                f"one of the best candidates could not be scored to the end: {said}"
            )
            return False
        return True

    def _tell(self, n_seen: int = 0) -> None:
        n_total = len(self.part.units.positions)
        self.track.observer(Progress("confirmation", 1, 1, n_seen, n_total, None))

    def _answered(self, *, passed: bool) -> bool:
        """Say where a test stopped if it passed; if it did not, that would tell something of the scores."""
        if passed and self.part.closing_score is not None:
            self._tell(self.part.closing_score.n)
        return passed
