"""Tokens that were never learned show in the embedding."""

import pytest

from ladder.models.local.embedding import untrained_ids


def test_rows_that_are_zero_or_shared_were_never_learned() -> None:
    torch = pytest.importorskip("torch")
    weight = torch.randn(10, 8, generator=torch.Generator().manual_seed(0))
    weight[2] = 0.0
    weight[5] = weight[7]

    assert untrained_ids(weight, range(12)) == {2, 5, 7}
    assert untrained_ids(weight, [0, 1, 3]) == frozenset()


def test_a_row_that_shares_one_number_only_was_learned() -> None:
    torch = pytest.importorskip("torch")
    weight = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    weight[1, 0] = weight[2, 0]

    assert untrained_ids(weight, range(6)) == frozenset()
