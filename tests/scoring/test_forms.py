"""Metrics of form: a form that is nearly right is wrong, and content never decides."""

from typing import Any

import pytest

from ladder.errors import LadderError
from ladder.scoring import load_metric
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec

SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "day": {"type": "string", "format": "date"}},
    "additionalProperties": False,
}


def metric_of(**fields: Any) -> BuiltIn:
    metric = load_metric(MetricSpec.model_validate(fields))
    assert isinstance(metric, BuiltIn)
    return metric


CODE = {"name": "matches", "pattern": r"[A-Z]{2}-\d{4}"}


@pytest.mark.parametrize(
    ("fields", "answer", "strict", "lenient"),
    [
        ({"schema": SCHEMA}, '{"id": 7}', 1, 1), ({"schema": SCHEMA}, '```json\n{"id": 7}\n```', 1, 1),
        ({"schema": SCHEMA}, 'Sure: {"id": 7}', 0, 1), ({"schema": SCHEMA}, '{"id": "7"}', 0, 0),
        ({"schema": SCHEMA}, '{"id": 7, "x": 1}', 0, 0), ({"schema": SCHEMA}, "[]", 0, 0), ({"schema": SCHEMA}, "", 0, 0),
        ({"schema": SCHEMA}, '{"id": 7, "day": "2024-02-30"}', 0, 0), ({"schema": SCHEMA}, '{"id": 7.5}', 0, 0),
        ({"schema": SCHEMA}, '{"id": true}', 0, 0), ({"schema": SCHEMA}, '<think>x</think>{"id": 7}<|im_end|>', 1, 1),
        (CODE, "AB-1234", 1, 1), (CODE, " AB-1234\n", 1, 1), (CODE, "AB-1234.", 0, 1), (CODE, "AB-12345", 0, 1),
        (CODE, "ab-1234", 0, 0), (CODE, "AB-1234\nAB-1234", 0, 1), (CODE, "", 0, 0), (CODE, "`AB-1234`", 0, 1),
        ({"name": "length", "max": 3}, "one two three", 1, 1), ({"name": "length", "max": 3}, "one two three four", 0, 0),
        ({"name": "length", "max": 3}, "- one\n- two\n* three", 1, 1), ({"name": "length", "max": 3}, "", 0, 0),
        ({"name": "length", "max": 4}, "今天天气很好", 0, 0), ({"name": "length", "max": 6}, "今天天气很好。", 1, 1),
        ({"name": "length", "max": 3}, "한국어는 띄어 씁니다", 1, 1), ({"name": "length", "max": 2}, "don't well-known", 1, 1),
        ({"name": "length", "min": 2}, "one", 0, 0), ({"name": "length", "min": 2, "max": 2}, "<think>a b c</think>one two", 1, 1),
        ({"name": "length", "max": 5, "unit": "characters"}, "Ça va", 1, 1),
        ({"name": "length", "max": 5, "unit": "characters"}, "Cafe\u0301s", 1, 1),
        ({"name": "length", "max": 1, "unit": "characters"}, "👨‍👩‍👧", 1, 1),
        ({"name": "length", "max": 1, "unit": "sentences"}, "Dr. J. Smith paid $3.50 on Jan. 5 at 10 a.m. to Acme Inc.", 1, 1),
        ({"name": "length", "max": 1, "unit": "sentences"}, "It rains. It pours.", 0, 0),
        ({"name": "length", "min": 2, "max": 2, "unit": "sentences"}, "天气好。我们走吧！", 1, 1),
        ({"name": "length", "max": 2, "unit": "sentences"}, "Really?! He said \"Go.\" Then he left.", 0, 0),
        ({"name": "length", "min": 2, "max": 2, "unit": "lines"}, "a\n\n\nb\n", 1, 1),
        ({"syntax": "python"}, "x = 1", 1, 1), ({"syntax": "python"}, "```python\nx = 1\n```", 1, 1),
        ({"syntax": "python"}, "Here:\n```python\nx = 1\n```", 0, 1), ({"syntax": "python"}, "Sure", 0, 0),
        ({"syntax": "python"}, "print 'x'", 0, 0), ({"syntax": "python"}, "def f():\nreturn 1", 0, 0),
        ({"syntax": "sql"}, "SELECT a FROM t WHERE b = 1;", 1, 1), ({"syntax": "sql"}, "SELECT FROM WHERE", 0, 0),
        ({"syntax": "sql"}, "Here is the query", 0, 0), ({"syntax": "sql"}, "total", 0, 0),
        ({"syntax": "yaml"}, "a: 1\nb:\n  - 2", 1, 1), ({"syntax": "yaml"}, "Here you are", 0, 0),
        ({"syntax": "yaml"}, "a: [1", 0, 0), ({"syntax": "xml"}, "<a><b>1</b></a>", 1, 1), ({"syntax": "xml"}, "<a><b></a>", 0, 0),
        ({"syntax": "toml"}, "a = 1", 1, 1), ({"syntax": "toml"}, "a: 1", 0, 0), ({"syntax": "json"}, '{"a": 1}', 1, 1),
        ({"syntax": "json"}, "{'a': 1}", 0, 0), ({"syntax": "json"}, 'Sure: {"a": 1}', 0, 1),
    ],
)  # fmt: skip
def test_the_form_decides_and_nothing_else(
    fields: dict[str, Any], answer: str, strict: int, lenient: int
) -> None:
    name = "json_schema" if "schema" in fields else "parses"
    metric = metric_of(**{"name": name, **fields})

    assert metric.score(answer, ["whatever the target says"]) == strict
    assert metric.lenient(answer, [""]) == lenient
    assert metric.only_form_differs(answer, [""]) is None
    assert not metric.full_marks_in(answer, [answer or "x"])


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("en", "Your parcel arrives tomorrow.", "Ihr Paket kommt morgen an."),
        ("en", "He wrote „Das Wetter ist heute schön“ to her.", "Er schrieb “the weather is nice today” an sie."),
        ("de", "Nutzen Sie `git commit -m 'the weather is nice today'`.", "Das ist gut. I hope that this helps you further."),
        ("de", "Berlin", "Yes, of course."), ("fr", "Bonjour", "Hello there"), ("es", "42", "Thank you very much"),
        ("zh", "您的包裹明天到达。", "お荷物は明日届きます。"), ("ja", "東京", "오늘 날씨가 좋네요"),
        ("hr", "Vaša narudžba je poslana.", "Vaša objednávka bola odoslaná."),
        ("en-GB", "The colour is grey.", "Die Farbe ist grau und sehr schön."),
    ],
)  # fmt: skip
def test_an_answer_is_in_a_language_whatever_it_quotes(
    language: str, right: str, wrong: str
) -> None:
    metric = metric_of(name="language", language=language)

    assert metric.score(right, [""]) == 1
    assert metric.score(wrong, [""]) == 0


