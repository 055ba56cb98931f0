"""Which passages stand before a question."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.data.passage import Passage
from ladder.errors import DataError
from ladder.retrieval import load_retriever
from ladder.retrieval.corpus import Corpus, load_corpus
from ladder.retrieval.lexical import LexicalIndex
from ladder.retrieval.retriever import CorpusRetriever, fuse
from ladder.spec.candidate import Retrieval

Facts = list[tuple[str, str, Passage]]
Make = Callable[[Corpus, str], CorpusRetriever]


def recall(found: list[list[Passage]], wanted: list[Passage]) -> float:
    return sum(w in f for f, w in zip(found, wanted, strict=True)) / len(wanted)


def test_every_fact_is_found_by_its_words(facts: Facts, facts_file: Path) -> None:
    searched = load_retriever(Retrieval(corpus=str(facts_file), method="lexical"))

    found = searched.search([question for question, _, _ in facts], 1)

    assert recall(found, [passage for _, _, passage in facts]) == 1.0


@pytest.mark.model
@pytest.mark.parametrize(("method", "at_least"), [("dense", 0.95), ("fused", 0.99)])
def test_nearly_every_fact_is_found_by_its_vector(
    facts: Facts, facts_file: Path, retriever: Make, method: str, at_least: float
) -> None:
    corpus = load_corpus(Retrieval(corpus=str(facts_file)))

    found = retriever(corpus, method).search([question for question, _, _ in facts], 1)

    assert recall(found, [passage for _, _, passage in facts]) >= at_least


def test_gold_puts_a_passage_that_holds_the_target_first(facts: Facts, retriever: Make) -> None:
    corpus = Corpus([passage for _, _, passage in facts])
    questions = ["Where is it?"] * len(facts)

    found = retriever(corpus, "gold").search(questions, 2, targets=[[t] for _, t, _ in facts])

    assert [passages[0] for passages in found] == [passage for _, _, passage in facts]
    assert all(len(passages) == 2 for passages in found)


def test_gold_without_targets_is_refused(facts: Facts, retriever: Make) -> None:
    with pytest.raises(DataError, match="gold"):
        retriever(Corpus([facts[0][2]]), "gold").search(["What?"], 1)


def test_a_question_that_shares_no_word_finds_no_passage(facts: Facts, retriever: Make) -> None:
    found = retriever(Corpus([passage for _, _, passage in facts]), "lexical")

    assert found.search(["Wherefore?", ""], 3) == [[], []]
    assert found.search([], 3) == []


def test_single_letters_and_digits_are_words() -> None:
    index = LexicalIndex(["gate 7 is closed", "gate 8 is open", "gate B is open"])

    assert index.search("Which of 8?", 1) == [1]
    assert index.search("And B?", 1) == [2]


def test_a_copy_does_not_take_a_passages_place(retriever: Make) -> None:
    corpus = Corpus([Passage("a", "the gate"), Passage("b", "the gate"), Passage("c", "the door")])

    (found,) = retriever(corpus, "lexical").search(["the gate"], 2)

    assert [passage.id for passage in found] == ["a", "c"]


def test_a_changed_corpus_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "docs.jsonl"
    retrieval = Retrieval(corpus=str(path), method="lexical", passage_column="body")
    path.write_text(json.dumps({"body": "the gate is open"}))
    before = load_retriever(retrieval)
    path.write_text(json.dumps({"body": "the gate is shut"}))
    os.utime(path, ns=(1, 1))

    after = load_retriever(retrieval)

    assert after.search(["gate"], 1)[0][0].text == "the gate is shut"
    assert before.digest != after.digest


def test_the_digest_names_the_method(facts: Facts, retriever: Make) -> None:
    corpus = Corpus([facts[0][2]])

    digests = {retriever(corpus, method).digest for method in ("lexical", "dense", "fused", "gold")}

    assert len(digests) == 4


def test_long_passages_are_searched_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "docs.jsonl"
    text = "The gate opens at nine. " * 5 + "The zebra sleeps."
    path.write_text(json.dumps({"id": "d", "text": text}))

    retriever = load_retriever(Retrieval(corpus=str(path), method="lexical", chunk_tokens=12))
    ((found,),) = retriever.search(["zebra"], 1)

    assert "zebra" in found.text
    assert len(found.text) < len(text)
    assert found.id.startswith("d#")


RANKINGS = st.lists(st.lists(st.integers(0, 20), unique=True, max_size=10), max_size=4)


@given(RANKINGS)
def test_fusing_keeps_every_passage_once(rankings: list[list[int]]) -> None:
    assert sorted(fuse(rankings)) == sorted({position for row in rankings for position in row})


@given(st.lists(st.integers(0, 20), unique=True, max_size=10), st.integers(1, 4))
def test_rankings_that_agree_stay_as_they_are(ranking: list[int], copies: int) -> None:
    assert fuse([ranking] * copies) == ranking
