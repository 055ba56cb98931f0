"""Passages are searched with the question, its conversation, or the words of the task's own model."""

from pathlib import Path
from typing import Any

import pytest

from ladder.levers import Rag
from ladder.measure import Workbench, load_task_data
from ladder.models.base import Request
from ladder.spec.load_task import load_task
from ladder.testing.task_files import write_task

TALK = [
    {"role": "user", "content": "Tell me of the harbour of Oslo."},
    {"role": "assistant", "content": "Gladly."},
    {"role": "user", "content": "Who runs it?"},
]
CORPUS = [
    "Oslo harbour is led by Ida.",
    "Rome has hills.",
    "A runner runs a mile.",
    "Whoever runs, wins.",
]


def writes_queries(request: Request) -> str:
    text = request.messages[-1].content
    if text.endswith("Search:"):
        return "harbour Oslo led\nand more"
    return "The harbour of Oslo is led by a woman." if text.endswith("Page:") else "Ida"


@pytest.mark.parametrize(
    ("query", "first", "calls"),
    [
        ("asked", "Whoever runs, wins.", 4),
        ("history", "Oslo harbour is led by Ida.", 4),
        ("rewritten", "Oslo harbour is led by Ida.", 8),
        ("hypothetical", "Oslo harbour is led by Ida.", 8),
    ],
)
def test_the_form_of_the_query_decides_what_is_found(
    tmp_path: Path, query: str, first: str, calls: int
) -> None:
    rows: list[dict[str, Any]] = [
        {"messages": [*TALK[:2], {**TALK[2], "content": f"Who runs it{'?' * at}"}, answer]}
        for at in range(1, 5)
        for answer in [{"role": "assistant", "content": "Ida"}]
    ]
    rag = {"corpus": "corpus.jsonl", "methods": ["lexical"], "top_k": [1], "queries": [query]}
    path = write_task(tmp_path, writes_queries, rows=rows, corpus=CORPUS, levers={"rag": rag})
    task = load_task(path)
    [candidate] = Rag().propose(task, task.baseline())

    with Workbench(load_task_data(task)) as bench:
        rows_found = bench.measure(candidate, range(4)).rows
        spent = bench.spending.calls

    assert {bench.materials.found[row.passages[0]].text for row in rows_found} == {first}
    assert spent == calls
