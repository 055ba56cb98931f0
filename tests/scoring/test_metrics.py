"""Each metric counts as the same what its docstring says, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.scoring import METRICS, load_metric
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec
from tests.scoring.conftest import NEEDED


def score(name: str, text: str, *targets: str) -> float:
    """Return the score of an answer by a built-in metric, read strictly."""
    spec = MetricSpec.model_validate({"name": name, **NEEDED.get(name, {})})
    return load_metric(spec).score(text, targets)


@pytest.mark.parametrize(
    ("name", "text", "target", "expected"),
    [
        ("exact_match", " 622\n", "622", 1),
        ("exact_match", "622.", "622", 1),
        ("exact_match", "Oslo", "oslo", 1),
        ("exact_match", "The order number is 622.", "622", 0),
        ("contains", "The order number is 622.", "622", 1),
        ("contains", "The order number is 6221.", "622", 0),
        ("contains", "It is OSLO!", "Oslo", 1),
        ("contains", "1,622", "622", 0),
        ("contains", "costs $5.", "$5", 1),
        ("f1", "the cat sat", "a cat sat.", 1),
        ("f1", "cat", "cat sat", 2 / 3),
        ("f1", "dog", "cat", 0),
        ("f1", "", "the", 0),
        ("numeric", "so 3 + 4 = 7.0", "7", 1),
        ("numeric", "1,000", "1000.0", 1),
        ("numeric", "7 or 8", "7", 0),
        ("numeric", "about -3", "3", 0),
        ("numeric", "none", "0", 0),
        ("choice", "I think it is Positive.", "positive", 1),
        ("choice", "very positive", "very positive", 1),
        ("choice", "very positive", "positive", 0),
        ("choice", "positive or negative", "positive", 0),
        ("choice", "neither", "positive", 0),
        ("json_valid", ' {"a": 1} ', "x", 1),
        ("json_valid", 'Sure: {"a": 1}', "x", 0),
        ("json_valid", "NaN", "x", 0),
        ("json_valid", "[" * 100_000, "x", 0),
        ("json_equal", '{"b": [1.0], "a": true}', '{"a": true, "b": [1]}', 1),
        ("json_equal", '{"a": 1}', '{"a": true}', 0),
        ("json_equal", '{"a": 1}', '{"a": 1, "b": 2}', 0),
        ("json_equal", "nothing", "nothing", 0),
    ],
)
def test_built_in_metrics(name: str, text: str, target: str, expected: float) -> None:
    assert score(name, text, target) == pytest.approx(expected)


@pytest.mark.parametrize("name", METRICS)
def test_the_best_fitting_target_counts(name: str) -> None:
    texts = {"choice": "negative", "numeric": "4", "parses": "x = 1", "json_fields": '{"a": 1}'}
    text = texts.get(name, "[1]" if name.startswith("json") else "word")
    target = {"choice": "negative"}.get(name, text)

    assert score(name, text, "9", target) == 1


@pytest.mark.parametrize("name", METRICS)
@given(text=st.text(), targets=st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_any_text_scores_between_0_and_1(name: str, text: str, targets: list[str]) -> None:
    metric = load_metric(MetricSpec.model_validate({"name": name, **NEEDED.get(name, {})}))

    assert 0 <= metric.score(text, targets) <= 1
    assert 0 <= metric.lenient(text, targets) <= 1
    assert metric.kind == "graded" or metric.score(text, targets) in {0, 1}


@given(st.text(min_size=1).filter(str.strip))
def test_what_matches_exactly_also_matches_leniently(text: str) -> None:
    metric = load_metric(MetricSpec())

    assert metric.score(text, [text]) == metric.lenient(text, [text]) == 1


def test_lenient_json_is_found_inside_a_fence_and_between_words() -> None:
    metric = load_metric(MetricSpec(name="json_equal"))

    assert metric.score('```json\n{"a": 1}\n```', ['{"a": 1}']) == 1
    assert metric.score('Sure:\n```json\n{"a": 1}\n```', ['{"a": 1}']) == 0
    assert metric.lenient('Sure:\n```json\n{"a": 1}\n```', ['{"a": 1}']) == 1
    assert metric.lenient('The JSON {"a": 1} it is.', ['{"a": 1}']) == 1


def test_lenient_numbers_are_found_anywhere() -> None:
    metric = load_metric(MetricSpec(name="numeric"))

    assert metric.lenient("622 is the number of 7 letters", ["622"]) == 1


@pytest.mark.parametrize(
    ("name", "reading", "target", "expected"),
    [
        ("exact_match", "strict", "Oslo", True),
        ("exact_match", "last_number", "42", True),
        ("exact_match", "last_number", "42 dogs", False),
        ("contains", "lenient", "Oslo", True),
        ("f1", "strict", "the", True),
        ("numeric", "strict", "42 dogs", True),
        ("numeric", "strict", "many", False),
        ("choice", "strict", "Positive", True),
        ("choice", "strict", "maybe", False),
        ("json_valid", "strict", "anything", True),
        ("json_equal", "strict", '{"a": 1}', True),
        ("json_equal", "strict", "{", False),
        ("json_fields", "strict", '{"a": null}', True),
        ("json_fields", "strict", "2", False),
        ("length", "strict", "anything", True),
        ("rouge_l", "strict", "…", True),
        ("bleu", "strict", "42", True),
        ("chrf", "strict", "", False),
    ],
)
def test_a_metric_knows_which_targets_no_answer_can_match(
    name: str, reading: str, target: str, *, expected: bool
) -> None:
    spec = MetricSpec.model_validate({"name": name, **NEEDED.get(name, {}), "reading": reading})
    metric = load_metric(spec)

    assert isinstance(metric, BuiltIn)
    assert metric.accepts(target) is expected
