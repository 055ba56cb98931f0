"""An answer that leaves open which label it means is no right one where a target need only be contained."""

import pytest

from ladder.data.sample import Sample
from ladder.measure.task_data import closed_labels
from ladder.scoring import load_metric
from ladder.scoring.labels.named_labels import choice_of
from ladder.scoring.meant_alike import HEDGED
from ladder.scoring.metric import BuiltIn
from ladder.scoring.metrics import METRICS
from ladder.spec import load_task
from ladder.spec.metric_spec import MetricSpec

QUEUES = ("billing", "refund", "shipping")


def contains(labels: tuple[str, ...], **fields: object) -> BuiltIn:
    metric = METRICS["contains"](MetricSpec(name="contains", **fields), lambda text: text)
    return metric.knowing(labels)


@pytest.mark.parametrize(
    "answer",
    [
        "It could be billing, refund or shipping.",
        "Options: billing, refund, shipping",
        "billing or refund",
        "refund and billing",
        "billing/shipping",
        "Is it billing?",
        "Probably billing, maybe refund",
        "It might be billing, but it could also be refund.",
        "The answer is refund. Billing is also possible.",
        "I'm sorry, I can't help with billing.",
        "Könnte billing oder refund sein",
        "可能是billing，也可能是refund",
    ],
)
def test_a_label_that_is_named_and_not_chosen_is_unknown(answer: str) -> None:
    metric = contains(QUEUES)

    assert metric.score(answer, ["billing"]) == 0
    assert metric.lenient(answer, ["billing"]) == 0
    assert metric.meant_alike(answer, ["billing"]) == HEDGED
    assert load_metric(MetricSpec(name="contains")).score(answer, ["billing"]) == 1
    assert choice_of(answer, QUEUES).label != "billing"


@pytest.mark.parametrize(
    "answer",
    [
        "billing",
        "Billing?",
        "The ticket is about billing, as the refund has not come.",
        "This is a billing question of the shipping department.",
        "Billing, since they were charged twice and want a refund.",
        "billing rather than refund",
        "Maybe billing",
        "It may be billing; I am not sure.",
        "It's billing. Not refund, not shipping.",
        "Refund? No. Billing.",
    ],
)
def test_a_label_that_is_stated_among_other_words_stays_right(answer: str) -> None:
    assert contains(QUEUES).score(answer, ["billing"]) == 1


@pytest.mark.parametrize(
    ("answer", "labels", "score"),
    [
        ("maybe yes", ("yes", "no"), 1),
        ("Probably yes", ("yes", "no"), 1),
        ("yes or no", ("yes", "no"), 0),
        ("maybe yes", ("yes", "no", "maybe"), 0),
        ("A car moves", ("A", "B", "C"), 0),
        ("The answer is A because it is fast", ("A", "B", "C"), 1),
        ("There is no doubt: yes", ("no", "yes"), 0),
    ],
)
def test_doubt_is_no_other_label_unless_a_label_says_doubt(
    answer: str, labels: tuple[str, ...], score: float
) -> None:
    assert contains(labels).score(answer, [labels[0]]) == score


def test_any_of_several_right_labels_may_be_named_together() -> None:
    metric = contains(QUEUES)

    assert metric.score("billing or refund", ["billing", "refund"]) == 1
    assert metric.score("billing or shipping", ["billing", "refund"]) == 0


def test_other_answers_are_read_as_before() -> None:
    metric = contains(QUEUES)

    assert metric.score("It is Paris or Rome", ["Paris"]) == 1
    assert metric.meant_alike("refund", ["billing"]) == ""
    assert contains(()).score("billing or refund", ["billing"]) == 1


def rows(targets: list[str], asked: str = "row") -> list[Sample]:
    return [Sample(str(at), f"{asked} {at}", (each,)) for at, each in enumerate(targets)]


def test_labels_are_closed_where_they_are_few_or_the_prompt_names_them() -> None:
    plain = load_task({"name": "t", "model": "m", "data": "d.jsonl", "target": 0.8})
    named = plain.replace(
        prompt=plain.prompt.replace(user="One of aa, bb, cc, dd, ee, ff: {{ input }}")
    )
    six = ["aa", "bb", "cc", "dd", "ee", "ff"] * 4

    assert closed_labels(plain, rows(["yes", "no"] * 9)) == ("no", "yes")
    assert closed_labels(plain, rows(six)) == ()
    assert closed_labels(named, rows(six)) == ("aa", "bb", "cc", "dd", "ee", "ff")
    assert closed_labels(plain, rows(six, "One of aa, bb, cc, dd, ee, ff")) != ()
    assert closed_labels(plain, rows([f"name {at}" for at in range(20)])) == ()


@pytest.mark.parametrize(
    "text",
    [
        "I need more context before I can say whether this is technical.",
        "It is not clear whether this is technical.",
        "Can't tell if it's technical",
        "I am not certain that this is technical.",
        "Nobody would call this technical.",
        "Es ist nicht klar, ob das technical ist.",
    ],
)
def test_a_label_of_which_an_answer_leaves_open_whether_it_holds_is_not_chosen(text: str) -> None:
    labels = ["technical", "shipping", "billing"]

    assert choice_of(text, labels).label is None
    assert choice_of(f"{text} But I choose billing.", labels).label != "technical"
