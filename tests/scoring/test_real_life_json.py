"""Extraction in real life: JSON that people would call right or wrong, field by field."""

import json
from typing import Any

import pytest

from ladder.scoring import load_metric
from ladder.scoring.fields.json_fields import JsonFields
from ladder.spec.metric_spec import MetricSpec

Row = tuple[dict[str, Any], str, str]

TOTAL: dict[str, Any] = {"total": "number"}
NEAR: dict[str, Any] = {"total": {"kind": "number", "tolerance": 0.01}}
NAME: dict[str, Any] = {"name": "text"}
TAGS: dict[str, Any] = {"tags": "set"}

RIGHT: list[Row] = [
    (TOTAL, '{"total": "$1,234.50"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "1,234.50 USD"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "EUR 1.234,50"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "1 234,50 \u20ac"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "1\'234.50 CHF"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": 1.2345e3}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "US$1,234.50"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "\u20b91,234.50"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "1234.5 kr"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "$1234.5"}', '{"total": "1,234.50 $"}'),
    (TOTAL, '{"total": "-12"}', '{"total": -12}'),
    (TOTAL, '{"total": "1.2 million"}', '{"total": 1200000}'),
    (TOTAL, '{"total": "1.2M"}', '{"total": 1200000}'),
    (TOTAL, '{"total": "twelve"}', '{"total": 12}'), (TOTAL, '{"total": "15%"}', '{"total": 15}'),
    (TOTAL, '{"total": "\xbd"}', '{"total": 0.5}'), (TOTAL, '{"total": "1/2"}', '{"total": 0.5}'),
    (TOTAL, '{"total": "12,50"}', '{"total": 12.5}'),
    (TOTAL, '{"total": "\uff11\uff12"}', '{"total": 12}'),
    (TOTAL, '{"total": "~12"}', '{"total": 12}'),
    (TOTAL, '{"total": "12 units"}', '{"total": 12}'),
    (TOTAL, '{"total": "12 items"}', '{"total": 12}'),
    (TOTAL, '{"total": "12.50.-"}', '{"total": 12.5}'),
    (TOTAL, '{"total": "0012"}', '{"total": 12}'), (TOTAL, '{"total": 1e3}', '{"total": 1000}'),
    (TOTAL, '{"total": "1,000"}', '{"total": 1000}'),
    (NEAR, '{"total": "12.34"}', '{"total": 12.349}'),
    (NEAR, '{"total": 0.3}', '{"total": 0.30000000000000004}'),
    (NAME, '{"name": "ann lee"}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": "Ann Lee "}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": "ANN LEE"}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": "Jos\\u00e9"}', '{"name": "Jos\xe9"}'),
    (NAME, '{"name": "Jose\u0301"}', '{"name": "Jos\xe9"}'),
    (NAME, '{"name": "Ann Lee."}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": "Ann\xa0Lee"}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": 42}', '{"name": "42"}'), (NAME, '{"name": null}', '{"name": null}'),
    (NAME, '{}', '{"name": null}'), (TAGS, '{"tags": ["b", "a"]}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": []}', '{"tags": []}'),
    (TAGS, '{"tags": [{"a": 1, "b": 2}]}', '{"tags": [{"b": 2, "a": 1}]}'),
    (TAGS, '{"tags": ["1"]}', '{"tags": ["1"]}'),
    (TAGS, '{"tags": ["A ", "B"]}', '{"tags": ["b", "a"]}'),
    (TAGS, '{"tags": [1.0, 2]}', '{"tags": [2, 1]}'), ({}, '{"a": 1.0}', '{"a": 1}'),
    ({}, '```json\n{"a": 1}\n```', '{"a": 1}'), ({}, '```JSON\n{"a": 1}\n```', '{"a": 1}'),
    ({}, '\ufeff{"a": 1}', '{"a": 1}'),
    ({}, '<think>hmm {"a": 2}</think>\n\n```json\n{"a": 1}\n```', '{"a": 1}'),
    ({}, '{"a": 1}\n\n', '{"a": 1}'), ({}, '{"a": 1}<|eot_id|>', '{"a": 1}'),
    ({}, '{\n  "a": 1\n}', '{"a": 1}'), ({}, '```\n{"a": 1}\n```', '{"a": 1}'),
    ({}, '~~~json\n{"a": 1}\n~~~', '{"a": 1}'), ({}, '````json\n{"a": 1}\n````', '{"a": 1}'),
    ({}, '```json\r\n{"a": 1}\r\n```', '{"a": 1}'), ({}, '{"a": "x\\ny"}', '{"a": "x\\ny"}'),
    ({}, '{"a": "x", "b": null, "c": null}', '{"a": "x", "b": null}'),
    ({}, '{"a": "\xe9"}', '{"a": "\\u00e9"}'),
    ({}, '{"a": {"b": [1, {"c": 2}]}}', '{"a": {"b": [1, {"c": 2.0}]}}'),
    ({}, '{"text": "use ``` here"}', '{"text": "use ``` here"}'),
    ({}, '```json\n{"text": "use ``` here"}\n```', '{"text": "use ``` here"}'),
    ({}, '{"a": "<|im_end|>"}', '{"a": "<|im_end|>"}'),
    ({}, '{"a": "zero\u200bwidth"}', '{"a": "zerowidth"}'), ({}, '{"a":{}}', '{"a":{}}'),
    ({}, '{}', '{"a": null}'), ({}, '{"a.b": 1}', '{"a.b": 1}'),
    ({}, '[{"a":1},{"a":2}]', '[{"a":1},{"a":2}]'),
    ({'lines.price': 'number'}, '{"lines": [{"price": "$1.50"}]}', '{"lines":[{"price":1.5}]}'),
    ({'lines': 'set'}, '{"lines": [{"sku": "A"}, {"sku": "B"}]}', '{"lines":[{"sku":"b"},{"sku":"a"}]}'),
    ({'address.city': 'text'}, '{"address": {"city": "oslo"}, "junk": 1}', '{"address": {"city": "Oslo"}}'),
]  # fmt: skip
WRONG: list[Row] = [
    (TOTAL, '{"total": 12345}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "1234,5,0"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "-1234.5"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": [1234.5]}', '{"total": 1234.5}'),
    (TOTAL, '{"total": {"value": 1234.5}}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "1234.5 or 1300"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "1234.5-1300"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "not 1234.5"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "more than 1234.5"}', '{"total": 1234.5}'),
    (TOTAL, '{"total": null}', '{"total": 1234.5}'),
    (TOTAL, '{"total": ""}', '{"total": 1234.5}'), (TOTAL, '{}', '{"total": 1234.5}'),
    (TOTAL, '', '{"total": 1234.5}'), (TOTAL, '1234.5', '{"total": 1234.5}'),
    (TOTAL, '[1234.5]', '{"total": 1234.5}'), (TOTAL, '{"Total": 1234.5}', '{"total": 1234.5}'),
    (TOTAL, '{"total": true}', '{"total": 1}'), (TOTAL, '{"total": "15%"}', '{"total": 0.15}'),
    (TOTAL, '{"total": 1234.4999}', '{"total": 1234.5}'),
    (TOTAL, '{"total": NaN}', '{"total": 1234.5}'),
    (TOTAL, '{"total": Infinity}', '{"total": 1234.5}'),
    (TOTAL, '{"total": "USD 12"}', '{"total": "EUR 12"}'),
    (TOTAL, '{"total": "12 km"}', '{"total": "12 miles"}'),
    (TOTAL, '{"total": "12 kg"}', '{"total": "12 g"}'),
    (TOTAL, '{"total": 12}', '{"total": 120}'), (TOTAL, '{"total": "1.200"}', '{"total": 12}'),
    (TOTAL, '{"total": "12 million"}', '{"total": 12}'),
    (TOTAL, '{"total": "2024-01-02"}', '{"total": 2024}'),
    (TOTAL, '{"total": "12/3"}', '{"total": 12}'), (TOTAL, '{"total": "A12"}', '{"total": 12}'),
    (NEAR, '{"total": 12.36}', '{"total": 12.349}'),
    (NEAR, '{"total": "12.34 USD"}', '{"total": "12.34 EUR"}'),
    (NAME, '{"name": "Ann"}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": "Ann Lee Smith"}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": ["Ann Lee"]}', '{"name": "Ann Lee"}'),
    (NAME, '{"name": {"first": "Ann"}}', '{"name": "Ann"}'),
    (NAME, '{"name": null}', '{"name": "null"}'), (NAME, '{"name": "null"}', '{"name": null}'),
    (NAME, '{"name": ""}', '{"name": "Ann"}'), (NAME, '{"name": "Ann"}', '{"name": ""}'),
    (NAME, '{"name": ""}', '{"name": null}'), (NAME, '{"name": true}', '{"name": "yes"}'),
    (NAME, '{"name": "Jose"}', '{"name": "Jos\xe9"}'),
    (NAME, '{"name": "not Ann"}', '{"name": "Ann"}'),
    (NAME, '{"name": "Ann or Bob"}', '{"name": "Ann"}'),
    (TAGS, '{"tags": ["a"]}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": ["a", "b", "c"]}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": "a, b"}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": ["a, b"]}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": ["a", "a"]}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": [["a", "b"]]}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": {"a": 1, "b": 1}}', '{"tags": ["a", "b"]}'),
    (TAGS, '{"tags": []}', '{"tags": ["a"]}'), (TAGS, '{"tags": null}', '{"tags": ["a"]}'),
    (TAGS, '{"tags": ["a"]}', '{"tags": []}'), (TAGS, '{"tags": [true]}', '{"tags": [1]}'),
    (TAGS, '{"tags": ["1"]}', '{"tags": [1]}'),
    (TAGS, '{"tags": ["a", "b", "b"]}', '{"tags": ["a", "b"]}'), ({}, '{"a": 1,}', '{"a": 1}'),
    ({}, "{'a': 1}", '{"a": 1}'), ({}, '{a: 1}', '{"a": 1}'),
    ({}, '{"a": 1} // note', '{"a": 1}'), ({}, '{"a": 1', '{"a": 1}'),
    ({}, 'Here is the JSON: {"a": 1}', '{"a": 1}'), ({}, '{"a": 1}\n{"a": 1}', '{"a": 1}'),
    ({}, '{"a": 1}{"a": 2}', '{"a": 1}'),
    ({}, '{"a": 1}\nLet me know if you need more!', '{"a": 1}'),
    ({}, 'I cannot extract this.', '{"a": 1}'), ({}, '{"a": "1"}', '{"a": 1}'),
    ({}, '{"a": 1}', '{"a": "1"}'), ({}, '{"a": true}', '{"a": "true"}'),
    ({}, '{"a": true}', '{"a": 1}'), ({}, '{"a": [1, 2, 3]}', '{"a": [1, 2]}'),
    ({}, '{"a": 1, "b": 2}', '{"a": 1}'), ({}, '{"data": {"a": 1}}', '{"a": 1}'),
    ({}, '[{"a": 1}]', '{"a": 1}'), ({}, '"{\\"a\\": 1}"', '{"a": 1}'),
    ({}, '{"a": "X"}', '{"a": "x"}'), ({}, '{"A": 1}', '{"a": 1}'),
    ({}, '{"a": "x "}', '{"a": "x"}'), ({}, '{"a": {"b": 1, "c": 2}}', '{"a": {"b": 1}}'),
    ({}, '{"a": {}}', '{"a": {"b": 1}}'), ({}, '{"a": []}', '{"a": null}'),
    ({}, '{"a": ""}', '{"a": null}'), ({}, '{"a": false}', '{"a": null}'),
    ({}, '{"a": 0}', '{"a": null}'), ({}, '{"a": "2024-01-05"}', '{"a": "05/01/2024"}'),
    ({}, '```json\n{"a": 2}\n```\n```json\n{"a": 1}\n```', '{"a": 1}'),
    ({}, '<think>{"a": 1}', '{"a": 1}'), ({}, '<think>\n{"a": 1}\n</think>', '{"a": 1}'),
    ({}, 'True', '{"a": true}'), ({}, 'null', '{"a": null}'), ({}, 'null', '{"a": 1}'),
    ({}, '[]', '{"a": 1}'), ({}, '{"type":"object","properties":{"a":1}}', '{"a": 1}'),
    ({}, '[]', '{}'), ({}, '{}', '[]'), ({}, 'null', '{}'), ({}, '[]', '{"a": null}'),
    ({'lines.price': 'number'}, '{"lines": [{"price": 1.5}, {"price": 9}]}', '{"lines":[{"price":1.5}]}'),
    ({'lines.price': 'number'}, '{"lines": {"price": 1.5}}', '{"lines":[{"price":1.5}]}'),
    ({'lines.price': 'number'}, '{"lines": [{"price": 1.5},{"x":1}]}', '{"lines":[{"price":1.5}]}'),
    ({'lines.price': 'number', 'lines.sku': 'text'}, '{"lines": [{"price": 1.5},{"sku":"a"}]}', '{"lines":[{"price":1.5,"sku":"a"}]}'),
    ({'lines.price': 'number', 'lines.sku': 'text'}, '{"lines": [{"sku":"b","price": 1},{"sku":"a","price":2}]}', '{"lines":[{"sku":"a","price":1},{"sku":"b","price":2}]}'),
]  # fmt: skip


