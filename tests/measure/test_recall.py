"""Where a target stands in a passage, the ceiling, the recall and the metric say the same."""

import json
from pathlib import Path

import pytest

from ladder.data.sample import Sample
from ladder.measure import TaskData, Workbench
from ladder.models.base import Request
from ladder.retrieval import load_reranker, load_retriever
from ladder.spec.candidate import Candidate, Reranking, Retrieval
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, register_scripted

OTHER = "Hall 4 is closed for repairs."


@pytest.mark.parametrize(
    ("target", "passage", "stands"),
    [
        ("622", "Hall 3 holds 1,622 boxes.", False),
        ("622", "Hall 3 holds 622.5 boxes.", False),
        ("622", "Hall 3 holds 6220 boxes.", False),
        ("622", "Hall 3 holds 622 boxes.", True),
        ("622", "Boxes in hall 3: 622.", True),
        ("art", "The party is in hall 3.", False),
        ("blue gate", "Hall 3: go to the Blue  Gate!", True),
        ("café", "Hall 3 is a CAFE\u0301.", True),
    ],
)
def test_ceiling_recall_and_metric_agree_on_whether_a_target_stands_in_a_passage(
    tmp_path: Path, target: str, passage: str, *, stands: bool
) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps({"text": text}) + "\n" for text in (OTHER, passage)))
    question = Sample("s", "What of hall 4?", (target,))
    task = {
        "name": "halls",
        "model": register_scripted(Scripted(_read_aloud, name=f"reads-{tmp_path.name}")),
        "data": "eval.jsonl",
        "metric": "contains",
        "target": 0.8,
        "retrieval": {"corpus": str(corpus), "method": "lexical", "top_k": 2},
    }

    with Workbench(TaskData(TaskSpec.model_validate(task), [question])) as bench:
        candidate: Candidate = bench.task.baseline()
        (row,) = bench.measure(candidate, [0]).rows
        recall = bench.recall(candidate, [0])

    gold = load_retriever(Retrieval(corpus=str(corpus), method="gold"))
    ((first,),) = gold.search([question.input], 1, targets=[question.targets])
    reranker = load_reranker(Reranking(reranker="gold", kind="gold"))
    found = [[gold.search(["hall 4"], 1, targets=[["repairs"]])[0][0], first]]
    ((ranked,),) = reranker.rerank([question.input], found, 1, targets=[question.targets])
    assert row.score == recall == float(stands)
    assert (first.text == passage) == stands
    assert (ranked.text == passage) == stands
    assert bench.metric.full_marks_in(passage, [target]) == stands


def _read_aloud(request: Request) -> str:
    return request.messages[-1].content.partition("\n\n")[0]
