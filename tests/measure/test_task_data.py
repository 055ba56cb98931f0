"""What a task is measured on and by is made once."""

from pathlib import Path

import pytest

import ladder
from ladder.data import Sample
from ladder.errors import MetricError
from ladder.measure import TaskData
from ladder.spec.candidate import Retrieval
from ladder.spec.lever_sections import LEVER_NAMES
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, register_scripted

SPEC = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8}


def test_split_and_metric_are_the_same_each_time_they_are_asked_for() -> None:
    samples = [Sample(f"s{at}", f"question {at}", ("x",)) for at in range(20)]

    data = TaskData(TaskSpec.model_validate(SPEC), samples)

    assert data.metric is data.metric
    assert data.split is data.split
    assert data.selected == [samples[at] for at in data.split.selection]


@pytest.mark.parametrize(
    ("own", "named"),
    [
        (
            "http://host/s?index=a",
            ("host/s (levers.rag.retriever)", "host/s (retrieval.retriever)"),
        ),
        ("http://host/s?index=b", ("host/s", "host/s")),
        ("http://host/other", ("host/s", "host/other")),
    ],
)
def test_two_searches_at_one_address_are_named_by_their_places(
    own: str, named: tuple[str, str]
) -> None:
    rag = {"retriever": "http://host/s?index=b"}
    spec = {**SPEC, "retrieval": {"retriever": own}, "levers": {"rag": rag}}
    data = TaskData(TaskSpec.model_validate(spec), [Sample("s", "question", ("x",))])
    retrievals = [Retrieval.model_validate({"retriever": each}) for each in (rag["retriever"], own)]

    assert tuple(map(data.source_name, retrievals)) == named


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


def run_with(folder: Path, code: str) -> ladder.Decision:
    """Run a task whose answers are letters, by a metric of one's own."""
    (folder / "own.py").write_text(code)
    rows = [f'{{"input": "{at}", "target": "{at % 7}", "row": {at}}}\n' for at in range(80)]
    (folder / "eval.jsonl").write_text("".join(rows))
    model = Scripted(lambda request: "abcdefg"[int(request.messages[-1].content) % 7], name="own")
    declared = {"not_applicable": "in a test"}
    spec = {
        **SPEC,
        "model": register_scripted(model),
        "data": str(folder / "eval.jsonl"),
        "metric": f"{folder / 'own.py'}:score",
        "levers": dict.fromkeys(LEVER_NAMES, declared),
    }
    return ladder.run(spec, runs_folder=folder / "runs", allow_code=True)


def test_an_answer_that_a_function_cannot_score_is_named_and_unknown(tmp_path: Path) -> None:
    wrong = "def score(answer, sample):\n    return 0\n"
    fails = "    if sample['row'] % 8: raise KeyError('no such table')\n"
    (tmp_path / "other").mkdir()

    decision = run_with(tmp_path, wrong.replace("    return", f"{fails}    return"))

    found = next(each for each in decision.checks if each.code.startswith("Q10"))
    assert "KeyError: 'no such table'" in found.evidence
    assert decision.verdict == "inconclusive"  # most answers may be right
    without = run_with(tmp_path / "other", wrong)
    assert without.verdict == "fine_tune", without.sentence


def test_a_function_that_can_score_nothing_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(MetricError, match="could score none of"):
        run_with(tmp_path, "def score(answer, sample):\n    return sample['absent']\n")
