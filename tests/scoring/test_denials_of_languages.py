"""What an answer denies is no answer in any of the languages that models write."""

import pytest

from ladder.scoring import load_metric
from ladder.scoring.metrics import METRICS
from ladder.spec.metric_spec import MetricSpec

DENIED = [
    ("東京", "東京ではありません。"),
    ("東京", "東京じゃない"),
    ("서울", "서울이 아닙니다."),
    ("서울", "서울이 아니라 부산입니다"),
    ("긍정", "긍정이 아닙니다"),
    ("दिल्ली", "यह दिल्ली नहीं है।"),
    ("Ankara", "Ankara değil."),
    ("باريس", "ليس باريس"),
    ("باريس", "وليست باريس"),
    ("تهران", "تهران نیست"),
    ("Paris", "Không phải là Paris"),
    ("Paris", "Bukan Paris"),
    ("กรุงเทพ", "นี่ไม่ใช่กรุงเทพ"),
    ("Párizs", "Nem Párizs"),
    ("Paříž", "Není Paříž"),
    ("Paris", "Nu este Paris"),
    ("Παρίσι", "Δεν είναι Παρίσι"),
    ("Pariisi", "Ei ole Pariisi"),
    ("פריז", "זה לא פריז"),
    ("北京", "不是北京"),
]
STATED = [
    ("東京", "東京です。大阪ではありません。"),
    ("서울", "서울입니다. 부산이 아닙니다."),
    ("दिल्ली", "यह दिल्ली है, मुंबई नहीं।"),
    ("Ankara", "Ankara, İstanbul değil."),
    ("Ankara", "Ankara değil mi?"),
    ("باريس", "باريس، وليس لندن"),
    ("Paris", "Bukan London, melainkan Paris"),
    ("Paris", "Paris is not far from here."),
    ("פריז", "לא, פריז"),
]


@pytest.mark.parametrize(("target", "answer"), DENIED)
def test_what_is_denied_is_no_answer(target: str, answer: str) -> None:
    choice = load_metric(MetricSpec(name="choice", labels=(target, "zzz")))

    assert load_metric(MetricSpec(name="contains")).score(answer, [target]) == 0
    assert load_metric(MetricSpec()).lenient(answer, [target]) == 0
    assert choice.score(answer, [target]) == 0


@pytest.mark.parametrize(("target", "answer"), STATED)
def test_what_is_stated_beside_a_denial_is_one(target: str, answer: str) -> None:
    assert load_metric(MetricSpec(name="contains")).score(answer, [target]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "It isn't New York.",
        "Boston rather than New York",
        "No es New York.",
        "Non è New York.",
        "Não é New York.",
        "ليس New York",
        "यह New York नहीं है",
        "New York değil",
        "Không phải New York",
        "New Yorkではありません",
        "New York이 아닙니다",
    ],
)
def test_a_target_of_several_words_that_is_denied_is_in_no_form_an_answer(answer: str) -> None:
    lenient = METRICS["exact_match"](MetricSpec(reading="lenient"), lambda text: text)

    assert lenient.score(answer, ["New York"]) == 0
    assert lenient.score("It is Boston, not New York. New York it was.", ["New York"]) == 1
    assert lenient.meant_alike(answer, ["New York"]) == ""
