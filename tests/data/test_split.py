"""The split depends on content alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ladder.data import Sample, digest_samples, split_samples, unit_fraction

inputs = st.lists(st.tuples(st.text(max_size=8), st.sampled_from([None, "c1", "c2"])), max_size=30)


def samples_of(rows: list[tuple[str, str | None]]) -> list[Sample]:
    """Make samples with ids of their own."""
    return [Sample(str(at), text, ("x",), cluster) for at, (text, cluster) in enumerate(rows)]


def kept_aside(samples: list[Sample]) -> set[str]:
    """Return the ids of the confirmation part."""
    return {samples[at].id for at in split_samples(samples).confirmation}


@given(inputs)
def test_every_sample_is_in_exactly_one_part(rows: list[tuple[str, str | None]]) -> None:
    split = split_samples(samples_of(rows))

    assert sorted([*split.selection, *split.confirmation]) == list(range(len(rows)))


@given(inputs, st.randoms(use_true_random=False))
def test_another_order_moves_no_sample(rows: list[tuple[str, str | None]], random: object) -> None:
    samples = samples_of(rows)
    shuffled = list(samples)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert kept_aside(samples) == kept_aside(shuffled)
    assert digest_samples(samples) == digest_samples(shuffled)


@given(inputs, inputs)
def test_more_samples_move_none_of_the_old(
    rows: list[tuple[str, str | None]], more: list[tuple[str, str | None]]
) -> None:
    samples = samples_of(rows)
    grown = samples_of(rows + more)

    assert kept_aside(samples) == kept_aside(grown) & {sample.id for sample in samples}


@given(inputs)
def test_samples_with_the_same_input_never_part(rows: list[tuple[str, str | None]]) -> None:
    once = samples_of([(text, None) for text, _ in rows])
    twice = once + [Sample(f"again {s.id}", f" {s.input}  ", ("other",)) for s in once]

    aside = kept_aside(twice)

    assert all((sample.id in aside) == (f"again {sample.id}" in aside) for sample in once)


def test_a_cluster_never_parts() -> None:
    samples = [Sample(str(at), f"input {at}", ("x",), f"c{at % 7}") for at in range(200)]

    aside = kept_aside(samples)

    for cluster in range(7):
        assert (
            len({sample.id in aside for sample in samples if sample.cluster == f"c{cluster}"}) == 1
        )


def test_about_sixty_in_a_hundred_are_kept_aside() -> None:
    samples = [Sample(str(at), f"question {at}", ("x",)) for at in range(5000)]

    assert abs(len(kept_aside(samples)) / 5000 - 0.6) < 0.03


def test_fractions_are_even_and_salted() -> None:
    fractions = np.array([unit_fraction(str(at)) for at in range(5000)])
    salted = np.array([unit_fraction(str(at), "salt") for at in range(5000)])

    assert ((fractions >= 0) & (fractions < 1)).all()
    assert np.abs(np.histogram(fractions, 10)[0] - 500).max() < 100
    assert abs(np.corrcoef(fractions, salted)[0, 1]) < 0.05


def test_the_split_is_pinned() -> None:
    assert round(unit_fraction("input\n2 + 2"), 6) == 0.962781
