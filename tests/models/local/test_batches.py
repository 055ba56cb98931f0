from hypothesis import given
from hypothesis import strategies as st

from ladder.models.local.batches import common_prefix, plan_batches, shared_length

rows = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=8), min_size=1, max_size=8)
lengths = st.lists(st.integers(1, 200), max_size=50)


@given(rows)
def test_the_common_prefix_is_the_longest_that_all_share(some: list[list[int]]) -> None:
    length = common_prefix(some)

    assert all(row[:length] == some[0][:length] for row in some)
    assert any(row[: length + 1] != some[0][: length + 1] for row in some) or length == min(
        len(row) for row in some
    )


@given(rows)
def test_every_row_keeps_a_token_of_its_own(some: list[list[int]]) -> None:
    assert all(shared_length(some) < len(row) for row in some)


def test_no_rows_share_nothing() -> None:
    assert (common_prefix([]), shared_length([])) == (0, 0)


@given(lengths, st.integers(1, 8), st.integers(1, 400), st.booleans())
def test_every_row_runs_once_within_the_limits(
    some: list[int],
    max_rows: int,
    max_tokens: int,
    is_sorted: bool,  # noqa: FBT001 - hypothesis passes by name
) -> None:
    batches = list(
        plan_batches(some, extra=3, max_rows=max_rows, max_tokens=max_tokens, is_sorted=is_sorted)
    )

    assert sorted(at for batch in batches for at in batch) == list(range(len(some)))
    for batch in batches:
        assert len(batch) <= max_rows
        assert len(batch) == 1 or len(batch) * (max(some[at] for at in batch) + 3) <= max_tokens


def test_unsorted_rows_stay_in_the_order_given() -> None:
    assert list(plan_batches([1, 9, 3], max_rows=2, is_sorted=False)) == [[0, 1], [2]]
