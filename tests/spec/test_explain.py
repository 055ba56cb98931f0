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


def test_a_key_with_dots_is_shown_as_a_section_with_what_stands_there_already() -> None:
    spec = {"name": "t", "model": "m", "data": "e.jsonl", "metric": "f1", "target": 0.8}

    with pytest.raises(SpecError) as caught:
        load_task(spec | {"metric.reading": "lenient"})

    assert "metric.reading is not a known key" in str(caught.value)
    assert "Write metric: {name: f1, reading: …}." in caught.value.next_step


def test_a_key_with_dots_stands_below_its_own_section() -> None:
    spec = {"name": "t", "model": "m", "data": "e.jsonl", "target": 0.8}

    with pytest.raises(SpecError) as caught:
        load_task(spec | {"levers": {"model.not_applicable": "one model is allowed"}})

    assert "Write model: {not_applicable: …}." in caught.value.next_step
