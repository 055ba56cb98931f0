"""Whether passages could have brought the answers: a corpus or a search that cannot is no try."""

import io
import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import ladder
from ladder.data.sample import Sample
from ladder.measure import TaskData
from ladder.measure.materials import Materials
from ladder.measure.measurement import Scored
from ladder.measure.passages_found import diagnose
from ladder.measure.passages_reach import missing_passages, why_out_of_reach
from ladder.models.base import Answer, Request
from ladder.report import load_evidence, to_html, to_markdown, to_terminal
from ladder.report.words import passage_cells
from ladder.retrieval.encode import PassageRanker
from ladder.retrieval.index import VectorIndex
from ladder.retrieval.ranking_time import RankingTime
from ladder.retrieval.vectors import Vectors
from ladder.spec.candidate import Candidate, Retrieval
from ladder.spec.task import TaskSpec
from ladder.testing import write_task
from ladder.testing.task_files import number_in

NAMES = [f"{a}{b}{c}" for a in ("Ma", "Do", "Ki", "Lu", "Ze") for b in "aeiou" for c in "lnrst"]
FACTS = [f"The gate code of {name} is {211 + 3 * at}." for at, name in enumerate(NAMES)]
ALL = tuple(f"p{at}" for at in range(len(NAMES) + 1))
"""Every passage: what was found had room in the prompt."""

FOREIGN = [
    f"Hall {at} holds {211 + 3 * at if at % 9 == 0 else 2000 + at} boxes." for at in range(125)
]


def data_of(gold: str | None = None, **fields: Any) -> TaskData:
    samples = [
        Sample(
            name,
            f"What is the gate code of {name}?",
            (str(211 + 3 * at),),
            columns={"right": f"p{at}"},
        )
        for at, name in enumerate(NAMES)
    ]
    data = {"path": "eval.jsonl"} | ({"gold": gold} if gold else {})
    spec = {"name": "t", "model": "m", "data": data, "target": 0.8, **fields}
    return TaskData(TaskSpec.model_validate(spec), samples)


def over(
    folder: Path, texts: list[str], data: TaskData, top_k: int = 1, method: str = "lexical"
) -> Candidate:
    rows = [{"id": f"p{at}", "text": text} for at, text in enumerate(texts)]
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    retrieval = Retrieval.model_validate({"corpus": str(path), "method": method, "top_k": top_k})
    return data.task.baseline().replace(retrieval=retrieval)


def answered(data: TaskData, is_right: list[bool]) -> dict[int, Scored]:
    return {
        at: Scored(data.samples[at].id, Answer("x"), "x", float(right), float(right), passages=ALL)
        for at, right in enumerate(is_right)
    }


HALF = [text if at % 2 else f"Hall {at} is closed." for at, text in enumerate(FACTS)]
OF_OTHERS = [f"{NAMES[(at + 60) % 125]} has the code {211 + 3 * at}." for at in range(125)]


@pytest.mark.parametrize(
    ("texts", "right_where_shown", "reason"),
    [
        (FACTS, 0.1, ""),  # the right passage stood there, and the model makes nothing of it
        (FACTS, 1.0, ""),
        (FOREIGN, 0.0, "in no passage of"),  # answers stand there by chance: they were not tried
        (HALF, 1.0, "in no passage of"),
        (HALF, 0.1, ""),  # a whole corpus would not help this model either
        (OF_OTHERS, 0.0, "the search and not the model is the limit"),
    ],
)
def test_a_corpus_or_a_search_that_cannot_bring_the_answers_justifies_nothing(
    tmp_path: Path, texts: list[str], right_where_shown: float, reason: str
) -> None:
    data = data_of()
    candidate = over(tmp_path, texts, data)
    found = Materials(data).passages(candidate, list(data.samples))
    shown = [
        any(sample.targets[0] in passage.text for passage in each)
        for sample, each in zip(data.samples, found, strict=True)
    ]
    is_right = [each and at % 10 < 10 * right_where_shown for at, each in enumerate(shown)]

    why = why_out_of_reach(
        data,
        [
            (data.task.baseline(), answered(data, [False] * len(NAMES))),
            (candidate, answered(data, is_right)),
        ],
    )

    assert (reason in why) if reason else why == ""


@pytest.mark.parametrize(
    ("words", "others", "reason"),
    [
        ("What of {name}?", NAMES[1:], ""),
        ("Item {at}?", NAMES[1:], "finds no passage at all for 100 % of the"),
        # each question shares its words with one passage alone
        ("Which rule for item {at}?", NAMES[1:], "finds the same passages for nearly all of the"),
        ("Which rule for item {at}?", [], ""),  # there is no other passage
    ],
)
def test_where_answers_are_labels_a_search_that_finds_nothing_was_no_try(
    tmp_path: Path, words: str, others: list[str], reason: str
) -> None:
    labels = [
        Sample(name, words.format(name=name, at=at), ("yes" if at % 2 else "no",))
        for at, name in enumerate(NAMES)
    ]
    data = TaskData(data_of().task, labels)
    rule = f"{NAMES[0]} may: yes or no, by the rule"
    candidate = over(tmp_path, [rule, *(f"{name} may: yes or no" for name in others)], data)
    half = answered(data, [at % 2 == 0 for at in range(125)])

    told = why_out_of_reach(data, [(data.task.baseline(), half), (candidate, half)])

    assert told.startswith(f"lexical k=1 {reason}" if reason else "")
    assert bool(told) == bool(reason)


