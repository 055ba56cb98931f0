"""A label is found as a label, not as an ordinary word or a part of one."""

import time
from collections.abc import Sequence

import pytest

from ladder.errors import MetricError
from ladder.scoring import load_metric
from ladder.scoring.labels.label_forms import LabelSet
from ladder.scoring.labels.named_labels import choice_of, named_labels
from ladder.scoring.metrics import Choice
from ladder.spec.metric_spec import MetricSpec

L, S, YN = "ABCD", ("positive", "negative", "neutral"), ("yes", "no")
RATING = tuple("12345")
CASES = [
    (L, "The answer is B because a car moves.", "B"),
    (L, "hard to say without a map", None),
    (L, "It is hard to tell without a picture.", None),
    (L, "A. That is the capital of the region.", "A"),
    (L, "B is right; C is wrong.", "B"),
    (L, "(B)", "B"), (L, "B)", "B"), (L, "**B**", "B"), (L, "B.", "B"), (L, "`b`", "B"),
    (L, "answer: b", "B"), (L, "Option B", "B"), (L, "Ｂ", "B"), (L, "a", "A"), (L, "B\u200b", "B"),
    (L, "B) Rome is a city in Italy", "B"),
    (L, "A car is faster, so B", "B"),
    (L, "I think B", "B"),
    (L, "A because it fits", "A"), (L, "I think a car is it", None), (L, "I'd go with D.", "D"),
    (S, "I think it's negative, because the positive parts are few.", "negative"),
    (L, "A or B", None), (L, "A, B", None), (L, "Both A and B", None), (L, "", None),
    (L, "A) Rome B) Paris", None), (L, "A. Rome\nB. Paris", None),
    (L, "The options are A, B, C and D.", None),
    (L, "A. Rome\nB. Paris\nC. Oslo\nD. Bern\n\nThe answer is C.", "C"),
    (L, "The correct option is (D).", "D"),
    (L, "\\boxed{B}", "B"), (L, "The answer is \\boxed{\\text{C}}.", "C"), (L, "#### D", "D"),
    (L, "It is not A, it is B.", "B"), (L, "A is wrong. B is right.", "B"), (L, "Not B.", None),
    (L, "It can't be A. So it must be D.", "D"), (L, "The best choice is C, not D.", "C"),
    (L, "B because a cart with a horse is slower.", "B"),
    (L, "The answer is a car", None), (L, "Let's see: A map would help.", None),
    (L, "Die Antwort ist B.", "B"), (L, "答案是B。", "B"), (L, "答案：C", "C"), (L, "选D", "D"),
    (L, "Answer: B\n\nExplanation: A is a country; C is a river.", "B"),
    (L, "I choose A because it fits", "A"), (L, "b. because a", "B"), (L, "B<|eot_id|>", "B"),
    (("A", "B"), "A-level", None), (("a", "b"), "It is a good day", None), (("a", "b"), "(a)", "a"),
    (("I", "II", "III", "IV"), "Option II", "II"), (("I", "II", "III"), "I think it is III", "III"),
    (("I", "II", "III"), "The answer is I.", "I"), (("I", "II"), "I do not know", None),
    (S, "Positive.", "positive"), (S, "pos", "positive"), (S, "neut.", "neutral"),
    (S, "- Sentiment: **Positive**\n", "positive"), (S, "Label: neutral", "neutral"),
    (S, '{"sentiment": "negative"}', "negative"), (S, "<b>positive</b>", "positive"),
    (S, "positive or negative", None), (S, "positive, negative, neutral", None),
    (S, "The sentiment is positive, not negative.", "positive"), (S, "It is not positive.", None),
    (S, "Positive, although some parts are negative.", "positive"),
    (S, "I cannot tell whether it is positive or negative.", None),
    (S, "neither positive nor negative, so neutral", "neutral"),
    (("refund", "order"), "refunds", "refund"), (("order", "status"), "The orders.", "order"),
    (("World", "Sports"), "sport", "Sports"),
    (YN, "Yes, there is no doubt.", "yes"), (YN, "There is no doubt: yes", "yes"),
    (YN, "No, that is not true", "no"), (YN, "I would say no.", "no"), (YN, "I have no idea", None),
    (YN, "yes and no", None), (YN, "NO", "no"), (YN, "Yes!", "yes"),
    (("True", "False"), "False. It is true that", "False"),
    (("card_arrival", "card_linking"), "card arrival", "card_arrival"),
    # written otherwise
    (("billing_issue", "other"), "billingIssue", "billing_issue"), (("billing_issue", "other"), "`billing\\_issue`", "billing_issue"),
    (("toxic", "non-toxic"), "nontoxic", "non-toxic"), (("0", "1"), "LABEL_1", "1"), (("0", "1"), "1.0", "1"),
    (RATING, "four", "4"), (RATING, "★★★★☆", "4"), (RATING, "14", None), (L, "Ⓑ", "B"), (L, "B\ufe0f\u20e3", "B"),
    (("I", "II", "III"), "Ⅱ", "II"),
    # a label that is the denial of another
    (("spam", "not spam"), "This isn't spam.", "not spam"), (("spam", "not spam"), "It is not a spam message.", "not spam"),
    (("entailment", "not_entailment"), "There is no entailment.", "not_entailment"), (S, "It isn't positive.", None),
    (("safe", "unsafe"), "It is not safe.", "unsafe"), (("safe", "unsafe"), "un-safe", "unsafe"),
    (("toxic", "non-toxic"), "It is not toxic.", "non-toxic"),
    # each label with its truth
    (S, '{"positive": false, "negative": true, "neutral": false}', "negative"),
    (("sports", "politics"), "sports - no, politics - yes", "politics"), (("a1", "b1"), "a1: ❌\nb1: ✅", "b1"),
    # what is taken back, asked or not known
    (YN, "Yes... actually no.", "no"), (L, "A. Wait, no: B is the right one.", "B"), (S, "positive? negative?", None),
    (S, "无法判断是否正面", None), (("正面", "负面"), "无法判断是否正面", None),
    (("refund", "other"), "On the other hand, it is unclear.", None), (("refund", "other"), "Category: other", "other"),
    (("refund", "other"), "I'm sorry, I can't determine that. It mentions a refund.", None),
    (("card_arrival", "card_linking"), "The intent is `card_linking`.", "card_linking"),
    (("very positive", "positive"), "very positive", "very positive"),
    (("spam", "not spam"), "It is not spam.", "not spam"), (("spam", "ham"), "It is not spam.", None),
    (("正面", "负面"), "这条评论的情感是正面的。", "正面"), (("正面", "负面"), "不是正面，是负面", "负面"),
    (("是", "否"), "是", "是"), (("是", "否"), "答案是否", "否"), (("是", "否"), "这是对的", None),
    (("긍정", "부정"), "감정은 긍정입니다.", "긍정"), (("긍정", "부정"), "부정확", None),
    (("ポジティブ", "ネガティブ"), "この文はポジティブです", "ポジティブ"),
    (("บวก", "ลบ"), "ความรู้สึกคือบวก", "บวก"),
    (RATING, "4 out of 5", "4"), (RATING, "4/5", "4"), (RATING, "The rating is 3.", "3"),
    (RATING, "5 stars", "5"), (RATING, "Rating: 4 because of 2 flaws", "4"), (RATING, "45", None),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "answer", "label"), CASES)
