"""Whole stacks."""

from hypothesis import given
from hypothesis import strategies as st

from ladder.search.select.joint import MOST_STACKS, stacks


@given(st.lists(st.integers(0, 5), max_size=8))
def test_there_are_at_most_twelve_stacks_each_once_and_never_a_single_lever(
    best: list[int],
) -> None:
    rows = stacks(best)

    assert len(rows) == len(set(rows)) <= MOST_STACKS
    assert all(sum(slot > 0 for slot in row) >= 2 for row in rows)


def test_a_pair_of_levers_that_moved_comes_before_other_pairs() -> None:
    rows = stacks((1, 1, 1, 1), moved=(1, 3))

    pairs = [row for row in rows if sum(row) == 2]

    assert pairs[0] == (0, 1, 0, 1)


def test_where_there_is_room_every_pair_of_variants_has_its_turn() -> None:
    rows = stacks((1, 1, 1), others=((1, 2, 3), (1, 2, 3), (1, 2, 3)))

    assert {row[:2] for row in rows if all(row)} == {(a, b) for a in (1, 2, 3) for b in (1, 2, 3)}
