"""Which passages answer a sample, by their words or by the ids of its row."""

import pytest

from ladder.data.gold_passages import gold_passages
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.measure.right_passages import CorpusLetters, unknown_gold
from ladder.retrieval.corpus import Corpus
from ladder.scoring import Searchable


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("المستودع في القاهرة ٤٢.", "القاهرة 42"),
        ("المستودع في القاهرة 42.", "القاهرة ٤٢"),
        ("It costs 1.2M a year.", "1.2 million"),
        ("It costs 1.2 million a year.", "1.2M"),
        ("Sie wohnt in der STRASSE.", "Straße"),
        ("İzmir is a port.", "izmir"),
        ("It holds \uff14\uff12 boxes.", "42"),
        ("खाता १२ है", "12"),
    ],
)
def test_an_answer_that_stands_in_a_passage_is_looked_for_there(text: str, target: str) -> None:
    letters = CorpusLetters(Corpus([Passage("p", text), Passage("q", "Nothing.")]))
    letters.look_for([target])

    assert Searchable(text).holds(target)
    assert letters.may_hold(target)
    assert letters.places(target) == [0]


def test_an_id_that_no_passage_has_is_shown_beside_one_that_there_is() -> None:
    corpus = Corpus([Passage("doc0", "One.")])
    rows = [Sample("s", "?", ("a",), columns={"gold": name}) for name in ("doc0", "DOC1")]

    assert unknown_gold(rows[:1], "gold", corpus) == ""
    assert "a row names 'DOC1', and the first id of the corpus is 'doc0'" in unknown_gold(
        rows, "gold", corpus
    )


def test_ids_in_one_cell_are_told_apart_by_those_of_the_corpus() -> None:
    corpus = Corpus([Passage("p1", "One."), Passage("p2", "Two."), Passage("a, b", "Three.")])
    rows = [
        Sample("s", "?", ("a",), columns={"gold": cell})
        for cell in ("p1, p2", "p1;p2", "p2|p1", "a, b")
    ]

    assert unknown_gold(rows, "gold", corpus) == ""
    assert gold_passages(rows[3], "gold", {"a, b", "b"}) == {"a, b": 1}
    other = Sample("s", "?", ("a",), columns={"gold": "p1, p9"})
    assert "a row names 'p9'" in unknown_gold([other], "gold", corpus)
