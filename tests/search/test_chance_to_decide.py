"""How likely more examples decide an open run: what the curve must never say."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from ladder.decision import Decision, decide
from ladder.search.ledger import Configuration

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def world(score: Callable[[Configuration], float], n: int, seed: int = 0) -> Decision:
    """Return what comes of answers of which each is right with the candidate's own probability."""

    def answers(configuration: Configuration, indices: IntArray) -> FloatArray:
        drawn = np.random.default_rng([seed, *configuration]).random(n)
        return (drawn[indices] < score(configuration)).astype(np.float64)

    return decide([[1, 2, 3], [1, 2, 3]], answers, n=n, target=0.8)


def chances(decision: Decision) -> dict[int, float]:
    return {each.examples: each.chance for each in decision.ledger.more_examples}


@pytest.mark.slow
def test_the_curve_rises_and_is_the_steeper_the_further_the_best_lies_from_the_target() -> None:
    def share_right(hits: int) -> Decision:
        return decide([[1]], lambda _, at: (at * 7 % 20 < hits).astype(float), n=60, target=0.8)

    found = [share_right(hits) for hits in (16, 14)]

    near, far = map(chances, found)
    assert all(list(curve.values()) == sorted(curve.values()) for curve in (near, far))
    assert near[300] < far[300]
    assert far[20_000] <= 0.99
    assert found[1].ledger.if_as_it_looks is not None


@pytest.mark.slow
def test_what_reaches_and_what_is_below_are_told_apart() -> None:
    below, above = world(lambda _: 0.68, 40).ledger, world(lambda _: 0.9, 40).ledger

    assert below.more_examples[-1].reached < below.more_examples[-1].chance / 2
    assert above.more_examples[-1].reached > above.more_examples[-1].chance / 2


def test_while_a_lever_is_untried_more_examples_never_promise_that_all_are_below() -> None:
    def answers(configuration: Configuration, indices: IntArray) -> FloatArray:
        return (indices % 10 < 5).astype(np.float64) + 0.0 * len(configuration)

    found = decide([[1], []], answers, n=60, target=0.8).ledger

    assert found.blocked
    assert all(each.chance < 0.1 for each in found.more_examples)


def test_a_verdict_holds_no_curve_and_an_open_run_is_the_same_twice() -> None:
    assert world(lambda _: 0.99, 200).ledger.more_examples == ()
    assert chances(world(lambda _: 0.75, 60)) == chances(world(lambda _: 0.75, 60))
