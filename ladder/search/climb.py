"""`climb`: lever after lever, then whole stacks, then the question to the confirmation part."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ladder.errors import DataError, InconclusiveError, LadderError
from ladder.search.advice import advise
from ladder.search.confirm import Claim, Locked, chance_to_pass, shrunk
from ladder.search.joint import stacks
from ladder.search.ledger import Attempt, AttemptStatus, Configuration, Ledger, Trial
from ladder.search.looks import Looks, QuestionName
from ladder.search.problem import (
    HasCeilings,
    HasRules,
    IntArray,
    Observer,
    Problem,
    Progress,
    ignore,
)
from ladder.search.race import Effort, Race, Track, race
from ladder.search.scores import Scores
from ladder.search.selection import CLEAR, Selection
from ladder.search.units import largest_cluster, units_of

Kind = Literal["binary", "graded", "bounded"]

GATE = 0.70
"""Chance to pass from which a configuration is put to the test before all levers were tried."""

TOSS_UP = 0.5
"""Chance to justify fine-tuning below which the levers are climbed once more."""

ABLATION_UNITS = 32
"""Units on which the winning stack is scored without a part, where that was never tried."""

LAST_GATE = 0.05
"""The same at the end, where nothing else is left to try."""


def climb(  # noqa: PLR0913 - every argument but the problem is by name, most have a default
    problem: Problem,
    *,
    selection: IntArray,
    confirmation: IntArray,
    target: float,
    kind: Kind,
    clusters: Sequence[object] | None = None,
    margin: float = 0.0,
    alpha_reached: float = 0.05,
    alpha_justified: float = 0.05,
    effort: Effort = "thrifty",
    seed: int = 0,
    looks: Looks | None = None,
    observer: Observer = ignore,
) -> Ledger:
    """Climb the ladder of a problem and return all that was measured.

    Args:
        problem: Levers, their variants, and the scores.
        selection: Positions on which anything may be tried.
        confirmation: Positions that answer yes or no, under a budget.
        target: The score to reach.
        kind: `binary` for scores that are only 0 and 1: they decide with fewer samples.
        clusters: A label for each of all positions; samples of one are not independent.
        margin: How far below the target still counts as reached.
        alpha_reached: Most probability of a false "reaches the target", for the part's life.
        alpha_justified: Most probability of a false "none tried reaches it".
        effort: `full` keeps every variant in the race that is not clearly behind.
        seed: Orders the units within each part.
        looks: What was asked of this confirmation part before; a fresh one if None.
        observer: Called with progress.

    Raises:
        DataError: If one of the parts is empty.
    """
    if not len(selection) or not len(confirmation):
        raise DataError(
            f"{len(selection)} samples to select on and {len(confirmation)} to confirm on.",
            next_step="Add examples: below about 40 hardly anything can be decided.",
        )
    largest = max(largest_cluster(part, clusters) for part in (selection, confirmation))
    is_binary = kind == "binary"
    claim = Claim(
        target=target,
        reach=target - margin,
        is_binary=is_binary and largest == 1,
        alpha_reached=alpha_reached,
        alpha_justified=alpha_justified,
    )
    open_part = Selection(
        problem,
        units_of(selection, clusters, seed=seed, largest=largest),
        Scores(problem, is_binary=is_binary),
    )
    locked = Locked(
        problem,
        units_of(confirmation, clusters, seed=seed, largest=largest),
        Scores(problem, is_binary=is_binary),
        claim,
        looks or Looks(),
    )
    return Climber(problem, claim, Track(open_part, effort, observer), locked).run()


@dataclass(slots=True)
class Climber:
    """One climb: where it stands, and what it has tried."""

    problem: Problem
    claim: Claim
    track: Track
    locked: Locked
    best: Configuration = ()
    attempts: list[Attempt] = field(default_factory=list)
    rank: dict[int, list[int]] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    asked: set[Configuration] = field(default_factory=set)
    raced: set[tuple[int, Configuration]] = field(default_factory=set)
    ceilings: set[Configuration] = field(default_factory=set)
    blocked: list[str] = field(default_factory=list)

    @property
    def selection(self) -> Selection:
        """Return the part on which anything may be tried."""
        return self.track.selection

    def run(self) -> Ledger:
        """Climb until something reaches the target, or nothing is left to try."""
        baseline = (0,) * len(self.problem.levers)
        self.best = baseline
        try:
            self.selection.see(baseline, len(self.selection.units))
            ending = self._climb()
        except InconclusiveError as error:
            ending = "budget"
            self.blocked = [str(error).rstrip(".")]
        return self._ledger(baseline, ending)

    def _climb(self) -> Literal["reached", "justified", "undecided", "budget"]:
        if self._passes(GATE) or self._try_levers(off=False) or self._try_together():
            return "reached"
        if self._is_near() and self._try_levers(off=True):
            return "reached"
        if self._passes(LAST_GATE):
            return "reached"
        return "justified" if self._is_hopeless() else "undecided"

    def _is_near(self) -> bool:
        """Return whether nothing would be decided now, and a second climb was not made yet.

        A race may lose a good variant by bad luck; from another parent it races again.
        """
        if len(self.attempts) > len(self.problem.levers) + 1:
            return False
        self._see_the_best()
        return self._chance("below", self._best_finished()) < TOSS_UP

    def _see_the_best(self) -> None:
        """Score the best on the whole selection part: the best of many on a half flatters itself."""
        best = None
        while best != self._best_finished():
            best = self._best_finished()
            self.selection.see(best, len(self.selection.units))

    def _try_levers(self, *, off: bool) -> bool:
        """Try each lever from the best so far; return whether something passed."""
        for lever in range(len(self.problem.levers)):
            before = self.best
            if (lever, before) in self.raced:
                continue
            self.raced.add((lever, before))
            self._try_lever(lever, off=off)
            if self.best != before and self._passes(GATE):
                return True
        return False

    def _try_lever(self, lever: int, *, off: bool) -> None:
        parent = self.best
        name = self.problem.levers[lever]
        variants = [c for c in self.problem.variants(lever, parent) if c != parent]
        if off and parent[lever]:
            variants.insert(0, _with_slot(parent, lever, 0))
        if not variants and off:
            return
        if not variants:
            status, reason = self.problem.why_nothing(lever, parent)
            if status in ("untested", "error"):
                self.blocked.append(f"{name}: {reason or status}")
            self._record(name, status, parent, reason=reason)
            return
        if self._is_capped(lever, parent):
            return
        result = race(self.track, parent, variants, name=name)
        if not off:
            self.rank[lever] = [c[lever] for c in result.order if c[lever] > 0]
        self._carry(name, result, lever)

    def _is_capped(self, lever: int, parent: Configuration) -> bool:
        """Return whether even the lever's ceiling neither helps nor comes near the target."""
        if not isinstance(self.problem, HasCeilings):
            return False
        ceiling = self.problem.ceiling(lever, parent)
        if ceiling is None:
            return False
        name = self.problem.levers[lever]
        result = race(self.track, parent, [ceiling], name=name)
        if result.failed or not self._is_no_use(ceiling, parent):
            return False
        self.ceilings.add(ceiling)
        reason = "even its ceiling, which nobody could deploy, stays below the target and no better"
        self._record(name, "ceiling", parent, reason=reason, result=result)
        return True

    def _is_no_use(self, ceiling: Configuration, parent: Configuration) -> bool:
        selection = self.selection
        guess = selection.guess(ceiling, self.claim.target)
        error = math.sqrt(guess.variance / selection.n_seen(ceiling))
        is_below = guess.mean + CLEAR * error < self.claim.reach
        is_better = selection.mean(ceiling) > selection.mean(parent, selection.n_seen(ceiling))
        return is_below and not is_better and selection.moved(ceiling, parent) <= 0

    def _carry(self, name: str, result: Race, lever: int | None = None) -> None:
        """Record a race, and go on from its winner if that is better than the parent."""
        for variant, why in result.failed.items():
            self.blocked.append(f"{name}: {variant}: {why}")
        parent = self.best
        gain, reason = self._gain(result)
        if reason:
            self.best = result.order[0]
        if lever is not None and (reason or self._anything_moved(result)):
            self.moved.add(lever)
        status: AttemptStatus = "carried" if reason else "no_gain"
        if result.failed and not result.order:
            status, reason = "error", next(iter(result.failed.values()))
        self._record(name, status, parent, reason=reason, result=result, gain=gain)

    def _gain(self, result: Race) -> tuple[float, str]:
        """Return the winner's gain and why it is carried; an empty reason if it is not."""
        if not result.order:
            return 0.0, ""
        winner, parent = result.order[0], result.parent
        difference = self.selection.difference(winner, parent)
        if difference.mean > 0 and self._is_finished(winner):
            return difference.mean, "better on the selection part"
        stands_still = not self.selection.difference(parent, winner).exceeds(CLEAR)
        if stands_still and self._is_finished(winner) and self.selection.moved(winner, parent) > 0:
            return difference.mean, "the score stands still, a finer reading moved"
        return 0.0, ""

    def _is_finished(self, configuration: Configuration) -> bool:
        return self.selection.n_seen(configuration) >= self.selection.enough

    def _anything_moved(self, result: Race) -> bool:
        return bool(result.order) and self.selection.moved(result.order[0], result.parent) > 0

    def _try_together(self) -> bool:
        """Try whole stacks; from one that is clearly better, climb once more."""
        parent = self.best
        order = [self.rank.get(lever, []) for lever in range(len(self.problem.levers))]
        firsts = [parent[lever] or (slots[0] if slots else 0) for lever, slots in enumerate(order)]
        rows = stacks(firsts, moved=self.moved, others=order)
        fresh = [c for c in rows if not self.selection.n_seen(c) and self._composes(c)]
        if not fresh:
            return False
        result = race(self.track, parent, fresh, name="together")
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
            without = _with_slot(winner, lever, 0)
            if not slot or not self._composes(without):
                continue
            again = race(self.track, winner, [without], name="together")
            result.stopped.update(again.stopped)
            result.failed.update(again.failed)
            is_idle = without in again.order and self._is_finished(without)
            if is_idle and self.selection.mean(without) >= self.selection.mean(winner):
                result.order.insert(0, without)
            else:
                result.order += again.order

    def _composes(self, configuration: Configuration) -> bool:
        return not isinstance(self.problem, HasRules) or self.problem.composes(configuration)

    def _passes(self, gate: float) -> bool:
        """Put the best so far to the test, if that is worth the error budget it spends."""
        import os
        if self.best in self.asked or self._chance("reached", self.best) < min(gate,float(os.environ.get('PRE','.3'))):
            return False
        self.selection.see(self.best, len(self.selection.units))
        guess = self.selection.guess(self.best, self.claim.reach)
        if self._chance("reached", self.best) < gate:
            return False
        self.asked.add(self.best)
        self._tell()
        return self.locked.reaches(self.best, guess)

    def _chance(self, question: QuestionName, configuration: Configuration) -> float:
        edge = self.claim.reach if question == "reached" else self.claim.target
        return chance_to_pass(
            self.selection.guess(configuration, edge),
            edge,
            self.selection.n_seen(configuration),
            direction=1 if question == "reached" else -1,
            alpha=self.locked.alpha(question),
            total=len(self.locked.units),
        )

    def _is_hopeless(self) -> bool:
        """Return whether everything that was tried is shown to be below the target."""
        if self.blocked or self.locked.failed:
            return False
        best = self._best_finished()
        if self._chance("below", best) < LAST_GATE:
            return False
        self._tell()
        target = self.claim.target
        tried = [c for c in self.selection.seen if min(c, default=0) >= 0 or c in self.ceilings]
        tried.sort(key=self.selection.mean, reverse=True)
        sizes = [self.selection.n_seen(c) for c in tried]
        guesses = shrunk([self.selection.guess(c, target) for c in tried], sizes)
        return self.locked.are_below(list(zip(tried, guesses, strict=True)), best)

    def _best_finished(self) -> Configuration:
        """Return the best deployable configuration that was scored on the whole part."""
        seen = self.selection.seen
        finished = [c for c in seen if self._is_finished(c) and min(c, default=0) >= 0]
        return max(finished, key=self.selection.mean, default=self.best)

    def _tell(self) -> None:
        n_total = len(self.locked.units.positions)
        self.track.observer(Progress("confirmation", 1, 1, 0, n_total, None))

    def _record(
        self,
        lever: str,
        status: AttemptStatus,
        parent: Configuration,
        *,
        reason: str = "",
        result: Race | None = None,
        gain: float = 0.0,
    ) -> None:
        self.attempts.append(
            Attempt(
                lever=lever,
                status=status,
                reason=reason,
                parent=parent,
                chosen=self.best,
                gain=gain,
                trials=result.trials(self.selection) if result else (),
            )
        )

    def _ledger(
        self,
        baseline: Configuration,
        ending: Literal["reached", "justified", "undecided", "budget"],
    ) -> Ledger:
        is_open = ending in ("undecided", "budget")
        if is_open or ending == "justified":
            self.best = self._best_finished()
        units = self.selection.units
        n_confirmation = len(self.locked.units.positions)
        return Ledger(
            n=len(units.positions) + n_confirmation,
            n_selection=len(units.positions),
            n_confirmation=n_confirmation,
            baseline=self.selection.trial(baseline, None),
            attempts=tuple(self.attempts),
            looks=self.locked.made,
            best=self.best,
            ending=ending,
            reason=self._why_open() if is_open else "",
            blocked=is_open and bool(self.blocked or self.locked.failed),
            confirmation=self.locked.confirmation,
            ablation=self._ablation() if ending == "reached" else (),
            examples_needed=self._more() if ending == "undecided" else None,
            alpha_reached_left=self.locked.left("reached"),
            alpha_justified_left=self.locked.left("below"),
            calls=self.selection.calls + self.locked.calls,
        )

    def _ablation(self) -> tuple[Trial, ...]:
        """Return the stack that passed without each of its parts; most were scored on the way."""
        parts = [lever for lever, slot in enumerate(self.best) if slot]
        rows = []
        for lever in parts if len(parts) > 1 else []:
            without = _with_slot(self.best, lever, 0)
            try:
                if self._composes(without) and not self.selection.n_seen(without):
                    self.selection.see(without, min(ABLATION_UNITS, len(self.selection.units)))
            except LadderError:
                continue  # the verdict stands; this only explains it
            if self.selection.n_seen(without):
                rows.append(self.selection.trial(without, self.best))
        return tuple(rows)

    def _why_open(self) -> str:
        problems = [*self.blocked, *self.locked.failed.values()]
        if problems:
            return "; ".join(dict.fromkeys(problems))
        return self.locked.looks.why_closed() or "too few examples for the gap to the target"

    def _more(self) -> int | None:
        """Return about how many more examples would decide; None where none would."""
        if self.locked.looks.why_closed():
            return None
        return advise(self.selection, self.locked, self.best, target=self.claim.target)


def _with_slot(configuration: Configuration, lever: int, slot: int) -> Configuration:
    return (*configuration[:lever], slot, *configuration[lever + 1 :])
