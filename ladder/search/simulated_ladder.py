"""`SimulatedLadder`: a task's ladder on simulated answers, with a count of calls and a clock."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ladder.levers import Bounded, Lever
from ladder.levers.base import AskedAgain, without_classifiers
from ladder.measure.answer_forecast import ForeseenAnswer
from ladder.measure.room import ROOM_SAMPLES
from ladder.rewriting import MOST_REWRITES
from ladder.search.ledger import REFERENCE, AttemptStatus, Configuration
from ladder.search.problem import MaybeWanted, Problem, Wanted
from ladder.search.simulated_world import SimulatedWorld
from ladder.search.task_problem import CLEARLY_CHEAPER
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec
from ladder.statistics.arrays import FloatArray, IntArray

Forecast = Callable[[Candidate], ForeseenAnswer]


class ForeseenCandidates:
    """The candidates that a run may try: what the levers propose for the baseline, and their stacks.

    On top of another candidate a lever is taken to propose the same again. Classifiers are left out:
    what they answer is no call.
    """

    def __init__(self, task: TaskSpec, levers: Sequence[Lever]) -> None:
        self.task = task
        self.levers = tuple(levers)
        self.baseline = task.baseline()
        self.proposals = {lever.name: lever.propose(task, self.baseline) for lever in levers}
        self._parts = [lever.part for lever in levers]
        self._values = [
            [getattr(each, lever.part) for each in without_classifiers(self.proposals[lever.name])]
            for lever in levers
        ]
        self.counts = [len(values) for values in self._values]
        self.asked_again = frozenset(
            at
            for at, lever in enumerate(levers)
            if isinstance(lever, AskedAgain) and lever.is_asked_again
        )
        section = task.levers.prompt
        self.rewrite = section.rewrite if section.not_applicable is None else None
        self._on_top: dict[tuple[int, int], list[int]] = {}
        self._known: dict[Configuration, Candidate] = {}

    def single(self) -> dict[tuple[int, int], Candidate]:
        """Return the candidates that one lever makes of the baseline, by lever and slot."""
        none = Configuration.baseline(len(self.levers))
        return {
            (lever, slot): self.candidate(none.with_slot(lever, slot))
            for lever, count in enumerate(self.counts)
            for slot in range(1, count + 1)
        }

    def slots(self, lever: int, slot: int) -> Sequence[int]:
        """Return the slots that a lever proposes where its own slot is `slot`."""
        if not slot or lever not in self.asked_again:
            return range(1, self.counts[lever] + 1)
        place = (lever, slot)
        if place not in self._on_top:
            best = self.baseline.replace(**{self._parts[lever]: self._values[lever][slot - 1]})
            self._on_top[place] = [
                self._slot_of(lever, getattr(each, self._parts[lever]))
                for each in self.levers[lever].propose(self.task, best)
            ]
        return self._on_top[place]

    def rewritten(self, lever: int) -> list[int]:
        """Return the slots of what a rewriting model may give, as long as the baseline's prompt."""
        if self.rewrite is None or self.levers[lever].name != "prompt":
            return []
        own = self.baseline.prompt
        return [
            self._slot_of(lever, own.replace(user=f"{own.user}\n{number}"))
            for number in range(MOST_REWRITES)
        ]

    def _slot_of(self, lever: int, value: object) -> int:
        """Return the slot of a value of a lever's part: 0 for the baseline's."""
        if value == getattr(self.baseline, self._parts[lever]):
            return 0
        values = self._values[lever]
        if value not in values:
            values.append(value)
        return values.index(value) + 1

    @cached_property
    def ceilings(self) -> list[object | None]:
        """Return of each lever the part that bounds what it could give; None without one."""
        bounds = [
            lever.ceiling(self.task, self.baseline) if isinstance(lever, Bounded) else None
            for lever in self.levers
        ]
        return [
            None if bound is None else getattr(bound, part)
            for bound, part in zip(bounds, self._parts, strict=True)
        ]

    @cached_property
    def why_nothing(self) -> list[tuple[AttemptStatus, str]]:
        """Return of each lever status and reason where it proposes nothing."""
        return [self._why_nothing(lever) for lever in self.levers]

    def candidate(self, configuration: Configuration) -> Candidate:
        """Return what a configuration stands for; reranking without passages changes nothing."""
        if configuration == REFERENCE and self.task.reference is not None:
            return self.task.reference
        if configuration not in self._known:
            self._known[configuration] = self._stacked(configuration)
        return self._known[configuration]

    def _stacked(self, configuration: Configuration) -> Candidate:
        parts = {
            self._parts[lever]: self._values[lever][slot - 1] if slot > 0 else self.ceilings[lever]
            for lever, slot in enumerate(configuration)
            if slot
        }
        candidate = self.baseline.replace(**parts)
        if candidate.retrieval is None and candidate.reranking is not None:
            return candidate.replace(reranking=None)
        return candidate

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the slots can work together: reranking does not without passages."""
        has = {self._parts[lever] for lever in configuration.applied}
        needs_passages = "reranking" in has and self.baseline.reranking is None
        return not needs_passages or "retrieval" in has or self.baseline.retrieval is not None

    def plain(self, configuration: Configuration) -> Configuration:
        """Return the configuration that asks the same: reranking is left out without passages."""
        if configuration == REFERENCE or self.composes(configuration):
            return configuration
        return configuration.without(self._parts.index("reranking"))

    def _why_nothing(self, lever: Lever) -> tuple[AttemptStatus, str]:
        section = getattr(self.task.levers, lever.name, None)
        if section is not None and section.not_applicable is not None:
            return "not_applicable", section.not_applicable
        return lever.why_nothing(self.task, self.baseline)


class Calls(NamedTuple):
    """Answers of one configuration: how many of each part of the data, and how many with room."""

    selection: int = 0
    confirmation: int = 0
    room: int = 0


class SimulatedLadder(Problem):
    """Answers of a simulated world; counts what is asked, and for how long it would be waited.

    Args:
        candidates: What a run may try.
        world: Gives the scores.
        forecast: Gives what an answer of a candidate costs.
        confirmation: Positions of the confirmation part.
        at_once: Answers that come side by side.
        has_likelihoods: Whether the model tells how likely a target is.
    """

    def __init__(
        self,
        candidates: ForeseenCandidates,
        world: SimulatedWorld,
        forecast: Forecast,
        *,
        confirmation: IntArray,
        at_once: int = 1,
        has_likelihoods: bool = False,
    ) -> None:
        self.asked: defaultdict[Configuration, Calls] = defaultdict(Calls)
        self.seconds = 0.0
        self._candidates, self._world, self._forecast = candidates, world, forecast
        self._at_once, self._has_likelihoods = at_once, has_likelihoods
        self._is_locked = np.zeros(self.size, dtype=np.bool_)
        self._is_locked[confirmation] = True
        self._came: defaultdict[Configuration, npt.NDArray[np.bool_]] = defaultdict(
            lambda: np.zeros(self.size, dtype=np.bool_)
        )

    @property
    def size(self) -> int:
        """Return the number of samples."""
        return len(self._world.hardness)

    @property
    def levers(self) -> tuple[str, ...]:
        """Return the levers' names."""
        return tuple(self._candidates.proposals)

    @property
    def asks_at_once(self) -> int:
        """Return how many answers come side by side."""
        return self._at_once

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever."""
        slots = self._candidates.slots(lever, parent[lever])
        return tuple(parent.with_slot(lever, slot) for slot in slots)

    def is_asked_again(self, lever: int) -> bool:
        """Return whether a lever that helped is asked once more, for changes on top."""
        return lever in self._candidates.asked_again

    def rewritten(
        self, lever: int, parent: Configuration, positions: IntArray
    ) -> tuple[tuple[Configuration, ...], str]:
        """Return candidates of a rewriting model, where the task asks one; count all calls it may take."""
        del positions
        slots, rewrite = self._candidates.rewritten(lever), self._candidates.rewrite
        if rewrite is not None and slots:
            known = self.asked[parent]
            self.asked[parent] = known._replace(selection=known.selection + rewrite.calls)
            self.seconds += rewrite.calls * self._answer(parent).seconds
        return tuple(parent.with_slot(lever, slot) for slot in slots), ""

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        """Return status and reason when `variants` is empty."""
        del parent
        return self._candidates.why_nothing[lever]

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        """Return the upper bound of a lever where it has one."""
        return None if self._candidates.ceilings[lever] is None else parent.with_slot(lever, -1)

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the slots can work together."""
        return self._candidates.composes(configuration)

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        """Return whether one takes clearly fewer tokens than another."""
        first, second = (self._answer(each).tokens for each in (one, other))
        return 0 < first < CLEARLY_CHEAPER * second

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return simulated scores; ask for the answers that did not come yet."""
        asked = self._candidates.plain(configuration)
        self._wait_for([(asked, self._read_ahead(configuration, indices))])
        return self._world.scores(asked, indices)

    def _read_ahead(self, configuration: Configuration, indices: IntArray) -> IntArray:
        """Return what is asked for some scores: of a reference whose weights are here the whole part."""
        reference = self._candidates.task.reference
        if configuration != REFERENCE or reference is None or reference.model.is_endpoint:
            return indices
        return np.flatnonzero(self._is_locked) if self._is_locked[indices].any() else indices

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        """Return the lenient reading, then the likelihood where the model tells it."""
        asked = self._candidates.plain(configuration)
        lenient = self._world.scores(asked, indices)
        if not self._has_likelihoods:
            return (lenient,)
        return lenient, self._world.likelihoods(asked, indices)

    def room_check(self, configuration: Configuration) -> str:
        """Find nothing; but it takes calls with room for long answers."""
        n = min(ROOM_SAMPLES, int((~self._is_locked).sum()))
        known = self.asked[configuration]
        self.asked[configuration] = known._replace(room=known.room + n)
        self.seconds += math.ceil(n / self._at_once) * self._answer(configuration).room_seconds
        return ""

    def ask_ahead(self, needed: Sequence[Wanted], maybe: Sequence[MaybeWanted] = ()) -> None:
        """Ask side by side for what is needed; what may be needed is not asked."""
        del maybe
        self._wait_for([(self._candidates.plain(each), indices) for each, indices in needed])

    def at_hand(
        self, configuration: Configuration, indices: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the scores of the leading samples whose answers came."""
        asked = self._candidates.plain(configuration)
        missing = np.flatnonzero(~self._came[asked][indices])
        n = int(missing[0]) if len(missing) else len(indices)
        return self._world.scores(asked, indices[:n]), np.zeros(n)

    def costs(self) -> Mapping[Configuration, tuple[Calls, ForeseenAnswer]]:
        """Return what was asked of each configuration, with what one answer costs."""
        return {each: (calls, self._answer(each)) for each, calls in self.asked.items()}

    def _answer(self, configuration: Configuration) -> ForeseenAnswer:
        return self._forecast(self._candidates.candidate(configuration))

    def _wait_for(self, wanted: Sequence[Wanted]) -> None:
        """Count answers that did not come yet, and the time until the last of them comes."""
        total, n_calls = 0.0, 0
        for each, indices in wanted:
            came = self._came[each]
            missing = indices[~came[indices]]
            came[missing] = True
            locked = int(self._is_locked[missing].sum())
            known = self.asked[each]
            self.asked[each] = known._replace(
                selection=known.selection + len(missing) - locked,
                confirmation=known.confirmation + locked,
            )
            total += len(missing) * self._answer(each).seconds
            n_calls += len(missing)
        if n_calls:
            self.seconds += math.ceil(n_calls / self._at_once) * total / n_calls
