"""`SimulatedCalls`: a simulated ladder whose answers come in rounds of as many as are asked at once."""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.worlds import World
from ladder.measure.answer_store import UnreadAllowance
from ladder.search.ledger import Configuration
from ladder.search.problem import MaybeWanted, Wanted
from ladder.search.score_problem import ScoredLadder
from ladder.statistics.arrays import FloatArray, IntArray

Flags = npt.NDArray[np.bool_]


class SimulatedCalls(ScoredLadder):
    """Asks ahead by the rules of `AnswerStore`, and counts calls and rounds of calls.

    Attributes:
        rounds: How often a round of calls was waited for; each takes as long as one call.
        n_calls: Calls made.
        n_read: How many of their answers the search asked for.
    """

    def __init__(self, levers: Sequence[Sequence[int]], world: World, *, at_once: int) -> None:
        super().__init__(levers, world, size=world.n)
        self.world = world
        self.at_once = at_once
        self.rounds = 0
        self.n_calls = 0
        self.n_read = 0
        self._came: defaultdict[Configuration, Flags] = defaultdict(self._none)
        self._read: defaultdict[Configuration, Flags] = defaultdict(self._none)
        self._unsure: defaultdict[Configuration, Flags] = defaultdict(self._none)

    @property
    def asks_at_once(self) -> int:
        """Return how many answers come in one round."""
        return self.at_once

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the scores; ask for those answers that did not come yet."""
        self._ask([(configuration, self._missing(configuration, indices))])
        fresh = indices[~self._read[configuration][indices]]
        self._read[configuration][fresh] = True
        self._unsure[configuration][indices] = False
        self.n_read += len(fresh)
        return self.world.all_scores(configuration)[indices]

    def ask_ahead(self, needed: Sequence[Wanted], maybe: Sequence[MaybeWanted] = ()) -> None:
        """Ask for what is needed, and fill the last round with what may be."""
        wanted = [(each, self._missing(each, indices)) for each, indices in needed]
        n_needed = sum(len(indices) for _, indices in wanted)
        for each, indices in needed:
            self._unsure[each][indices] = False
        unsure = sum(int(flags.sum()) for flags in self._unsure.values())
        unread = UnreadAllowance(
            self.n_calls - unsure + n_needed, unsure, n_free=-n_needed % self.at_once
        )
        taken = {each: set(indices.tolist()) for each, indices in wanted}
        for each, indices, chance in maybe if n_needed else ():
            known = taken.setdefault(each, set())
            spare = []
            for at in self._missing(each, indices).tolist():
                if at not in known and unread.admits(chance):
                    unread.take(chance)
                    spare.append(at)
            known.update(spare)
            wanted.append((each, np.array(spare, dtype=np.int64)))
            self._unsure[each][spare] = True
        self._ask(wanted)

    def at_hand(
        self, configuration: Configuration, indices: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the scores of the leading samples whose answers came."""
        missing = np.flatnonzero(~self._came[configuration][indices])
        n = int(missing[0]) if len(missing) else len(indices)
        return self.world.all_scores(configuration)[indices[:n]], np.zeros(n)

    def _none(self) -> Flags:
        return np.zeros(self.world.n, dtype=np.bool_)

    def _missing(self, configuration: Configuration, indices: IntArray) -> IntArray:
        return indices[~self._came[configuration][indices]]

    def _ask(self, wanted: Sequence[Wanted]) -> None:
        count = sum(len(indices) for _, indices in wanted)
        for each, indices in wanted:
            self._came[each][indices] = True
        self.rounds += math.ceil(count / self.at_once)
        self.n_calls += count
