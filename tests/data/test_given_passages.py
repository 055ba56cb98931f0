"""Passages that a row holds, in the forms that people have them."""

from typing import Any

import pytest

from ladder.data.given_passages import check_given, given_passages
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.spec.data_source import GivenPassages


def sample_with(cell: object) -> Sample:
    return Sample("s", "?", ("a",), columns={"docs": cell}, where="eval.jsonl:1")


def texts(cell: object, **fields: Any) -> list[str]:
    """Return the texts of the passages that a cell holds."""
    source = GivenPassages(column="docs", **fields)
    return [each.text for each in given_passages(sample_with(cell), source)]


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(["One.", "Two."], id="texts"),
        pytest.param([{"id": "a", "text": "One."}, {"id": "b", "text": "Two."}], id="objects"),
        pytest.param('["One.", "Two."]', id="JSON"),
        pytest.param("['One.', 'Two.']", id="as Python writes it"),
        pytest.param("One.\n---\nTwo.\n", id="lines between"),
        pytest.param({"title": ["A", "B"], "sentences": [["One."], ["Two."]]}, id="hotpot_qa"),
        pytest.param([["A", ["One."]], ["B", ["Two."]]], id="title and sentences"),
        pytest.param({"is_selected": [0, 1], "passage_text": ["One.", "Two."]}, id="ms_marco"),
        pytest.param([{"page_content": "One.", "metadata": {}}, {"page_content": "Two."}], id="lc"),
        pytest.param(
            [[{"page_content": "One."}, 0.9], [{"page_content": "Two."}, 0.7]], id="scored"
        ),
        pytest.param(
            [{"node": {"text": "One."}, "score": 1}, {"node": {"text": "Two."}}], id="nodes"
        ),
        pytest.param({"contexts": ["One.", "Two."]}, id="ragas"),
        pytest.param([{"content": "One.", "meta": {"n": 1}}, {"content": "Two."}], id="haystack"),
        pytest.param({"response": {"docs": [{"text": "One."}, {"text": "Two."}]}}, id="solr"),
        pytest.param(
            {"data": [[{"id": 1, "entity": {"text": "One."}}, {"text": "Two."}]]}, id="milvus"
        ),
    ],
)
def test_passages_of_a_row_are_read_in_any_usual_form(cell: object) -> None:
    assert texts(cell) == ["One.", "Two."]


@pytest.mark.parametrize("cell", [None, "", "  ", [], "[]", float("nan"), ["", " "]])
def test_an_empty_cell_holds_no_passage(cell: object) -> None:
    assert texts(cell) == []


def test_a_text_is_one_passage_unless_something_separates_it() -> None:
    text = "[1] One.\n\nTwo."

    assert texts(text) == [text]
    assert texts(text, separator="\n\n") == ["[1] One.", "Two."]


def test_place_id_and_metadata_are_taken_along() -> None:
    cell = [{"id": 7, "text": "One.", "metadata": {"source": "a.pdf", "owner": "Ann"}}, "Two."]
    first, second = given_passages(sample_with(cell), GivenPassages(column="docs"))

    assert (first.id, first.where, first.metadata["owner"]) == ("7", "a.pdf", "Ann")
    assert second.where == "eval.jsonl:1, passage 2"


def test_what_holds_no_passages_is_told_with_its_row() -> None:
    with pytest.raises(DataError, match="'docs' holds no passages"):
        texts([{"ctx": "One."}])

    assert texts([{"ctx": "One."}], fields={"text": "ctx"}) == ["One."]


def test_rows_without_passages_are_counted() -> None:
    source = GivenPassages(column="docs")
    some = check_given([sample_with(["One."]), sample_with("")], source)
    none = check_given([sample_with(""), sample_with(None)], source)
    absent = check_given([Sample("s", "?", ("a",), columns={"ctx": "x"})], source)

    assert [each.severity for each in (*some, *none, *absent)] == ["warning", "error", "error"]
    assert "1 of 2 have no passages in the column 'docs'" in some[0].problem
    assert absent[0].next_step == "Name another column: ctx."
    assert check_given([sample_with("")], None) == []
