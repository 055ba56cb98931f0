"""Fields of JSON answers: right in any usual writing, and never right by an accident of it."""

import json
from typing import Any

import pytest

from ladder.scoring.fields.json_fields import JsonFields
from ladder.scoring.load import load_metric
from ladder.spec.metric_spec import MetricSpec

FIELDS = {
    "total": {"kind": "number", "tolerance": 0.01},
    "share": {"kind": "number", "relative": 0.1},
    "items": "set",
    "name": "text",
    "id": "exact",
    "lines.price": "number",
}
TARGET = {
    "total": 1234.5,
    "share": 200,
    "items": ["red", "blue", "red"],
    "name": "Ann Lee",
    "id": 7,
    "lines": [{"price": 1.5}, {"price": 2}],
}


def metric_of(**fields: Any) -> JsonFields:
    metric = load_metric(MetricSpec.model_validate({"name": "json_fields", **fields}))
    assert isinstance(metric, JsonFields)
    return metric


@pytest.mark.parametrize(
    ("field", "value", "strict", "lenient"),
    [
        ("total", "1,234.50 €", True, True), ("total", 1234.51, True, True), ("total", 1234.52, False, True), ("total", 1244.5, False, False),
        ("total", "1.234,50", True, True), ("total", True, False, False), ("total", "about a lot", False, False),
        ("total", "1234.5 or 1235", False, False), ("total", None, False, False), ("total", -1234.5, False, False),
        ("share", 180, True, True), ("share", 179.9, False, False), ("share", "220", True, True),
        ("items", ["blue", "red", "Red"], True, True), ("items", ["blue", "red"], False, True),
        ("items", "red, blue, red", False, True), ("items", ["red", "blue", "red", "green"], False, False),
        ("items", [], False, False), ("items", ["redblue", "red"], False, False),
        ("name", "ann lee", True, True), ("name", '"Ann Lee"', True, True), ("name", "Lee", False, False),
        ("name", "Ms Ann Lee", False, True), ("name", ["Ann Lee"], False, False), ("name", "", False, False),
        ("id", 7.0, True, True), ("id", "7", False, True), ("id", 77, False, False), ("id", True, False, False),
        ("lines", [{"price": "1.50"}, {"price": "2"}], True, True), ("lines", [{"price": 2}, {"price": 1.5}], False, False),
        ("lines", [{"price": 1.5}], False, False),
    ],
)  # fmt: skip
def test_a_field_is_right_by_its_own_rule(
    field: str, value: object, *, strict: bool, lenient: bool
) -> None:
    answer = json.dumps({**TARGET, field: value}, ensure_ascii=False)
    metric = metric_of(fields=FIELDS)

    assert metric.score(answer, [json.dumps(TARGET)]) == (1 if strict else pytest.approx(5 / 6))
    assert (metric.lenient(answer, [json.dumps(TARGET)]) == 1) == lenient


@pytest.mark.parametrize(
    ("answer", "target", "strict", "lenient"),
    [
        ('{"b": {"c": 2}, "a": 1}', '{"a": 1, "b": {"c": 2}}', 1, 1),
        ('```json\n{"a": 1}\n```', '{"a": 1}', 1, 1), ('Sure: {"a": 1}', '{"a": 1}', 0, 1),
        ('{"a": 1, "x": 2}', '{"a": 1}', 0.5, 1), ('{"a": 1, "x": null}', '{"a": 1}', 1, 1),
        ('{"a": 1}', '{"a": 1, "b": null}', 1, 1), ('{"a": 1, "b": 3}', '{"a": 1, "b": null}', 0.5, 0.5),
        ('{"a": 1}', '{"a": 1, "b": 2}', 0.5, 0.5), ("{}", '{"a": 1, "b": 2}', 0, 0), ("{}", "{}", 1, 1),
        ('{"answer": {"a": 1}}', '{"a": 1}', 0, 1), ('[{"a": 1}]', '{"a": 1}', 0, 1),
        ('{"A": "X"}', '{"a": "x"}', 0, 1), ('{"a": "1"}', '{"a": 1}', 0, 1), ('{"a": [2, 1]}', '{"a": [1, 2]}', 0, 1),
        ('{"a": "yes"}', '{"a": true}', 0, 1), ('{"a": 0}', '{"a": false}', 0, 1), ('{"a": "no"}', '{"a": true}', 0, 0),
        ('{"a": "x; y"}', '{"a": ["x", "y"]}', 0, 1), ('{"a": ["x"]}', '{"a": "x"}', 0, 1), ("{a: 1, /* n */ b: 'x'}", '{"a": 1, "b": "x"}', 0, 1),
        ('{"a": "n/a"}', '{"a": null}', 0, 1), ('{"a": {"b": 1}}', '{"a": "b"}', 0, 0),
        ("no JSON", '{"a": 1}', 0, 0), ("", '{"a": 1}', 0, 0), ('{"a": 1', '{"a": 1}', 0, 0), ("[1, 2]", "[1, 2]", 1, 1),
        ('{"a": 1} {"a": 2}', '{"a": 2}', 0, 1), ("<think>{\"a\": 1}</think>none", '{"a": 1}', 0, 0),
    ],
)  # fmt: skip
def test_without_rules_every_key_of_the_target_counts(
    answer: str, target: str, strict: float, lenient: float
) -> None:
    metric = metric_of()

    assert metric.score(answer, [target]) == pytest.approx(strict)
    assert metric.lenient(answer, [target]) == pytest.approx(lenient)
    assert metric_of(score="all").score(answer, [target]) == (strict == 1)


def test_an_answer_that_is_no_json_is_told_apart_from_one_with_wrong_fields() -> None:
    metric = metric_of(fields={"a": "exact", "b": "exact"})

    assert metric.field_scores("none", ['{"a": 1}']) is None
    assert metric.remarks("none", ['{"a": 1}']) == ["the answer is no JSON"]
    assert metric.field_scores('{"a": 2, "b": 3}', ['{"a": 1, "b": 3}']) == {"a": False, "b": True}
    assert metric.remarks('{"a": 2, "b": 3}', ['{"a": 1, "b": 3}']) == [
        "1 of 2 fields are right; wrong: a"
    ]
    assert metric.reads('{"z": 1}')
    assert not metric.reads("none")


@pytest.mark.parametrize(
    ("answer", "is_open"),
    [
        ('{"a": 1, "b": "x', True),
        ('{"a": 2}', False),
        ("Sure, here is", False),
        ("```json\n{", True),
    ],
)
def test_a_cut_answer_is_unknown_while_it_may_become_json(answer: str, *, is_open: bool) -> None:
    assert metric_of().could_still_be_right(answer, ['{"a": 1}']) is is_open


@pytest.mark.parametrize(
    ("fields", "target", "reason"),
    [
        ({}, "Oslo", "no JSON"),
        ({"a": "text"}, '{"b": 1}', "none of the fields a"),
        ({"a": "number"}, '{"a": "unknown"}', "cannot be compared as number"),
        ({"a": "set"}, '{"a": "x"}', "cannot be compared as set"),
    ],
)
def test_a_target_that_no_answer_can_match_says_why(
    fields: dict[str, Any], target: str, reason: str
) -> None:
    assert reason in str(metric_of(fields=fields).unread(target))


def test_versions_differ_with_the_rules() -> None:
    specs: list[dict[str, Any]] = [
        {},
        {"fields": {"a": "set"}},
        {"fields": {"a": "text"}},
        {"score": "all"},
    ]

    assert len({metric_of(**fields).version for fields in specs}) == 4
