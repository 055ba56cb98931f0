"""Tasks and runs that other tests stand on."""

from pathlib import Path
from typing import get_args

import pytest

import ladder
from ladder.decision import Verdict
from ladder.testing import make_run, write_task
from ladder.testing.task_files import answer_right


@pytest.mark.parametrize("verdict", get_args(Verdict))
def test_a_run_ends_in_the_verdict_that_was_asked_for(tmp_path: Path, verdict: Verdict) -> None:
    folder = make_run(tmp_path, verdict)

    assert ladder.Decision.load(folder / "decision.json").verdict == verdict


def test_a_task_declares_every_lever_that_has_no_material(tmp_path: Path) -> None:
    spec = write_task(
        tmp_path, answer_right, corpus=["Mara is 7."], levers={"prompt": {"edits": True}}
    )

    levers = ladder.load_task(spec).levers

    assert levers.rag.corpus == str(tmp_path / "corpus.jsonl")
    assert levers.prompt.not_applicable is None
    assert levers.few_shot.not_applicable == "this test has no few_shot"
