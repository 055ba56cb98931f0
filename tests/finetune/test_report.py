"""The verdict goes on after the training, in one sentence."""

import json
from pathlib import Path

import pytest

from ladder.finetune import TrainingProgress, train
from ladder.finetune.report import Ability, Score, advise_next, write_sentence
from tests.finetune.conftest import MakePermit, MakeTask

GOOD = Score(n=120, score=0.92, low=0.86, high=0.96)
LOST = Ability(
    name="capitals", n=50, before=0.56, after=0.0, wins=0, losses=28, p_value=1e-8, is_worse=True
)


def test_success_is_said_with_its_price() -> None:
    sentence = write_sentence(target=0.8, after=GOOD, abilities=(LOST,), passed=True)

    assert sentence == (
        "The adapter reaches the target of .80: .92 on 120 samples. It lost capitals .56 to .00."
    )


def test_failure_is_said_as_plainly() -> None:
    poor = Score(n=120, score=0.52, low=0.43, high=0.61)

    sentence = write_sentence(target=0.8, after=poor, abilities=(), passed=False)

    assert sentence == "Fine-tuning did not reach the target of .80 either: .52 on 120 samples."


def test_a_score_above_the_target_that_shows_nothing_is_not_called_a_miss() -> None:
    near = Score(n=97, score=0.88, low=0.79, high=0.93)

    sentence = write_sentence(target=0.8, after=near, abilities=(), passed=False)

    assert sentence.startswith("The adapter is not shown to reach the target of .80: .88 on 97")
    assert "leave open whether its true score is below it" in sentence


def test_the_learning_curve_speaks_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "learning_curve.json").write_text(json.dumps({"advice": "More rows."}), "utf-8")

    assert advise_next(tmp_path, steps=3, validation_losses=[(3, 0.1)]) == "More rows."


def test_a_curve_that_is_damaged_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "learning_curve.json").write_text("{", "utf-8")

    assert "--learning-curve" in advise_next(tmp_path, steps=3, validation_losses=[])


@pytest.mark.slow
def test_a_missed_target_comes_with_advice_and_warnings_come_before_the_training(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task(steps=2)
    assert task.training is not None
    path = Path(task.training.path)
    path.write_text(
        path.read_text("utf-8") + '{"id": "x", "input": "[INST] hi", "target": "red"}\n', "utf-8"
    )
    seen: list[TrainingProgress] = []

    report = train(make_permit(task), task, run_folder=tmp_path / "run", observer=seen.append)

    assert report.advice in str(report)
    assert "validation loss was" in report.advice
    assert report.advice in (Path(report.adapter) / "README.md").read_text("utf-8")
    stages = [each.stage for each in seen]
    told = next(at for at, each in enumerate(seen) if "C07" in each.note)
    assert told < stages.index("training")
