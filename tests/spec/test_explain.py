"""What pydantic says is put into the words of the spec."""

import pytest

from ladder.errors import LadderError, SpecError
from ladder.spec import load_task


def test_a_number_where_a_section_belongs_is_told_without_class_names() -> None:
    with pytest.raises(SpecError) as caught:
        load_task({"name": "t", "model": 5, "data": "e.jsonl", "target": 0.8})

    assert "model: 5 is neither text nor a section of keys" in str(caught.value)
    assert "ModelRef" not in str(caught.value)


@pytest.mark.parametrize(
    ("said", "told"),
    [("It said: no..", "It said: no."), ("Wait...", "Wait..."), ("See ../data.", "See ../data.")],
)
def test_no_error_ends_in_two_full_stops(said: str, told: str) -> None:
    assert str(LadderError(said, next_step="Go on.")) == told
