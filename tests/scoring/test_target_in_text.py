"""A target stands in a text where its readers would see it, and only there."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ladder.scoring import load_metric, stands_in
from ladder.spec.metric_spec import MetricSpec

STANDS = [
    ("The order number is 622.", "622"), ("It is OSLO!", "Oslo"), ("costs $5.", "$5"),
    ("答案是东京。", "东京"), ("答えは東京です", "東京"), ("คำตอบคือกรุงเทพฯ ครับ", "กรุงเทพ"),
    ("ຄຳຕອບແມ່ນວຽງຈັນ", "ວຽງຈັນ"), ("ចម្លើយគឺភ្នំពេញ", "ភ្នំពេញ"), ("အဖြေကရန်ကုန်ပါ", "ရန်ကုန်"),
    ("감정은 긍정입니다.", "긍정"), ("서울에서는", "서울"), ("ニューヨークです", "ニューヨーク"),
    ("我喜欢iPhone手机", "iPhone"), ("答案是42个", "42"), ("정답은 42입니다", "42"),
    ("It is _Oslo_.", "Oslo"), ("It is **New** York", "New York"), ("It is `Oslo`", "Oslo"),
    ("答案是**东京**。", "东京"), ("“Oslo”", '"Oslo"'), ("don’t", "don't"), ("‘Oslo’", "Oslo"),
    ("Café", "Cafe\u0301"), ("It is Os\u00adlo", "Oslo"), ("It is Os\u200blo", "Oslo"),
    ("New\u00a0York", "New York"), ("New\nYork", "New York"), ("Ｏｓｌｏ", "Oslo"), ("ﬁnal", "final"),
    ("It is Oslo", "Oslo."), ("It is Oslo", '"Oslo"'), ("Oslo<|im_end|>", "Oslo"), ("Oslo's", "Oslo"),
    ("It is 5km away", "5"), ("born 01.05.1980", "1980"), ("in 2024-05-01", "2024"),
    ("options 1,2,3", "2"), ("42%", "42"), ("at 10:30", "10:30"), ("1 1/2 cups", "1 1/2"),
    ("It's -5 °C", "-5"), ("room-512", "512"), ("x² + 1", "x²"), ("3 + 4", "+"), ("C++ is", "C++"),
    ("__init__ runs", "__init__"), ("İzmir", "izmir"), ("STRASSE", "Straße"), ("the 3rd", "3rd"),
]  # fmt: skip
DOES_NOT = [
    ("1,622 boxes", "622"), ("1 622 boxes", "622"), ("1.622,50", "622"), ("622.5", "622"),
    ("6221", "622"), ("A622", "622"), ("10²", "102"), ("3/4", "3"), ("10:30", "10"), ("-5", "5"),
    ("3-5", "3"), ("2^10", "10"), ("1e5", "5"), ("5万", "5"), ("二十", "十"), ("13月", "3月"),
    ("version 1.622.3", "622"), ("3*4=12", "34"), ("부정확", "부정"), ("นา", "า"), ("เกา", "กา"),
    ("新しいロマンス", "ロマ"), ("oslogate", "oslo"), ("snake_case", "case"), ("हिन्दी", "हि"),
    ("café", "caf"), ("anything", ""), ("", "a"), ("５６２２", "622"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "target"), STANDS)
def test_a_target_is_found_where_readers_see_it(text: str, target: str) -> None:
    assert stands_in(text, target)


@pytest.mark.parametrize(("text", "target"), DOES_NOT)
def test_a_target_is_not_found_inside_something_longer(text: str, target: str) -> None:
    assert not stands_in(text, target)


@pytest.mark.parametrize(("text", "target"), STANDS)
def test_contains_and_every_lenient_reading_say_the_same(text: str, target: str) -> None:
    assert load_metric(MetricSpec(name="contains")).score(text, [target]) == 1
    assert load_metric(MetricSpec()).lenient(text, [target]) == 1
    assert load_metric(MetricSpec(reading="lenient")).score(text, [target]) == 1


@given(st.text(min_size=1), st.sampled_from(["NFC", "NFD"]))
def test_the_normal_form_never_decides(target: str, form: str) -> None:
    other = unicodedata.normalize(form, f"It is {target} .")  # type: ignore[arg-type]

    assert stands_in(f"It is {target} .", target) == stands_in(other, target)


def test_case_counts_where_it_is_told_to() -> None:
    assert not stands_in("It is oslo", "Oslo", keep_case=True)
    assert stands_in("It is Oslo", "Oslo", keep_case=True)


@pytest.mark.parametrize(
    ("piece", "target"),
    [("a", "a"), ("1", "1"), ("1 ", "2"), ("**a", "a"), ("*a* ", "b"), ("_", "a"), ("정", "정"),
     ("_a_", "a"), ("正正", "正面"), ("1,", "1"), ("~a", "x"), ("* a", "x"), ("aa ", "a"), ("`", "a")],
)  # fmt: skip
def test_hostile_texts_are_searched_in_time(piece: str, target: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()

    stands_in(text, target)

    assert time.process_time() - started < 5
