"""A layer with room behind its keys and values holds what transformers' own layer holds."""

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.cache_utils import DynamicLayer

from ladder.models.local.growing_layer import ROOM, GrowingLayer

STEPS = st.lists(
    st.one_of(
        st.integers(1, ROOM + 2).map(lambda n: ("update", n)),
        st.lists(st.integers(0, 2), min_size=1, max_size=3).map(lambda rows: ("select", rows)),
        st.integers(1, 3).map(lambda n: ("crop", n)),
    ),
    max_size=12,
)


def new_tokens(rows: int, n: int) -> tuple[Any, Any]:
    """Return keys and values of other sizes, as models with latent attention have them."""
    return torch.randn(rows, 2, n, 4), torch.randn(rows, 2, n, 3)


@given(STEPS)
def test_it_holds_the_same_as_the_layer_of_transformers(steps: list[tuple[str, Any]]) -> None:
    ours, theirs = GrowingLayer(), DynamicLayer()
    given_out: list[tuple[Any, Any]] = []
    for kind, wanted in [("update", 3), *steps]:
        rows = 3 if theirs.keys is None else theirs.keys.shape[0]
        if kind == "update":
            keys, values = new_tokens(rows, wanted)
            found, expected = ours.update(keys, values), theirs.update(keys, values)
            assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))
            given_out.append((found[0], expected[0]))
        elif kind == "select":
            chosen = torch.tensor([row % rows for row in wanted])
            ours.batch_select_indices(chosen)
            theirs.batch_select_indices(chosen)
        elif theirs.get_seq_length() > wanted:
            ours.crop(-wanted)
            theirs.crop(-wanted)
        assert torch.equal(ours.keys, theirs.keys)
        assert torch.equal(ours.values, theirs.values)
        assert ours.get_seq_length() == theirs.get_seq_length()
    assert all(torch.equal(*pair) for pair in given_out)


def test_a_new_token_is_written_in_its_place_and_moves_no_other() -> None:
    layer = GrowingLayer()
    layer.update(*new_tokens(2, 5))
    start = layer.keys.data_ptr()

    for _ in range(ROOM):
        layer.update(*new_tokens(2, 1))

    assert layer.keys.data_ptr() == start
    assert layer.keys.shape == (2, 2, 5 + ROOM, 4)
