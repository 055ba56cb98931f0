"""`ladder train` prints all ten parts, whether it blocks or not, and ends with the code for it."""

import json
from pathlib import Path

import pytest

from ladder.cli.app import main
from ladder.spec.load_task import load_task
from tests.finetune.conftest import MakeDecision, MakeTask, save_with_its_look

pytestmark = pytest.mark.slow


def test_what_blocks_is_shown_in_the_table_of_all_parts(
    make_task: MakeTask,
    make_decision: MakeDecision,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    task = make_task(review={"behaviour": "classification_or_extraction"})
    spec, run = tmp_path / "task.json", tmp_path / "run"
    spec.write_text(task.model_dump_json(exclude={"chat": {"model"}}), "utf-8")
    run.mkdir()
    save_with_its_look(make_decision(load_task(spec)), spec, run)

    code = main(["train", str(spec), "--run", str(run)])

    shown = capsys.readouterr().err
    assert code == 1
    assert "target_behaviour    passed" in shown
    assert "licence_review      blocked" in shown
    assert "I01 licence-unknown" in shown
    assert "rollback_plan       waiting" in shown
    assert "Next: Find out" in shown


def test_a_training_that_misses_the_target_ends_with_1(
    make_task: MakeTask,
    make_decision: MakeDecision,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    task = make_task(steps=2, replay_share=0.0)
    spec, run = tmp_path / "task.json", tmp_path / "run"
    spec.write_text(task.model_dump_json(), "utf-8")
    run.mkdir()
    save_with_its_look(make_decision(load_task(spec)), spec, run)

    code = main(["train", str(spec), "--run", str(run), "--json"])

    said = capsys.readouterr()
    assert code == 1, said.err
    report = json.loads(said.out)
    assert report["verdict"] == "not_reached"
    assert len(report["plan"]) == 10
