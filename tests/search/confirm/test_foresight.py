"""What is asked side by side changes the time that a climb takes, and nothing that it finds."""

import numpy as np
import pytest

from benchmarks import worlds
from benchmarks.simulated_calls import SimulatedCalls
from benchmarks.worlds import World
from ladder.search.confirm.requirement import TargetClaim
from ladder.search.ledger import Ledger
from ladder.search.score_problem import climb_scores

LEVERS = [[1, 2, 3, 4, 5, 6]] * 4
SLOTS = 64


def climbed(problem: SimulatedCalls) -> Ledger:
    world = problem.world
    return climb_scores(
        problem,
        TargetClaim(0.7),
        kind=world.scale,
        clusters=world.clusters,
        seed=world.seed,
        looks=None,
        is_advised=False,
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
    one_by_one, served = (
        SimulatedCalls(LEVERS, WORLDS[name], at_once=slots) for slots in (1, SLOTS)
    )

    assert climbed(served) == climbed(one_by_one)

    assert served.n_read == one_by_one.n_read == one_by_one.n_calls
    assert served.n_calls <= 1.05 * one_by_one.n_calls
    assert served.rounds <= 2.5 * served.n_calls / SLOTS + 5


def test_what_a_likely_pass_takes_is_asked_for_at_once() -> None:
    world = World(120, 1, worlds.flat(1.0))
    one_by_one, served = (SimulatedCalls(LEVERS, world, at_once=slots) for slots in (1, SLOTS))

    assert climbed(served) == climbed(one_by_one)

    assert served.n_calls == one_by_one.n_calls
    assert served.rounds == 2  # the selection part, and as much of the confirmation part as passes
