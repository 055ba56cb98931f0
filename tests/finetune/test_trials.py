"""On request: the learning curve and a small search, neither of which asks the eval data."""

import json
from pathlib import Path

import pytest

from ladder.errors import DataError, EvidenceError
from ladder.finetune import learning_curve, search_settings
from ladder.finetune.evaluation.before_and_after import summarise
from ladder.finetune.trials import CurvePoint, advise
from tests.finetune.conftest import MakePermit, MakeTask

pytestmark = pytest.mark.slow


def _points(*scores: list[float]) -> list[CurvePoint]:
    return [CurvePoint(n_rows=100 * 2**at, score=summarise(each)) for at, each in enumerate(scores)]


def test_a_clear_last_step_advises_more_rows() -> None:
    half, whole = [0.0] * 30 + [1.0] * 30, [0.0] * 10 + [1.0] * 50

    told = advise(_points(half, half, whole), [half, half, whole])

    assert "from 200 to 400 rows" in told.lower()
    assert told.endswith("more rows are likely to help.")


def test_a_flat_end_advises_to_look_elsewhere() -> None:
    half, whole = [0.0] * 30 + [1.0] * 30, [0.0] * 29 + [1.0] * 31

    assert "not likely to help" in advise(_points(half, half, whole), [half, half, whole])


def test_the_curve_has_three_points_each_inside_the_next(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task(steps=3, replay_share=0.0)

    curve = learning_curve(make_permit(task), task, run_folder=tmp_path / "run")

    sizes = [point.n_rows for point in curve.points]
    assert sizes == sorted(sizes)
    assert sizes[0] == round(sizes[-1] / 4)
    assert len({point.score.n for point in curve.points}) == 1
    stored = json.loads((tmp_path / "run" / "learning_curve.json").read_text("utf-8"))
    assert stored["advice"] == curve.advice
    assert curve.advice in str(curve)


def test_the_search_ranks_by_validation_loss(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task(steps=6, replay_share=0.0)

    settings = search_settings(make_permit(task), task, run_folder=tmp_path / "run")

    losses = [each.loss for each in settings]
    assert len(settings) == 6
    assert {each.rank for each in settings} == {4, 8}
    assert losses == sorted(losses, key=lambda loss: float("inf") if loss is None else loss)


def test_neither_starts_on_rows_that_leak_or_on_another_task(
    make_task: MakeTask, make_permit: MakePermit, tmp_path: Path
) -> None:
    task = make_task()
    permit = make_permit(task)

    with pytest.raises(EvidenceError, match="task spec"):
        learning_curve(permit, task.replace(target=0.5), run_folder=tmp_path / "run")
    assert task.training is not None
    path = Path(task.training.path)
    leak = json.dumps({"id": "bad", "input": "eval 3", "target": "red"})
    path.write_text(path.read_text("utf-8") + leak + "\n", "utf-8")
    with pytest.raises(DataError, match="D11"):
        search_settings(permit, task, run_folder=tmp_path / "run")