def metric_of(fields: dict[str, Any]) -> JsonFields:
    metric = load_metric(MetricSpec.model_validate({"name": "json_fields", "fields": fields}))
    assert isinstance(metric, JsonFields)
    return metric


def test_right_json_is_right_and_unknown_wherever_it_is_cut() -> None:
    for fields, answer, target in RIGHT:
        metric = metric_of(fields)
        body = answer.partition("<|")[0]
        cuts = [body[:at] for at in range(len(body)) if not body[:at].startswith("<")]

        assert metric.score(answer, [target]) == 1, answer
        assert metric.lenient(answer, [target]) == 1, answer
        assert metric.unread(target) is None, target
        assert all(metric.could_still_be_right(cut, [target]) for cut in cuts), answer


def test_wrong_json_is_never_right_and_leniently_never_worse() -> None:
    for fields, answer, target in WRONG:
        metric = metric_of(fields)
        score = metric.score(answer, [target])

        assert 0 <= score < 1, answer
        assert score <= metric.lenient(answer, [target]) <= 1, answer


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("null", '{"a": null}'), ("[]", '{"a": null, "b": null}'), ('{"a": 5}', '{"a": null}'),
        ("null", "{}"), ("42", '{"a": null}'),
    ],
)  # fmt: skip
def test_what_is_no_object_has_none_of_an_objects_fields(answer: str, target: str) -> None:
    assert metric_of({}).score(answer, [target]) == 0
    assert metric_of({"a": "exact"}).score(answer, [target]) == 0
    assert metric_of({}).lenient(answer, [target]) == 0


