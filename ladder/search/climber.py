"""`Climber`: tries each lever, then combinations of them, then tests on the confirmation part."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from ladder.errors import InconclusiveError, LadderError, OutageError
from ladder.search.account import Ending, account
from ladder.search.carried_within import CarriedWithin
from ladder.search.cascade import Cascade
from ladder.search.confirm.questions import GATE, LAST_GATE, Questions
from ladder.search.ledger import Attempt, AttemptStatus, Configuration, Ledger, Trial
from ladder.search.problem import Problem
from ladder.search.select.gain import anything_moved, gain_of, is_hardly_behind, is_no_use
from ladder.search.select.joint import stacks
from ladder.search.select.race import Race, race, show_attempt
from ladder.search.select.scores import stops_the_run
from ladder.search.select.selection import CLEAR, Selection
from ladder.search.standing_alone import StandingAlone

TOSS_UP = 0.5
"""Chance to justify fine-tuning below which the levers are climbed once more."""

VERY_CLEAR = 4.0
"""Standard errors above the baseline that the luck of many variants hardly reaches."""

ALL_BUT_SURE = 0.98
"""The same where levers help beyond doubt: then one that a race lost may be what is missing."""


@dataclass(slots=True)
class Climber:
    """One climb: where it stands, and what it has tried.

    `is_advised`: whether an open end says how likely more examples would decide.
    """

    problem: Problem
    questions: Questions
    is_advised: bool = False
    best: Configuration = field(default_factory=Configuration)
    attempts: list[Attempt] = field(default_factory=list)
    rank: dict[int, list[int]] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    raced: set[tuple[int, Configuration]] = field(default_factory=set)
    ceilings: set[Configuration] = field(default_factory=set)
    n_beside: int = 0
    alone: StandingAlone = field(init=False)
    within: CarriedWithin = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing that stands alone."""
        self.alone = StandingAlone(self.problem, self.questions)
        self.within = CarriedWithin(self.questions)

    @property
    def selection(self) -> Selection:
        """Return the part on which anything may be tried."""
        return self.questions.selection

    def run(self) -> Ledger:
        """Climb until something reaches the target, or nothing is left to try."""
        self.best = Configuration.baseline(len(self.problem.levers))
        if not self.problem.levers:
            self.questions.blocked.append("no lever was given")
        try:
            self.selection.see(self.best, len(self.selection.units))
            ending = "undecided" if self._lacks_a_reference() else self._climb()
        except InconclusiveError as error:
            ending = "outage" if isinstance(error, OutageError) else "budget"
            way_on = f" {error.next_step}" if ending == "budget" else ""
            self.questions.blocked = [f"{error}{way_on}".rstrip(".")]
        return account(
            self.problem,
            self.questions,
            self.attempts,
            best=self.best,
            ending=ending,
            is_advised=self.is_advised,
        )

    def _lacks_a_reference(self) -> bool:
        """Score the reference, where there is one; return whether its answers allow no comparison.

        Nothing is asked of candidates then: no lever cures what ails the reference.
        """
        if not self.questions.claim.is_relative:
            return False
        try:
            self.selection.see_reference()
            why = self.selection.why_reference_fails(self.questions.claim.allowed)
        except LadderError as error:
            if stops_the_run(error):
                raise
            why = f"it could not be measured: {str(error).rstrip('.')}"
        if why:
            self.questions.why_no_reference = (
                f"the reference allows no comparison: {why.rstrip('.')}"
            )
            self.questions.blocked.append(self.questions.why_no_reference)
        return bool(why)

    def _climb(self) -> Ending:
        if self._passes(GATE) or self._try_levers(off=False) or self._try_together():
            return "reached"
        if self._is_near() and self._try_levers(off=True):
            return "reached"
        if self._passes_at_last() or self._passes_where_sure():
            return "reached"
        return "justified" if self.questions.are_hopeless(self.ceilings) else "undecided"

    def _passes(self, gate: float) -> bool:
        if not self.questions.is_worth_asking(self.best, gate):
            return False
        cheaper = self.questions.as_good_for_less(self.best)
        if cheaper is not None and self._passes_instead(cheaper):
            return True
        # A look that failed leaves less to spend, so the same question comes up again.
        return self.questions.is_worth_asking(self.best, gate) and self.questions.passes(self.best)

    def _passes_at_last(self) -> bool:
        """Put the best to the test, and what stands alone; the likeliest first."""

        def chance(configuration: Configuration) -> float:
            return self.questions.chance("reached", configuration)

        likely_last = sorted(dict.fromkeys((self.best, *self.alone.found)), key=chance)
        return any(
            self._passes(LAST_GATE) if each == self.best else self._passes_alone(each, LAST_GATE)
            for each in reversed(likely_last)
        )

    def _passes_where_sure(self) -> bool:
        """Put the best cascade to the test, where the task asks for one."""
        review = self.problem.review
        if review is None:
            return False
        attempt, passed = Cascade(self.problem, self.questions, review).attempt(self.best)
        self.attempts.append(attempt)
        self.best = passed or self.best
        return passed is not None

    def _passes_alone(self, configuration: Configuration, gate: float) -> bool:
        """Put one that stands alone to the test; it becomes the best if it passes."""
        if not self.questions.is_worth_asking(configuration, gate):
            return False
        if not self.questions.passes(configuration):
            return False
        self.best = configuration
        return True

    def _passes_instead(self, cheaper: Configuration) -> bool:
        """Put a cheaper candidate to the test in place of the best; go on from it if it passes."""
        if not self.questions.passes(cheaper):
            return False
        parent, self.best = self.best, cheaper
        self._record(
            "cheaper",
            "carried",
            parent,
            reason="cheaper, and as likely to pass",
            trials=(self.selection.trial(cheaper, parent),),
            gain=self.selection.gain(cheaper, parent),
        )
        return True

    def _is_near(self) -> bool:
        """Return whether nothing would be decided now, and a second climb was not made yet.

        A race may lose a good variant by bad luck; from another parent it races again.
        """
        if len(self.attempts) - self.n_beside > len(self.problem.levers) + 1:
            return False
        best = self.questions.settle(self.best)
        baseline = Configuration.baseline(len(self.problem.levers))
        helps = self.selection.difference(best, baseline).exceeds(VERY_CLEAR)
        hardest = self.questions.hardest(best)
        return self.questions.chance("below", hardest) < (ALL_BUT_SURE if helps else TOSS_UP)

    def _try_levers(self, *, off: bool) -> bool:
        """Try each lever from the best so far; return whether something passed."""
        for lever in range(len(self.problem.levers)):
            before = self.best
            if (lever, before) in self.raced:
                continue
            self.raced.add((lever, before))
            if self._try_lever(lever, off=off):
                return True
            if self.best != before and self._passes(GATE):
                return True
            on_top = partial(self._try_on_top, before=before)
            more = () if off else (on_top, self._try_rewritten)
            if any(step(lever) and self._passes(GATE) for step in more):
                return True
        return False

    def _try_on_top(self, lever: int, before: Configuration) -> bool:
        """Try what a lever that helped makes of its own winner; return whether that helped too.

        Once, and only what was never scored: two changes that help alone are tried together, and
        there is no grid.
        """
        parent = self.best
        if parent == before or not parent[lever] or not self.problem.is_asked_again(lever):
            return False
        variants = self.problem.variants(lever, parent)
        fresh = [each for each in variants if each != parent and not self.selection.n_seen(each)]
        if not fresh:
            return False
        self.n_beside += 1
        return self._race_on(lever, fresh)

    def _try_rewritten(self, lever: int) -> bool:
        """Try what a model proposes that sees failures of the selection part; return whether it helped."""
        parent, name = self.best, self.problem.levers[lever]
        positions = self.selection.units.between(0, self.selection.n_seen(parent))
        status: AttemptStatus = "nothing_to_try"
        try:
            found, reason = self.problem.rewritten(lever, parent, positions)
        except LadderError as error:
            if stops_the_run(error):
                raise
            found, reason = (), f"the rewriter failed: {str(error).rstrip('.')}"
            status = "error"
            self.questions.blocked.append(f"{name}: {reason}")
        fresh = [each for each in found if not self.selection.n_seen(each)]
        self.n_beside += bool(fresh or reason)
        if not fresh:
            if reason:
                self._record(name, status, parent, reason=reason)
            return False
        return self._race_on(lever, fresh)

    def _race_on(self, lever: int, fresh: Sequence[Configuration]) -> bool:
        """Race further variants of a lever from the best so far; return whether one helped."""
        parent, name = self.best, self.problem.levers[lever]
        result = race(self.questions.track, parent, fresh, name=name)
        self.rank[lever] = [*(each[lever] for each in result.order), *self.rank.get(lever, [])]
        self._carry(name, result, lever)
        return self.best != parent

    def _try_lever(self, lever: int, *, off: bool) -> bool:
        """Try the variants of a lever; return whether one that stands alone passed."""
        proposed = self.problem.variants(lever, self.best)
        alone, others = self.alone.parted([each for each in proposed if each != self.best])
        if alone and self._try_alone(alone):
            return True
        self._try_variants(lever, others, off=off)
        return False

    def _try_alone(self, variants: list[Configuration]) -> bool:
        """Race those that stand alone, and go on without them unless one passes."""
        best, result = self.best, self.alone.race(variants)
        self.n_beside += 1
        passed = any(self._passes_alone(each, GATE) for each in result.order[:1])
        self.attempts.append(self.alone.attempt(result, best, passed=passed))
        return passed

    def _try_variants(self, lever: int, variants: list[Configuration], *, off: bool) -> None:
        parent = self.best
        name = self.problem.levers[lever]
        if off and parent[lever] and self.problem.composes(parent.without(lever)):
            variants.insert(0, parent.without(lever))
        if not variants and off:
            return
        if not variants:
            status, reason = self.problem.why_nothing(lever, parent)
            if status in ("untested", "error"):
                self.questions.blocked.append(f"{name}: {reason or status}")
            self._record(name, status, parent, reason=reason)
            return
        if self._is_capped(lever, parent):
            # Its bound is one alone: with another lever's change a variant may still help.
            self.rank.setdefault(lever, [each[lever] for each in variants if each[lever] > 0])
            return
        same = self._same(parent, variants)
        alive = [each for each in variants if each not in same]
        result = race(self.questions.track, parent, alive, name=name) if alive else Race(parent)
        result.same = same
        if not off:
            # On top of other passages one that changes nothing here may still help.
            self.rank[lever] = [c[lever] for c in (*result.order, *same) if c[lever] > 0]
        self._carry(name, result, lever)

    def _same(
        self, parent: Configuration, variants: Sequence[Configuration]
    ) -> dict[Configuration, str]:
        """Return the variants that can only answer as the parent or an earlier one does, and why."""
        same: dict[Configuration, str] = {}
        others = [parent]
        for each in variants:
            why = self.problem.why_same(each, others)
            if why:
                same[each] = why
            else:
                others.append(each)
        return same

    def _is_capped(self, lever: int, parent: Configuration) -> bool:
        """Return whether even the lever's ceiling neither helps nor comes near the target."""
        ceiling = self.problem.ceiling(lever, parent)
        if ceiling is None:
            return False
        name = self.problem.levers[lever]
        result = race(self.questions.track, parent, [ceiling], name=name)
        claim = self.questions.claim
        is_tried = not result.failed and not self.selection.why_not_tried(ceiling)
        is_capped = is_tried and is_no_use(
            self.selection, ceiling, parent, target=claim.target, reach=claim.reach
        )
        if not is_capped:
            return False
        self.ceilings.add(ceiling)
        reason = (
            "even this lever's upper bound, which cannot be deployed, stays below the target and "
            "does not beat the best so far"
        )
        self._record(name, "ceiling", parent, reason=reason, trials=result.trials(self.selection))
        return True

    def _carry(self, name: str, result: Race, lever: int | None = None) -> None:
        """Record a race, and go on from its winner if that is better than the parent."""
        self.questions.blocked += _failures(name, result)
        parent = self.best
        self.within.put_aside(result)
        if is_hardly_behind(self.selection, result):
            self.questions.finish(result.order[0])
        why = self._why_not_tried(result) if lever is not None else ""
        gain, reason = (0.0, "") if why else gain_of(self.selection, result)
        reason = reason or ("" if why else self.within.why_instead(result))
        if reason:
            self.best = result.order[0]
        if lever is not None and (reason or anything_moved(self.selection, result)):
            self.moved.add(lever)
        status: AttemptStatus = "carried" if reason else "no_gain"
        if result.failed and not result.order:
            why = next(iter(result.failed.values()))
        elif why:
            self.questions.blocked.append(f"{name}: {why}")
        if why:
            status, reason = "error", why
        elif status == "no_gain" and lever is not None:
            status, reason = self._without_gain(lever, result)
        self._record(
            name, status, parent, reason=reason, trials=result.trials(self.selection), gain=gain
        )

    def _without_gain(self, lever: int, result: Race) -> tuple[AttemptStatus, str]:
        """Return the status of a lever that gave nothing: untested, if its material could not."""
        missing = self.problem.missing_material(lever, result.parent)
        if not missing:
            if result.out and not result.order:
                return "no_gain", result.stopped[result.out[0]]
            is_same = not result.order and not result.failed
            return "no_gain", next(iter(result.same.values()), "") if is_same else ""
        self.questions.blocked.append(f"{self.problem.levers[lever]}: {missing}")
        return "untested", missing

    def _why_not_tried(self, result: Race) -> str:
        """Return why a lever was not tried, if none of its candidates was; note each that was not."""
        found = {each: self.selection.why_not_tried(each) for each in result.order}
        for each, why in found.items():
            if why:
                result.stopped[each] = f"not tried: {why}"
        return next(iter(found.values()), "") if all(found.values()) else ""

    def _try_together(self) -> bool:
        """Try whole stacks; from one that is clearly better, climb once more."""
        parent = self.best
        order = [self.rank.get(lever, []) for lever in range(len(self.problem.levers))]
        firsts = [parent[lever] or (slots[0] if slots else 0) for lever, slots in enumerate(order)]
        baseline = Configuration.baseline(len(firsts))
        stacked = [lever for lever in self.rank if (lever, baseline) not in self.raced]
        rows = stacks(firsts, moved=self.moved, stacked=stacked, others=order)
        fresh = [c for c in rows if not self.selection.n_seen(c) and self.problem.composes(c)]
        if not fresh:
            return False
        result = race(self.questions.track, parent, fresh, name="together")
        is_clear = bool(result.order) and self.selection.difference(
            result.order[0], parent
        ).exceeds(CLEAR)
        if is_clear:
            self._leave_out_idle_parts(result)
        self._carry("together", result)
        if self.best == parent:
            return False
        return self._passes(GATE) or (is_clear and self._try_levers(off=True))

    def _leave_out_idle_parts(self, result: Race) -> None:
        """Put before a winning stack the one without each part that it scores as well without."""
        for lever, slot in enumerate(result.order[0]):
            winner = result.order[0]
            without = winner.without(lever)
            if not slot or not self.problem.composes(without):
                continue
            again = race(self.questions.track, winner, [without], name="together")
            result.stopped.update(again.stopped)
            result.failed.update(again.failed)
            is_idle = without in again.order and self.selection.is_measured(without)
            if is_idle and self.selection.value(without) >= self.selection.value(winner):
                result.order.insert(0, without)
            else:
                result.order += again.order

    def _record(
        self,
        lever: str,
        status: AttemptStatus,
        parent: Configuration,
        *,
        reason: str = "",
        trials: tuple[Trial, ...] = (),
        gain: float = 0.0,
    ) -> None:
        attempt = Attempt(
            lever=lever,
            status=status,
            reason=reason,
            parent=parent,
            chosen=self.best,
            gain=gain,
            trials=trials,
        )
        self.attempts.append(attempt)
        if lever != "cheaper":  # it was tested already, and that is told last
            show_attempt(self.questions.track, attempt)


def _failures(lever: str, result: Race) -> list[str]:
    """Return why candidates of a lever failed, each reason once, with how many failed by it."""
    n = len({*result.order, *result.failed})
    return [
        f"{lever}: {'its only candidate' if n == 1 else f'{often} of {n} candidates'} failed: {why}"
        for why, often in Counter(result.failed.values()).items()
    ]
