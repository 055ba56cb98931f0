"""What is asked side by side changes the time that a climb takes, and nothing that it finds."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks import worlds
from benchmarks.worlds import World
from ladder.measure.answer_store import MOST_UNREAD
from ladder.search.ledger import Configuration, Ledger
from ladder.search.problem import FloatArray, IntArray, Wanted
from ladder.search.score_problem import ScoredLadder, climb_scores

LEVERS = [[1, 2, 3, 4, 5, 6]] * 4
SLOTS = 64


class Served(ScoredLadder):
    """A ladder whose answers come in rounds of as many as are asked for at once."""

    def __init__(self, world: World, *, at_once: int) -> None:
        super().__init__(LEVERS, world, size=world.n)
        self.world = world
        self.at_once = at_once
        self.rounds = 0
        self.came: set[tuple[Configuration, int]] = set()
        self.read: set[tuple[Configuration, int]] = set()

    @property
    def asks_at_once(self) -> int:
        return self.at_once

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        pairs = _pairs([(configuration, indices)])
        self._answer([pair for pair in pairs if pair not in self.came])
        self.read.update(pairs)
        return self.world.all_scores(configuration)[indices]

    def ask_ahead(self, needed: Sequence[Wanted], maybe: Sequence[Wanted] = ()) -> None:
        pairs = [pair for pair in _pairs(needed) if pair not in self.came]
        spare = [pair for pair in _pairs(maybe) if pair not in self.came and pair not in pairs]
        unread = len(self.came) - len(self.read)
        free = min(-len(pairs) % self.at_once, int(MOST_UNREAD * len(self.read)) - unread)
        self._answer([*pairs, *spare[: max(free, 0)]])

    def at_hand(
        self, configuration: Configuration, indices: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        came = [(configuration, at) in self.came for at in indices.tolist()]
        n = came.index(False) if False in came else len(came)
        return self.world.all_scores(configuration)[indices[:n]], np.zeros(n)

    def _answer(self, pairs: list[tuple[Configuration, int]]) -> None:
        self.rounds += math.ceil(len(pairs) / self.at_once)
        self.came.update(pairs)


def _pairs(wanted: Sequence[Wanted]) -> list[tuple[Configuration, int]]:
    return [(each, at) for each, indices in wanted for at in indices.tolist()]


def climbed(problem: Served) -> Ledger:
    world = problem.world
    return climb_scores(
        problem,
        target=0.7,
        kind=world.scale,
        clusters=world.clusters,
        alpha_reached=0.05,
        alpha_justified=0.05,
        seed=world.seed,
        looks=None,
    )


WORLDS = {
    "reached": World(400, 1, worlds.flat(0.85)),
    "reached by a lever": World(400, 2, lambda slots: 0.85 if slots[1] == 2 else 0.6),
    "justified": World(400, 3, worlds.below(np.random.default_rng(3), 0.7, 0.15)),
    "undecided": World(300, 4, worlds.flat(0.69)),
    "graded": World(300, 5, worlds.flat(0.5), scale="graded"),
    "in clusters": World(480, 6, worlds.flat(0.4), cluster_size=4),
    "not all below": World(300, 9, worlds.flat(0.58)),
}


@pytest.mark.parametrize("name", WORLDS)
def test_a_climb_with_many_calls_at_once_finds_what_one_by_one_finds(name: str) -> None:
    one_by_one, served = (Served(WORLDS[name], at_once=slots) for slots in (1, SLOTS))

    assert climbed(served) == climbed(one_by_one)

    assert served.read == one_by_one.read
    assert len(one_by_one.came) <= len(served.came) <= 1.05 * len(one_by_one.came)
    assert served.rounds <= 2.5 * len(served.came) / SLOTS + 5