def test_another_currency_is_no_difference_of_form() -> None:
    answer, target = json.dumps({"total": "USD 12"}), json.dumps({"total": "EUR 12"})

    assert metric_of(TOTAL).only_form_differs(answer, [target]) is None
    assert metric_of(TOTAL).only_form_differs(answer.upper(), [answer]) == "case"


@pytest.mark.parametrize(
    "answer",
    ['{"a": 2} and', '```json\n{"a": 2}\n``` so', "Sure", "[1, 2] is", "12 apples", "I can"],
)
def test_a_cut_answer_that_goes_on_behind_its_json_is_wrong(answer: str) -> None:
    assert not metric_of({}).could_still_be_right(answer, ['{"a": 1}'])


@pytest.mark.parametrize(
    "answer", ['{"a": 1,}', "{'a': 1}", 'So: {\n"a": 1, // one\n}', '```json\n{"a": 1,}\n```']
)
def test_json_that_is_nearly_written_right_counts_leniently(answer: str) -> None:
    assert metric_of({}).score(answer, ['{"a": 1}']) == 0
    assert metric_of({}).lenient(answer, ['{"a": 1}']) == 1
    assert metric_of({}).lenient(answer, ['{"a": 2}']) == 0


@pytest.mark.parametrize(
    ("answer", "target", "strict"),
    [
        ('{"city": "Rome", "city": "Paris"}', '{"city": "Paris"}', 0),
        ('{"city": "Paris", "city": "Paris"}', '{"city": "Paris"}', 1),
        ('[{"a": {"b": 1, "b": 2}}]', '[{"a": {"b": 2}}]', 0),
        ('{"a": 1, "b": 1}', '{"a": 1, "b": 1}', 1),
    ],
)
def test_an_object_that_says_two_things_under_one_key_is_no_json(
    answer: str, target: str, strict: int
) -> None:
    schema = load_metric(MetricSpec(name="json_schema", json_schema={"type": ["object", "array"]}))
    equal, valid = (load_metric(MetricSpec(name=name)) for name in ("json_equal", "json_valid"))

    for metric in (equal, valid, schema, metric_of({})):
        assert metric.score(answer, [target]) == strict
    assert equal.lenient(answer, [target]) == 1
    assert valid.lenient(answer, [target]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "{“total”: 12.5, “city”: “Oslo”}",
        '{"total": 12.5, "city": “Oslo”}',
        "Here it is: {'total': 12.5, 'city': 'Oslo',}",
        '```json\n{"total": 12.5, "city": "Oslo",}\n```',
        '{"total": 12.5, // paid\n "city": "Oslo"}',
    ],
)
def test_what_is_nearly_json_is_found_by_the_lenient_reading_of_every_metric(answer: str) -> None:
    target = '{"city": "Oslo", "total": 12.5}'
    for name in ("json_fields", "json_equal"):
        metric = load_metric(MetricSpec(name=name))
        assert metric.score(answer, [target]) == 0
        assert metric.lenient(answer, [target]) == 1
        assert metric.lenient(answer.replace("Oslo", "Rome"), [target]) < 1