def test_the_label_that_a_reader_would_see_is_chosen(
    labels: Sequence[str], answer: str, label: str | None
) -> None:
    assert choice_of(answer, labels).label == label


@pytest.mark.parametrize(("labels", "answer", "label"), CASES)
def test_one_label_is_right_at_most(labels: Sequence[str], answer: str, label: str | None) -> None:
    metric = load_metric(MetricSpec(name="choice", labels=tuple(labels)))

    right = [each for each in labels if metric.score(answer, [each])]

    assert right == ([] if label is None else [label])
    assert all(metric.lenient(answer, [each]) for each in right)


def test_the_lenient_reading_finds_a_label_among_some_and_not_among_all() -> None:
    metric = load_metric(MetricSpec(name="choice", labels=S))

    assert metric.lenient("positive or neutral", ["positive"]) == 1
    assert metric.lenient("positive, negative or neutral", ["positive"]) == 0
    assert metric.lenient("not positive", ["positive"]) == 0


def test_a_denied_label_is_not_named() -> None:
    assert named_labels("It is not A; B is wrong, C is possible, or D.", L) == {"C", "D"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    ["A", "A ", "a b ", "A or B ", "answer ", "answer is A ", "positive ", "(A", "A. ", "no ",
     "not A ", "\\boxed{A}", "A\n", "答案", "Sentiment: ", "*A*", "yes no "],
)  # fmt: skip
@pytest.mark.parametrize("labels", [L, S, YN])
def test_hostile_answers_are_searched_in_time(piece: str, labels: Sequence[str]) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()

    choice_of(text, labels)

    assert time.process_time() - started < 20


