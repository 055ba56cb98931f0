"""Usual answers, scored as somebody who reads them would."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.scoring import METRICS, load_metric
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec
from tests.scoring.conftest import NEEDED

FIELD = Path(__file__).resolve().parents[3] / "shared" / "data" / "field" / "answers.jsonl"
LABELS = ("positive", "negative", "neutral")
AROUND = [
    "{}", " {}\n", "{}</s>", "{}<|im_end|>", "{}<|eot_id|>", "{}<end_of_turn>\n", "{}<｜end▁of▁sentence｜>",
    "{}<|im_end|>\n<|im_start|>user\nAnd now?", "<|im_start|>assistant\n{}", "<s>{}",
    "<|start_header_id|>assistant<|end_header_id|>\n\n{}", "assistant\n\n{}",
    "**{}**", "*{}*", "__{}__", "`{}`", "```\n{}\n```", "**{}**.", "### {}", "<answer>{}</answer>",
    '"{}"', "“{}”", "„{}“", "«{}»", "「{}」", "\u200b{}\u200b", "\ufeff{}", "{}\u00ad", "{}.",
    "<think>Could be another.</think>{}", "Or another?</think>\n\n{}", "$\\boxed{{{}}}$",
]  # fmt: skip
TARGETS = [
    ("exact_match", "Zürich"), ("exact_match", "New York"), ("exact_match", "622"),
    ("exact_match", "東京"), ("contains", "Zürich"), ("contains", "東京"), ("f1", "New York"),
    ("numeric", "622"), ("numeric", "3/4"), ("numeric", "-5"), ("choice", "positive"),
]  # fmt: skip


def metric_of(name: str, **fields: Any) -> BuiltIn:
    """Return a built-in metric."""
    labels = {"labels": LABELS} if name == "choice" else {}
    spec = {"name": name, **NEEDED.get(name, {}), **labels, **fields}
    metric = load_metric(MetricSpec.model_validate(spec))
    assert isinstance(metric, BuiltIn)
    return metric


@pytest.mark.real
@pytest.mark.skipif(not FIELD.exists(), reason="needs ../shared/data")
def test_every_usual_answer_scores_what_a_person_says() -> None:
    rows = [json.loads(line) for line in FIELD.read_text(encoding="utf-8").splitlines()]
    wrong = []

    for row in rows:
        spec = {**row["metric"], "labels": tuple(row["metric"].get("labels", ()))}
        score = load_metric(MetricSpec.model_validate(spec)).score(row["answer"], row["targets"])
        wrong += [row["what"]] if score != row["person"] else []

    assert wrong == []


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(("name", "target"), TARGETS)
def test_what_stands_around_an_answer_never_decides(name: str, target: str, around: str) -> None:
    assert metric_of(name).score(around.format(target), [target]) == 1


@pytest.mark.parametrize(
    ("answer", "target", "score"),
    [
        ("paris", "Paris", 1), ("PARIS", "Paris", 1), ("'Paris'", "Paris", 1), ("Paris", '"Paris"', 1),
        ("NYC", "New York City", 0), ("The answer is Paris.", "Paris", 0), ("Paris!", "Paris", 0),
        ("Paris, France", "Paris", 0), ("New  York", "New York", 0), ("a Paris", "Paris", 0),
        ("", "", 1), ("", "Paris", 0), ("Paris", "", 0), ("...", ".", 0), ('""', "", 0),
        ("mW", "MW", 0), ("getname", "getName", 0), ("init", "__init__", 0), ("__init__", "init", 0),
        ("**__init__**", "__init__", 1), ("+", "+", 1), ("-", "+", 0), ("Cafe\u0301", "Café", 1),
        ("Ｐａｒｉｓ", "Paris", 1), ("42\u200b", "42", 1), ("He goes", "He goes.", 0), ("A", "A", 1),
        ("It's", "It's", 1), ('"A" and "B"', "A and B", 0), ("5 < 6", "5 < 6", 1), ("x</s>y", "x", 1),
        ("<s>old</s> new", "old new", 0), ("`a` or `b`", "a or b", 0), ("1.", "1", 1), ("U.S.", "U.S.", 1),
    ],
)  # fmt: skip
def test_exact_match_is_strict_about_words_and_not_about_dress(
    answer: str, target: str, score: float
) -> None:
    assert metric_of("exact_match").score(answer, [target]) == score


def test_case_counts_where_the_spec_keeps_it() -> None:
    metric = metric_of("exact_match", case="keep")

    assert metric.score("paris", ["Paris"]) == 0
    assert metric.score("**Paris**", ["Paris"]) == 1
    assert metric.only_form_differs("paris", ["Paris"]) == "case"


@pytest.mark.parametrize(
    ("answer", "target", "score"),
    [
        ("", "A", 0), ("", "the", 0), ("", "+", 0), ("the", "A", 0), ("A", "A", 1), ("B", "A", 0),
        ("+", "+", 1), ("-", "+", 0), ("?", "?", 1), ("", "", 1), ("x", "", 0), ("the cat", "a cat", 1),
        ("The answer is A", "A", 0.4), ("東京都", "東京", 0.8), ("答案是东京", "东京", 4 / 7),
        ("the", "the cat", 0), ("Cat.", "cat", 1), ("**cat**", "cat", 1), ("<think>x</think>cat", "cat", 1),
    ],
)  # fmt: skip
def test_f1_counts_words_and_gives_nothing_for_nothing(
    answer: str, target: str, score: float
) -> None:
    assert metric_of("f1").score(answer, [target]) == pytest.approx(score)


@pytest.mark.parametrize(
    ("answer", "strict", "lenient"),
    [
        ('{"a": 1}', 1, 1), ('```json\n{"a": 1}\n```', 1, 1), ('```{"a": 1}```', 1, 1),
        ('```json{"a": 1}```', 1, 1), ("```\n{\"a\": 1.0}\n```\n", 1, 1), ('`{"a": 1}`', 1, 1),
        ('{"a": 1}<|im_end|>', 1, 1), ('<think>{"a": 2}</think>{"a": 1}', 1, 1),
        ('{"a": 1}\nNote: {x} is not used.', 0, 1), ('Here: {"a": 1}', 0, 1),
        ('Sure:\n```json\n{"a": 1}\n```\nDone.', 0, 1), ('{"b": 2} then {"a": 1}', 0, 1),
        ('{"a": 1,}', 0, 1), ('{"a": 2}', 0, 0), ("{'a': 1}", 0, 1), ('{"a": true}', 0, 0),
        ('<think>{"a": 1}</think>{"a": 2}', 0, 0), ("", 0, 0), ('{"a": "1"}', 0, 0),
    ],
)  # fmt: skip
def test_json_is_read_in_a_fence_and_leniently_among_words(
    answer: str, strict: float, lenient: float
) -> None:
    metric = metric_of("json_equal")

    assert metric.score(answer, ['{"a":1}']) == strict
    assert metric.lenient(answer, ['{"a":1}']) == lenient
    assert metric.lenient(answer, ['{"a":1,"b":null}']) == lenient
    assert metric_of("json_equal", reading="lenient").score(answer, ['{"a":1}']) == lenient


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["[", "{", "é", "x_1", '{"a":', '"', "```", "{}", "[1,", '{"a": "']
)
@pytest.mark.parametrize("name", METRICS)
def test_hostile_answers_are_scored_by_every_metric(name: str, piece: str) -> None:
    text = piece * (200_000 // len(piece))
    metric = metric_of(name)

    assert 0 <= metric.score(text, ["x"]) <= metric.lenient(text, ["x"]) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("name", METRICS)
def test_an_answer_that_trails_off_in_white_space_is_read_at_once(name: str) -> None:
    metric = metric_of(name)

    for begun in ("word", "5", '{"a": 1', "```json", "<tool_call>", "**", "x \n"):
        for text in (begun + " " * 20_000 + ":x", begun + "\n" * 20_000 + "x"):
            assert 0 <= metric.score(text, ["x"]) <= metric.lenient(text, ["x"]) <= 1
            metric.could_still_be_right(text, ["x"])
            metric.only_form_differs(text, ["x"])


@pytest.mark.parametrize(
    ("pattern", "answer", "target"),
    [
        (r"\\boxed\{(.*?)\}", r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\\boxed\{(.+?)\}", r"so \boxed{\text{B}} it is", r"\text{B}"),
        (r"\\boxed\{(.*)\}", r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\((.*?)\)", "f: (g(x) + 1)", "g(x) + 1"),
        (r"\[(.*?)\]", "[[1, 2], [3]]", "[1, 2], [3]"),
        (r"answer: (\w+)", "answer: A … no, answer: B.", "B"),
        (r"\{(.*?)\}", "{a}{b}", "b"),
        (r"\{(.*?)\}", "{never", ""),
    ],
)
def test_a_pattern_reads_up_to_the_bracket_that_closes_it(
    pattern: str, answer: str, target: str
) -> None:
    metric = metric_of("exact_match", reading="pattern", pattern=pattern)

    assert metric.read(answer) == target


ANSWERS = st.one_of(
    st.text(max_size=30),
    st.lists(
        st.sampled_from(
            ["<think>", "</think>", "**", "`", '"', "```", "42", "3/4", "1,234", "-", " ", "\n", ".",
             "positive", "negative", "not ", "A", "I", "a ", "is ", "answer: ", "{", "}", '{"a": 1}',
             "東京", "\u200b", "e\u0301", "</s>", "<|im_end|>", "$", "\\boxed{", "####", "=", "or "]
        ),
        max_size=10,
    ).map("".join),
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", METRICS)
@given(answer=ANSWERS, target=ANSWERS)
def test_the_lenient_reading_never_says_less_than_the_strict_one(
    name: str, answer: str, target: str
) -> None:
    metric = metric_of(name)

    assert 0 <= metric.score(answer, [target]) <= metric.lenient(answer, [target]) <= 1
    assert metric_of(name, reading="lenient").score(answer, [target]) == metric.lenient(
        answer, [target]
    )


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if metric.needs_target])
@given(target=ANSWERS)
def test_a_target_is_right_as_its_own_answer_wherever_it_is_accepted(
    name: str, target: str
) -> None:
    metric = metric_of(name)
    wanted = metric.wanted_in(target)  # without thoughts before it

    assert metric.accepts(target) == (metric.score_answer(wanted, [wanted]) == 1)


@pytest.mark.parametrize("name", METRICS)
@given(answer=ANSWERS, target=ANSWERS)
def test_what_is_right_could_be_right_and_differs_in_nothing(
    name: str, answer: str, target: str
) -> None:
    metric = metric_of(name)
    is_right = metric.score(answer, [target]) == 1

    could = metric.could_still_be_right(answer, [target])
    edit = metric.only_form_differs(answer, [target])

    assert could or not is_right
    assert edit is None or not is_right
    assert isinstance(metric.full_marks_in(answer, [target]), bool)
