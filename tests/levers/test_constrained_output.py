"""What lever decoding proposes to hold answers to, by metric and spec."""

from typing import Any

import pytest
from pydantic import ValidationError

from ladder.chat import TemplateContext, thinking_choices
from ladder.errors import SpecError
from ladder.levers import Decoding as DecodingLever
from ladder.spec import load_task
from ladder.spec.candidate import ChatSetup, Decoding
from ladder.spec.constraint import Constraint
from ladder.spec.task import TaskSpec

LABELS = {"name": "choice", "labels": ["yes", "no"]}
SCHEMA = {"name": "json_schema", "schema": {"type": "object"}}
FIELDS = {"name": "json_fields", "fields": {"name": "text", "total": "number"}}


def task_with(metric: Any, **fields: Any) -> TaskSpec:
    data = {"name": "t", "model": "m", "data": "eval.jsonl", "target": 0.9, "metric": metric}
    return load_task({**data, **fields})


def held(task: TaskSpec) -> list[Constraint]:
    proposals = DecodingLever().propose(task, task.baseline())
    written = [each.decoding for each in proposals if not each.decoding.is_by_likelihood]
    return [each.held_to for each in written if each.held_to is not None]


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        (LABELS, ["2 labels"]),
        ({"name": "matches", "pattern": "[A-Z]+"}, ["a regex"]),
        (SCHEMA, ["JSON of the schema", "compact JSON of the schema", "JSON"]),
        (FIELDS, ["JSON of the schema", "compact JSON of the schema", "JSON"]),
        ("json_equal", ["JSON", "compact JSON"]),
        ({"name": "parses", "syntax": "json"}, ["JSON", "compact JSON"]),
        ({"name": "parses", "syntax": "python"}, []),
        ("exact_match", []),
        ({**LABELS, "reading": ["unfence", "casefold"]}, ["2 labels"]),
        ({**LABELS, "reading": [{"after": "Answer:"}]}, []),
        ({**LABELS, "reading": "pattern", "pattern": "is (.*)"}, []),
    ],
)
def test_each_metric_is_tried_with_answers_of_its_form_alone(metric: Any, words: list[str]) -> None:
    assert [each.words for each in held(task_with(metric))] == words