WORDS = LabelSet.of(["refund", "order", "other"], {"refund": ["money back", "reimburse"], "other": ["misc"]})  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("money back", "refund"), ("They want their money back.", "refund"),
        ("refund (money back)", "refund"), ("It is not a refund, it is misc.", "other"),
        ("order or money back", None), ("refund or money back", "refund"), ("moneyback", None),
        ("reimb", "refund"), ("No money back, so order", "order"),
        ("refund: 0.7, order: 0.2, misc: 0.1", "refund"), ("the money is back", None),
    ],
)  # fmt: skip
def test_a_synonym_stands_for_its_label(answer: str, label: str | None) -> None:
    assert choice_of(answer, WORDS).label == label


def test_a_target_may_be_written_as_a_synonym_and_names_the_same_class() -> None:
    metric = load_metric(
        MetricSpec(name="choice", labels={"refund": ["money back"], "order": None})
    )

    assert metric.score("Refund.", ["money back"]) == metric.score("money back", ["refund"]) == 1
    assert metric.score("order", ["money back"]) == 0
    assert metric.lenient("I think refund, or order?", ["money back"]) == 0
    assert (
        load_metric(MetricSpec(name="choice", labels=("refund", "order"))).version != metric.version
    )


@pytest.mark.parametrize(
    ("fields", "problem", "step"),
    [
        ({"labels": {"a": ["x y"], "b": ["X_Y"]}}, "'X_Y' stands for 'b', and for 'a'", "one of them"),
        ({"labels": {"a": ["b"], "b": []}}, "'b' stands for 'a', and for 'b'", "one of them"),
        ({"labels": {"a": [" "], "b": []}}, "empty word stands for 'a'", "one of them"),
        ({"labels": ["refund", "other"], "at_least": {"refunds": 0.9}}, "names 'refunds'", "Write refund"),
        ({"labels": {"refund": "money back"}, "at_least": {"money back": 0.9}}, "money back", "Write refund"),
        ({"name": "f1", "at_least": {"a": 0.9}}, "f1 does not know at_least", "name: choice"),
        ({"name": "macro_f1", "labels": ["yes", "it"]}, "no mean", 'labels: ["yes", it], at_least: {"yes": 0.8'),
        ({"name": "macro_f1"}, "no mean", "choice"),
    ],
)  # fmt: skip
def test_labels_that_contradict_each_other_are_refused_with_the_line_to_write(
    fields: dict[str, object], problem: str, step: str
) -> None:
    with pytest.raises(MetricError) as caught:
        load_metric(MetricSpec.model_validate({"name": "choice", **fields}))

    assert problem in str(caught.value)
    assert step in caught.value.next_step


def test_a_spec_without_synonyms_and_class_targets_keeps_its_digest() -> None:
    plain = MetricSpec(name="choice", labels=("a", "b"))
    first = plain.replace(at_least={"b": 0.8, "a": 0.9})

    assert set(plain.model_dump()) == {"name", "reading", "pattern", "labels", "thoughts", "case"}
    assert first.digest == plain.replace(at_least={"a": 0.9, "b": 0.8}).digest != plain.digest
    assert MetricSpec.model_validate_json(first.model_dump_json()) == first


@pytest.mark.parametrize(
    ("answer", "reading", "remarks"),
    [
        ("Refund", "strict", []), ("", "strict", []), ("I cannot say.", "strict", ["no label is read"]),
        ("Their money back.", "strict", ["the label read is refund"]),
        ("refund or order", "lenient", ["labels named: order, refund"]),
        ("it depends", "lenient", ["labels named: none"]),
    ],
)  # fmt: skip
def test_a_reader_is_told_which_label_is_read(
    answer: str, reading: str, remarks: list[str]
) -> None:
    labels = {"refund": ["money back"], "order": [], "other": []}
    spec = MetricSpec.model_validate({"name": "choice", "reading": reading, "labels": labels})

    metric = load_metric(spec)

    assert isinstance(metric, Choice)
    assert metric.remarks(answer, ["refund"]) == remarks
