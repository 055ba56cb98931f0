"""A run that is decided anew says why, and keeps what was decided before."""

import json
from pathlib import Path

import ladder
from ladder.decision import Decision
from ladder.testing import triples, write_task
from ladder.testing.task_files import answer_right, write_rows


def test_a_finished_run_on_other_rows_says_what_changed_and_keeps_its_earlier_decision(
    tmp_path: Path,
) -> None:
    spec = write_task(tmp_path, answer_right, rows=triples(160), target=0.8)
    first = ladder.run(spec, runs_folder=tmp_path / "runs")
    folder = ladder.run_folder_of(spec, tmp_path / "runs")
    before = json.loads((folder / "decision.json").read_text("utf-8"))
    write_rows(tmp_path / "eval.jsonl", triples(240))

    again = ladder.run(spec, runs_folder=tmp_path / "runs")

    (kept,) = (folder / "earlier-decisions").iterdir()
    (told,) = [each for each in again.checks if each.code == "W21 decided-before"]
    assert json.loads(kept.read_text("utf-8")) == before
    assert Decision.load(kept).verdict == first.verdict == "already_good"
    assert "verdict already_good before. Since then data.path changed" in told.problem


def test_the_same_run_again_says_nothing_of_an_earlier_one(tmp_path: Path) -> None:
    spec = write_task(tmp_path, answer_right, rows=triples(160), target=0.8)
    ladder.run(spec, runs_folder=tmp_path / "runs")

    again = ladder.run(spec, runs_folder=tmp_path / "runs")

    folder = ladder.run_folder_of(spec, tmp_path / "runs")
    assert not (folder / "earlier-decisions").exists()
    assert not [each for each in again.checks if each.code.startswith("W21")]
