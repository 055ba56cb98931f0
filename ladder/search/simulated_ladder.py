"""`SimulatedLadder`: a task's ladder on simulated answers, with a count of calls and a clock."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ladder.measure.answer_forecast import ForeseenAnswer
from ladder.measure.answer_limit import ROOM_SAMPLES
from ladder.search.foreseen_candidates import ForeseenCandidates
from ladder.search.ledger import REFERENCE, AttemptStatus, Configuration
from ladder.search.problem import MaybeWanted, Problem, Wanted
from ladder.search.simulated_world import SimulatedWorld
from ladder.search.task_problem import CLEARLY_CHEAPER
from ladder.spec.candidate import Candidate
from ladder.statistics.arrays import FloatArray, IntArray

Forecast = Callable[[Candidate], ForeseenAnswer]


class Calls(NamedTuple):
    """Answers of one configuration: how many of each part of the data, and how many with room."""

    selection: int = 0
    confirmation: int = 0
    room: int = 0


class SimulatedLadder(Problem):
    """Answers of a simulated world; counts what is asked, and for how long it would be waited.

    What each answer means is said at `Problem`.

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
        return len(self._world.hardness)

    @property
    def levers(self) -> tuple[str, ...]:
        return tuple(self._candidates.proposals)

    @property
    def asks_at_once(self) -> int:
        return self._at_once

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        slots = self._candidates.slots(lever, parent[lever])
        return tuple(parent.with_slot(lever, slot) for slot in slots)

    def is_asked_again(self, lever: int) -> bool:
        return lever in self._candidates.asked_again

    def rewritten(
        self, lever: int, parent: Configuration, positions: IntArray
    ) -> tuple[tuple[Configuration, ...], str]:
        """Return candidates of a rewriting model, where the task asks one; count all calls it may take."""
        slots, rewrite = self._candidates.rewritten(lever), self._candidates.rewrite
        if rewrite is not None and slots:
            known = self.asked[parent]
            self.asked[parent] = known._replace(selection=known.selection + rewrite.calls)
            self.seconds += rewrite.calls * self._answer(parent).seconds
        return tuple(parent.with_slot(lever, slot) for slot in slots), ""

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        return self._candidates.why_nothing[lever]

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        return None if self._candidates.ceilings[lever] is None else parent.with_slot(lever, -1)

    def composes(self, configuration: Configuration) -> bool:
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
