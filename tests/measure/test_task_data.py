"""What a task is measured on and by is made once."""

from pathlib import Path

import ladder
from ladder.data import Sample
from ladder.measure import TaskData
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, register_scripted

SPEC = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8}


def test_split_and_metric_are_the_same_each_time_they_are_asked_for() -> None:
    samples = [Sample(f"s{at}", f"question {at}", ("x",)) for at in range(20)]

    data = TaskData(TaskSpec.model_validate(SPEC), samples)

    assert data.metric is data.metric
    assert data.split is data.split
    assert data.selected == [samples[at] for at in data.split.selection]


def test_a_users_metric_file_runs_once_in_a_run(tmp_path: Path) -> None:
    marks = tmp_path / "marks.txt"
    (tmp_path / "own.py").write_text(
        f"with open({str(marks)!r}, 'a') as file:\n    file.write('x')\n"
        "def score(answer, targets):\n    return float(answer in targets)\n"
    )
    rows = [f'{{"input": "{at}", "target": "{at % 7}"}}\n' for at in range(80)]
    (tmp_path / "eval.jsonl").write_text("".join(rows))
    model = Scripted(lambda request: str(int(request.messages[-1].content) % 7), name="sevens")

    decision = ladder.run(
        {
            **SPEC,
            "model": register_scripted(model),
            "data": str(tmp_path / "eval.jsonl"),
            "metric": f"{tmp_path / 'own.py'}:score",
        },
        runs_folder=tmp_path / "runs",
        allow_code=True,
    )

    assert decision.verdict == "already_good"
    assert marks.read_text() == "x"