@pytest.mark.parametrize(
    ("metric", "targets", "schema"),
    [
        ("json_equal", [{"order": 3}], {"order": {"type": "integer"}}),
        ({"name": "json_fields", "fields": {"a.b": "number"}}, [{"a": {"b": 3.5}, "c": 1}, {"a": {}}],
         {"a": {"b": {"type": ["number", "null"]}}}),
        ({"name": "json_fields", "fields": {"total": "number"}}, [{"total": "3 kg"}],
         {"total": {"type": ["number", "string"]}}),
        ("json_fields", [{"name": "x", "tags": ["a", None]}, {"name": "y"}],
         {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": ["string", "null"]}}}),
    ],
)  # fmt: skip
def test_the_form_is_that_of_the_targets_of_the_selection_part(
    metric: Any, targets: list[Any], schema: dict[str, Any]
) -> None:
    task = task_with(metric)

    found = DecodingLever(targets=lambda: targets).propose(task, task.baseline())

    first, compact, plain = [each.decoding.held_to for each in found[:3]]
    assert first is not None
    assert plain == Constraint(kind="json")
    assert compact == first.replace(white_space="compact")
    written: Any = first.json_schema
    properties = written["properties"]
    assert {key: each.get("properties", each) for key, each in properties.items()} == schema


def test_a_form_ends_an_answer_by_itself() -> None:
    settings = {"temperature": 0.7, "stop_strings": ["\n"], "repetition_penalty": 1.3}
    task = task_with(FIELDS, generation={**settings, "max_new_tokens": 32})

    first = DecodingLever().propose(task, task.baseline())[0].decoding

    assert (first.temperature, first.stop_strings, first.repetition_penalty) == (0, (), None)
    assert first.max_new_tokens == 128


def test_the_user_may_forbid_it_or_name_a_form() -> None:
    forbidden = task_with(SCHEMA, levers={"decoding": {"constrain": False}})
    named = task_with(
        LABELS, levers={"decoding": {"grid": {"constraint": ["labels", {"regex": "y|n"}, None]}}}
    )

    assert held(forbidden) == []
    assert DecodingLever().why_nothing(forbidden, forbidden.baseline())[0] == "untested"
    assert [each.labels or each.regex for each in held(named)] == [("yes", "no"), "y|n"]


def test_a_word_alone_takes_what_the_metric_names() -> None:
    task = task_with(LABELS, generation={"constraint": "labels"})

    assert task.baseline().decoding.constraint == Constraint(kind="labels", labels=("yes", "no"))
    with pytest.raises(SpecError, match=r"generation\.constraint: regex says nothing"):
        task_with(LABELS, generation={"constraint": "regex"}).baseline()


def test_plain_json_has_one_name_and_keeps_its_digest() -> None:
    assert Decoding(constraint="json") == Decoding(response_format="json")
    assert "constraint" not in Decoding().model_dump(mode="json")
    assert "constraint" not in Decoding(response_format="json").model_dump(mode="json")


def test_the_order_of_a_schemas_keys_counts() -> None:
    schemas: list[Any] = [{"properties": {a: {}, b: {}}} for a, b in ("xy", "yx")]

    held_to = [Constraint.model_validate({"json_schema": each}) for each in schemas]

    assert held_to[0].digest != held_to[1].digest


@pytest.mark.parametrize(
    "wrong",
    [
        {"constraint": {"kind": "regex", "labels": ["a"]}},
        {"constraint": {"regex": "a", "white_space": "compact"}},
        {"constraint": {"regex": "a"}, "response_format": "json"},
        {"constraint": "yaml"},
    ],
)
def test_a_form_that_says_two_things_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Decoding(**wrong)


@pytest.mark.parametrize(
    ("model", "n"),
    [
        ("a/model", 3),
        ("scripted:one", 0),
        ("recorded:answers.jsonl", 0),
        ({"id": "m", "base_url": "http://127.0.0.1:1/v1"}, 0),
    ],
)
def test_the_likeliest_label_is_tried_where_the_weights_are_here(model: Any, n: int) -> None:
    task = task_with(LABELS, model=model)

    found = [each.decoding for each in DecodingLever().propose(task, task.baseline())]

    chosen = [(each.answer_by, each.calibrate) for each in found if each.is_by_likelihood]
    assert chosen == [("likelihood", False), ("likelihood", True), ("mean_likelihood", False)][:n]


def test_the_likeliest_label_may_stand_in_the_spec() -> None:
    task = task_with(LABELS, generation={"answer_by": "likelihood", "calibrate": True})

    assert task.baseline().decoding.constraint == Constraint(kind="labels", labels=("yes", "no"))
    with pytest.raises(ValidationError, match="calibrate needs"):
        Decoding(calibrate=True)


def test_a_majority_is_drawn_only_where_calls_do_not_matter() -> None:
    thrifty, full = (task_with("numeric", effort=effort) for effort in ("thrifty", "full"))
    written = task_with("rouge_l", effort="full")

    drawn = [
        [each.decoding.majority_of for each in DecodingLever().propose(task, task.baseline())]
        for task in (thrifty, full, written)
    ]

    assert [max(each) for each in drawn] == [1, 5, 1]
    with pytest.raises(ValidationError, match="temperature"):
        Decoding(majority_of=5)
    bad = task_with("numeric", levers={"decoding": {"grid": {"majority_of": [5]}}})
    with pytest.raises(SpecError, match="majority_of needs a temperature"):
        DecodingLever().propose(bad, bad.baseline())


@pytest.mark.parametrize(
    ("template", "choices"),
    [
        ("{% if enable_thinking %}<think>{% endif %}", [("enable_thinking", False), ("enable_thinking", True)]),
        ("{{ reasoning_effort }}", [("reasoning_effort", each) for each in ("low", "medium", "high")]),
        ("{% if thinking_budget %}{{ thinking_budget }}{% endif %}", [("thinking_budget", 512)]),
        ("{{ bos_token }}", []),
    ],
)  # fmt: skip
def test_the_templates_own_switch_is_tried_with_room_for_thoughts(
    template: str, choices: list[tuple[str, Any]]
) -> None:
    task = task_with("numeric")
    text = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}" + template
    context = TemplateContext(setup=ChatSetup(), template=text)

    found = DecodingLever(lambda *_: thinking_choices(context)).propose(task, task.baseline())

    thinking = [each.decoding for each in found if each.decoding.thinking]
    assert [(*each.thinking.items(),) for each in thinking] == [(each,) for each in choices]
    assert all(
        each.max_new_tokens == (64 if False in each.thinking.values() else 1024)
        for each in thinking
    )
