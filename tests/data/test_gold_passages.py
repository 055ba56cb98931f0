"""The ids of right passages, in the forms in which tables hold them."""

from typing import Any

import pytest

from ladder.data.gold_passages import gold_passages
from ladder.data.sample import Sample
from ladder.errors import DataError


def named_in(cell: Any) -> dict[str, int]:
    return gold_passages(Sample("s", "?", ("a",), columns={"gold": cell}), "gold")


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        (7, ["7"]),
        (7.0, ["7"]),  # a column of whole numbers in which a cell is empty
        (float("nan"), []),
        ([7.0, 8], ["7", "8"]),
        (" p 1 ", ["p 1"]),
        ("['p1', 'p2']", ["p1", "p2"]),  # as pandas writes a list into a CSV file
        ('["p1"]', ["p1"]),
        ("['p1', None]", ["p1"]),
        ("{'p1': 2}", ["p1"]),
        ([{"id": 3.0}], ["3"]),
    ],
)
def test_ids_are_read_as_tables_hold_them(cell: Any, names: list[str]) -> None:
    assert list(named_in(cell)) == names


@pytest.mark.parametrize("cell", ["[p1", "{'p1': 0.5}", "[open('x')]", "['p1' 'p2']"])
def test_what_names_no_passages_is_refused(cell: str) -> None:
    with pytest.raises(DataError, match="names no passages"):
        named_in(cell)
