"""Targets that no answer can match."""

from pathlib import Path

import pytest

import ladder
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.measure.checks.targets import check_targets
from ladder.measure.task_data import TaskData
from ladder.models.base import Request
from ladder.scoring import load_metric
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


@pytest.mark.parametrize("words", [1, 30])
def test_targets_with_a_solution_before_the_answer_need_a_metric_that_reads_it(words: int) -> None:
    targets = [f"First {at}, {'then more ' * words}\n#### {at * 3:,}" for at in range(400, 500)]

    (finding,) = check_targets(data_of(MetricSpec(), targets))

    assert (finding.code[:3], finding.severity) == ("D47", "error")
    assert "metric: numeric" in finding.next_step
    followed = data_of(MetricSpec(name="numeric"), targets)
    assert check_targets(followed) == []
    assert followed.metric.score("It is 1,200.", targets[:1]) == 1


def test_long_targets_are_told_where_every_word_would_have_to_be_the_same() -> None:
    targets = [
        f"The parcel with the number {at} will be sent again on Monday, we hope."
        for at in range(60)
    ]

    (finding,) = check_targets(data_of(MetricSpec(), targets))

    assert (finding.code[:3], finding.severity) == ("D48", "warning")
    assert check_targets(data_of(MetricSpec(), ["a long answer of many words " * 4] * 60)) == []


@pytest.mark.parametrize("name", ["exact_match", "contains", "f1", "json_equal"])
def test_thoughts_before_a_target_are_no_part_of_what_is_right(name: str) -> None:
    answer = '{"a": 1}' if name == "json_equal" else "yes"
    data = data_of(
        MetricSpec(name=name), [f"<think>Or no {at}?</think>\n\n{answer}" for at in range(9)]
    )
    [target] = data.samples[0].targets

    assert check_targets(data) == []
    assert data.metric.score(answer, [target]) == data.metric.lenient(answer, [target]) == 1
    assert data.metric.score("<think>Hm.</think>" + answer, [target]) == 1
    assert data.metric.score("Or no 0?", [target]) < 1
    kept = data_of(MetricSpec(name=name, thoughts="keep"), [target])
    assert kept.metric.score(answer, [target]) < 1 or name == "contains"


@pytest.mark.parametrize(
    ("others", "prompt", "target", "is_told"),
    [
        ({}, "{{ input }}", 0.8, True),
        ({}, "{{ input }}", 0.5, False),  # half can be right
        ({"kind": ("a", "b")}, "{{ input }}", 0.8, True),  # nothing shows it
        ({"kind": ("a", "b")}, "{{ kind }}: {{ input }}", 0.8, False),
    ],
)
def test_questions_that_want_several_answers_keep_every_candidate_below_the_target(
    others: dict[str, tuple[str, str]], prompt: str, target: float, *, is_told: bool
) -> None:
    samples = [
        Sample(
            f"{at}{side}",
            f"ticket {at}",
            (("refund", "order")[side],),
            columns={name: values[side] for name, values in others.items()},
        )
        for at in range(20)
        for side in (0, 1)
    ]
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": target, "prompt": prompt}
    data = TaskData(TaskSpec.model_validate(spec), samples)

    found = [each for each in check_targets(data) if each.code == "D62 answers-contradict"]

    assert [each.severity for each in found] == ["error"] * is_told
    assert all(
        "no candidate can score more than 0.5; the target is 0.8" in f.problem for f in found
    )


def test_one_question_with_several_right_answers_in_each_row_contradicts_nothing() -> None:
    rows = [("a", "b"), ("b", "c"), ("b",)] * 9
    samples = [Sample(str(at), "which?", targets) for at, targets in enumerate(rows)]
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8}

    found = check_targets(TaskData(TaskSpec.model_validate(spec), samples))

    assert "D62 answers-contradict" not in [each.code for each in found]


@pytest.mark.parametrize(
    ("rows", "is_told"),
    [
        ([("billing", "bug"), ("bug",), ("billing", "refund"), ("refund",)], True),
        ([("NYC", "New York"), ("LA", "Los Angeles")], False),  # names of one answer
        ([("Paris", "PARIS"), ("Paris",)], False),  # the other name is not always given
        ([("billing",), ("bug",)], False),
    ],
)
def test_several_labels_of_a_row_are_told_as_any_of_them_is_right(
    rows: list[tuple[str, ...]], *, is_told: bool
) -> None:
    samples = [Sample(str(at), f"ticket {at}", rows[at % len(rows)]) for at in range(40)]
    spec = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.8}

    found = check_targets(TaskData(TaskSpec.model_validate(spec), samples))

    told = [each for each in found if each.code == "D64 several-labels"]
    assert [each.severity for each in told] == ["warning"] * is_told


def test_the_metric_that_is_advised_for_several_labels_wants_all_of_them() -> None:
    metric = load_metric(
        MetricSpec.model_validate({"name": "json_fields", "fields": {"labels": "set"}})
    )
    answers = ['{"labels": ["bug", "a"]}', '{"labels": ["a"]}', '{"labels": ["a", "bug", "b"]}']

    assert [metric.score(each, ['{"labels": ["a", "bug"]}']) for each in answers] == [1, 0, 0]