def test_a_target_may_say_which_language_is_wanted() -> None:
    metric = metric_of(name="language")

    assert metric.needs_target
    assert metric.score("Ja, das geht.", ["Können Sie mir bitte helfen?"]) == 1
    assert metric.score("Yes, that is possible.", ["de"]) == 0
    assert metric.unread("42") is not None


@pytest.mark.parametrize(
    ("fields", "answer", "is_open"),
    [
        (CODE, "AB-12", True), (CODE, "The code", False), ({"name": "length", "max": 2}, "a b c", False),
        ({"name": "length", "min": 2}, "a", True), ({"name": "json_schema", "schema": SCHEMA}, '{"id": ', True),
        ({"name": "json_schema", "schema": SCHEMA}, '{"id": "7"}', False), ({"name": "parses", "syntax": "sql"}, "SELECT", True),
        ({"name": "language", "language": "de"}, "The weather is nice today. Your par", False),
        ({"name": "language", "language": "de"}, "Your", True),
    ],
)  # fmt: skip
def test_a_cut_answer_is_unknown_while_it_may_get_the_form(
    fields: dict[str, Any], answer: str, *, is_open: bool
) -> None:
    assert metric_of(**fields).could_still_be_right(answer, [""]) is is_open


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"name": "json_schema"}, "needs a schema"), ({"name": "json_schema", "schema": {"type": "objct"}}, "no JSON schema"),
        ({"name": "json_schema", "schema": {"$ref": "#/$defs/a"}}, "nothing is fetched"),
        ({"name": "json_schema", "schema": {"$ref": "https://example.com/a.json"}}, "nothing is fetched"),
        ({"name": "json_schema", "schema": "none.json"}, "no file 'none.json'"), ({"name": "matches"}, "needs a pattern"),
        ({"name": "matches", "pattern": "("}, "not a regular expression"), ({"name": "length"}, "min, max or both"),
        ({"name": "length", "min": 3, "max": 2}, "metric.max is only 2"), ({"name": "parses"}, "json, python"),
        ({"name": "parses", "syntax": "sql", "dialect": "q"}, "postgres"), ({"name": "language", "language": "qq"}, "ISO 639-1"),
        ({"name": "rouge_l", "fields": {"a": "set"}}, "does not know fields"), ({"name": "f1", "max": 3}, "does not know max"),
        ({"name": "json_fields", "fields": {"a": {"kind": "text", "tolerance": 1}}}, "kind: number"),
        ({"name": "exact_match", "schema": {}}, "does not know schema"), ({"reading": ["after"]}, "{after: 'Answer:'}"),
        ({"reading": [{"unfence": "x"}]}, "takes no 'x'"), ({"reading": "steps"}, "metric.reading: [unfence"),
    ],
)  # fmt: skip
def test_fields_that_do_not_fit_are_refused_before_anything_runs(
    fields: dict[str, Any], part: str
) -> None:
    with pytest.raises(LadderError) as caught:
        metric_of(**fields)

    assert part in f"{caught.value} {caught.value.next_step}"


