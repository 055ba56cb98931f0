"""The split and the order of the units."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ladder.search.select.units import largest_cluster, split_by_index, units_of

LABELS = st.lists(st.integers(0, 30), min_size=2, max_size=200)


@given(st.integers(1, 500), st.integers(0, 100), st.integers(0, 5))
def test_added_examples_never_move_one_across_the_split(n: int, more: int, seed: int) -> None:
    before = set(split_by_index(n, seed=seed)[1].tolist())

    after = set(split_by_index(n + more, seed=seed)[1].tolist())

    assert {position for position in after if position < n} == before


@given(LABELS, st.integers(0, 5))
def test_a_cluster_is_never_parted(labels: list[int], seed: int) -> None:
    selection, confirmation = split_by_index(len(labels), labels, seed)

    chosen, kept = {labels[at] for at in selection}, {labels[at] for at in confirmation}

    assert chosen.isdisjoint(kept)
    assert len(selection) + len(confirmation) == len(labels)


@given(LABELS, st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_change_the_parts(labels: list[int], random: object) -> None:
    shuffled = list(labels)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    first, second = (split_by_index(len(rows), rows)[1] for rows in (labels, shuffled))

    assert sorted(labels[at] for at in first) == sorted(shuffled[at] for at in second)


@given(LABELS, st.floats(0.1, 0.9), st.randoms(use_true_random=False))
def test_units_weigh_as_their_samples_do(labels: list[int], target: float, random: object) -> None:
    positions = np.arange(len(labels))
    largest = largest_cluster(positions, labels)
    units = units_of(positions, labels, seed=0, largest=largest)
    scores = np.array([float(random.random() < 0.5) for _ in labels])  # type: ignore[attr-defined]

    deviations = units.deviations(scores[units.positions], target)

    assert len(deviations) == len(units) == len(set(labels))
    assert deviations.min() >= -target - 1e-9
    assert deviations.max() <= 1 - target + 1e-9
    assert np.isclose(deviations.sum() * largest, (scores - target).sum())


def test_a_part_of_the_units_can_be_scored_on_its_own() -> None:
    labels = [0, 0, 1, 2, 2, 2]
    units = units_of(np.arange(6), labels, seed=0, largest=3)
    scores = np.arange(6.0)

    whole = units.sums(scores)
    tail = units.sums(scores[units.starts[1] :], 1)

    assert whole[1:].tolist() == tail.tolist()