def test_what_the_model_knows_by_itself_counts_as_within_reach(tmp_path: Path) -> None:
    data = data_of()
    knows = [at % 2 == 0 for at in range(len(NAMES))]
    rows = [
        (data.task.baseline(), answered(data, knows)),
        (over(tmp_path, HALF, data), answered(data, knows)),
    ]

    assert why_out_of_reach(data, rows) == ""


@pytest.mark.parametrize(
    ("texts", "gold", "is_missing"),
    [
        (FACTS, None, False),
        (FACTS, "right", False),
        (FOREIGN, None, True),
        (OF_OTHERS, None, True),
        # the rows name their passages, which say it in other words
        ([text.partition(" is ")[0] for text in FACTS], None, True),
        ([text.partition(" is ")[0] for text in FACTS], "right", False),
    ],
)
def test_passages_that_answer_by_chance_alone_are_missing_material(
    tmp_path: Path, texts: list[str], gold: str | None, *, is_missing: bool
) -> None:
    data = data_of(gold)

    assert bool(missing_passages(data, over(tmp_path, texts, data))) == is_missing


def test_a_diagnosis_tells_corpus_search_and_ranking(tmp_path: Path) -> None:
    data = data_of("right")
    candidate = over(tmp_path, HALF, data, top_k=3)
    retrieval = candidate.retrieval
    assert retrieval is not None

    found = diagnose(data, retrieval, Materials(data), [candidate])

    assert found is not None
    (search,) = found.searches
    assert (found.in_corpus, found.by) == (1.0, "gold")  # the passages are there, whatever they say
    assert search.recall == search.shown
    assert search.ndcg is not None
    assert 0.4 < search.ndcg <= search.shown < 0.7
    assert "puts it into the prompt" in found.words


WHOLE = [f"{at} gives {3 * at}." for at in range(100, 260)]
IN_WORDS = [
    f"{at} gives three times {at} and no more, which is not said here." for at in range(100, 260)
]
BY_CHANCE = [*IN_WORDS, *(f"{at}, {at}, {at}: hall {3 * at}." for at in range(100, 260))]
"""The right passages say it in other words; others have the answer's number by chance."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("texts", "can_read", "verdict", "told"),
    [
        (
            [f"Hall holds {3 * at}." for at in range(100, 260, 9)],
            True,
            "inconclusive",
            "in no passage",
        ),
        (WHOLE[::2], True, "inconclusive", "in no passage of corpus.jsonl for"),
        (WHOLE, True, "use_lever", "lexical k=1 puts it into the prompt for 100 %"),
        (BY_CHANCE, False, "inconclusive", "whether the right one was shown is not known"),
        (
            WHOLE,
            False,
            "fine_tune",
            "gold k=1 puts it into the prompt for 100 %; where it stood there, the best candidate scores 0.00",
        ),
    ],
)
def test_a_foreign_or_partial_corpus_ends_in_no_verdict_and_is_told_everywhere(
    tmp_path: Path, texts: list[str], verdict: str, told: str, *, can_read: bool
) -> None:
    def answer(request: Request) -> str:
        text, number = request.messages[-1].content, number_in(request)
        found = re.search(rf"{number} gives (\d+)", text) if can_read else None
        is_in_words = f"{number} gives three times" in text
        return found[1] if found else str(3 * number + (not is_in_words))

    levers = {"rag": {"corpus": "corpus.jsonl", "methods": ["lexical"], "top_k": [1]}}
    spec = write_task(tmp_path, answer, corpus=texts, levers=levers)

    ahead = [each.problem for each in ladder.check_task(spec) if each.code[:3] in ("W03", "W09")]
    decision = ladder.run(spec, runs_folder=tmp_path / "runs")
    evidence = load_evidence(ladder.run_folder_of(spec, tmp_path / "runs"))

    assert decision.verdict == verdict
    assert len(ahead) == 1
    assert "passage of corpus.jsonl for" in ahead[0] or "stands in corpus.jsonl for" in ahead[0]
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(to_terminal(evidence))
    for report in (console.export_text(), to_markdown(evidence), to_html(evidence)):
        assert told in " ".join(report.split())


class CountsLetterPairs:
    """An encoder without weights: a text is the pairs of letters in its words."""

    digest = "pairs"
    query_time = RankingTime()

    def query_vectors(self, texts: list[str]) -> Vectors:
        rows = np.zeros((len(texts), 1024), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for pair in itertools.pairwise(text):
                row[sum(map(ord, pair)) * 31 % 1024] += 1
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    passage_vectors = query_vectors

    def ranker_of(self, texts: list[str], *, key: str) -> PassageRanker:
        """Return what ranks passages by an index that counts a hundred of them as huge."""
        index = VectorIndex(self.passage_vectors(texts), key=key, huge=100)
        return PassageRanker(
            lambda queries, top_k: index.search(self.query_vectors(list(queries)), top_k).tolist(),
            index,
        )


@pytest.mark.slow
def test_how_faithful_an_approximate_index_is_stands_beside_what_it_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = data_of()
    lexical, candidate = (over(tmp_path, FACTS, data, method=m) for m in ("lexical", "dense"))
    for room in ("retrieval.corpus", "retrieval.retriever", "measure.passages_found"):
        monkeypatch.setattr(f"ladder.{room}.load_encoder", lambda _: CountsLetterPairs())
    assert candidate.retrieval is not None

    found = diagnose(data, candidate.retrieval, Materials(data), [lexical, candidate])

    assert found is not None
    words, vectors = found.searches
    assert words.index_recall is None
    assert vectors.index_recall is not None
    assert vectors.index_recall >= 0.9
    assert "approximate index: finds" in vectors.words
    assert "approximate index: finds" in passage_cells(vectors)[0]