@pytest.mark.parametrize(
    ("steps", "answer", "read"),
    [
        ([{"after": "Answer:"}], "answer:  B", "B"), ([{"after": "Answer:"}], "B", ""),
        (["unfence", "last_line"], "Code:\n```\na\nb\n```\nDone.", "b"), (["unquote", "casefold"], "«OSLO»", "oslo"),
        ([{"inside": "answer"}], "<answer>A</answer> or <answer>B</answer>", "B"), ([{"inside": "answer"}], "<answer>A", ""),
        ([{"field": "a.b"}], 'So: {"a": {"b": [1]}}', "[1]"), ([{"before": "("}], "Oslo (Norway)", "Oslo"),
        (["first_number"], "12 of 30", "12"), (["last_number"], "12 of 30", "30"), ("collapse_spaces", "a\n b", "a b"),
        ([{"pattern": "x(.)"}, "strip_full_stop"], "xa xb", "b"), (["strip_markdown", "first_line"], "# **A**\nb", "A"),
        (["strip_thoughts"], "<think>a</think>b", "b"),
    ],
)  # fmt: skip
def test_a_reading_does_its_steps_in_order(steps: object, answer: str, read: str) -> None:
    metric = metric_of(reading=steps)

    assert metric.read(answer) == read
    assert [left for _, left in metric.steps_of(answer)][-1] == read


def test_a_step_that_changes_the_writing_changes_the_target_too() -> None:
    metric = metric_of(reading=["casefold"], case="keep")

    assert metric.score("PARIS", ["Paris"]) == 1
    assert metric.unread("Paris") is None
    assert metric_of(reading=["first_line"]).unread("two\nlines") is not None
    assert metric_of(reading=[{"after": ":"}]).unread("two\nlines") is None
    assert metric_of(reading=["casefold"]).version != metric_of(reading=["unquote"]).version
