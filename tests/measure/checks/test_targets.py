"""Targets that no answer can match."""

from pathlib import Path

import pytest

import ladder
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.measure.checks.targets import check_targets
from ladder.measure.task_data import TaskData
from ladder.models.base import Request
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.task import TaskSpec
from ladder.testing import Scripted, register_scripted

KINDS = ["billing"] * 35 + ["shipping"] * 30 + ["technical"] * 35
MISSPELT = MetricSpec(name="choice", labels=("biling", "Shiping", "technical"))


def data_of(metric: MetricSpec, targets: list[str], *, target: float = 0.8) -> TaskData:
    samples = [Sample(f"s{at}", f"ticket {at}", (each,)) for at, each in enumerate(targets)]
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": target}
    return TaskData(TaskSpec.model_validate({**spec, "metric": metric}), samples)


def test_a_misspelt_label_that_no_way_of_answering_can_make_good_is_an_error_with_a_hint() -> None:
    (finding,) = check_targets(data_of(MISSPELT, KINDS))

    assert finding.severity == "error"
    assert "65 of 100" in finding.problem
    assert "more than 0.35; the target is 0.8" in finding.problem
    assert "'billing' for the label 'biling' (35 samples)" in finding.next_step
    assert "'shipping' for the label 'Shiping' (30 samples)" in finding.next_step


def test_a_few_lost_targets_warn_as_long_as_the_rest_can_reach_the_target() -> None:
    targets = [*KINDS[35:], "other"]
    metric = MetricSpec(name="choice", labels=("shipping", "technical"))

    (finding,) = check_targets(data_of(metric, targets))
    (hopeless,) = check_targets(data_of(metric, targets, target=1.0))

    assert finding.severity == "warning"
    assert hopeless.severity == "error"


def test_labels_that_are_only_looked_for_in_the_answer_can_be_matched() -> None:
    data = data_of(MISSPELT.replace(reading="lenient"), KINDS)

    assert data.metric.score("It is billing.", ["billing"]) == 1
    assert check_targets(data) == []


def test_a_model_that_is_right_everywhere_is_not_sent_to_training_by_a_misspelt_label(
    tmp_path: Path,
) -> None:
    rows = [f'{{"input": "{kind} {at}", "target": "{kind}"}}\n' for at, kind in enumerate(KINDS)]
    (tmp_path / "eval.jsonl").write_text("".join(rows), encoding="utf-8")
    calls: list[str] = []

    def right(request: Request) -> str:
        calls.append(request.messages[-1].content)
        return calls[-1].split()[0]

    spec = {
        "name": "tickets",
        "model": register_scripted(Scripted(right, name=f"right-{tmp_path.name}")),
        "data": str(tmp_path / "eval.jsonl"),
        "metric": MISSPELT.model_dump(),
        "target": 0.8,
    }

    with pytest.raises(DataError, match="D07 target-out-of-reach: 65 of 100"):
        ladder.run(spec, runs_folder=tmp_path / "runs")

    assert calls == []
