"""A bound, a denial or a courtesy is no amount; the same amount in other units is."""

import pytest

from ladder.scoring import load_metric
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec

NUMERIC = load_metric(MetricSpec(name="numeric"))

SAME = [
    ("$1.50", "150 cents"), ("150 cents", "$1.50"), ("150¢", "$1.50"), ("1.50 €", "150 cents"), ("£1.50", "150 pence"),
    ("1 dollar and 50 cents", "$1.50"), ("50 centimes", "0,50 €"), ("₹5", "500 paise"), ("2 euros", "200 cents"), ("5 рублей", "500 копеек"),
    ("2 hours 30 minutes", "150 minutes"), ("2h30", "150 minutes"), ("2h30min", "150 min"), ("2h 30m", "150 minutes"), ("2 h 30", "150 min"),
    ("2½ hours", "150 minutes"), ("2 Stunden 30 Minuten", "150 min"), ("2 heures et 30 minutes", "2.5 h"), ("150 minutos", "2.5 horas"),
    ("2小时30分钟", "150 minutes"), ("2時間30分", "150 min"), ("2시간 30분", "150 minutes"), ("1 h 1 min 1 s", "3661 seconds"), ("2h30", "2 hours 30 minutes"),
    ("1.2M", "1,200,000"), ("1,200,000", "1.2M"), ("1.2M", "1.2 million"), ("$1.2M", "1200000"), ("1.2 million", "1,200,000"), ("7B", "7 billion"),
    ("1,2 Millionen", "1200000"), ("1.2 millones", "1200000"), ("1,2 milhões", "1200000"), ("1,2 млн", "1200000"), ("3 Milliarden", "3 billion"),
    ("2 тысячи", "2000"), ("$3 B", "3 billion dollars"), ("120万", "1.2M"), ("12 m²", "12 m2"), ("5 m³", "5000 litres"),
]  # fmt: skip
OTHER = [
    ("$1.50", "150"), ("150 cents", "1.50"), ("$150", "150 cents"), ("150 cents", "£1.50"), ("15 cents", "$1.50"), ("50 pence", "50 cents"),
    ("2:30", "230 minutes"), ("2h31", "150 minutes"), ("2 hours 31 minutes", "150 minutes"), ("150 minutes", "150 hours"), ("2h30", "2 hours"),
    ("2.5 hours", "150"), ("2h30", "2.3 hours"), ("2 m 30 s", "150 s"), ("2小时", "2 minutes"), ("1.2M", "1.2"), ("1.2 million", "1.2"), ("1.2", "1.2M"),
    ("1.2 m", "1,200,000"), ("1.2M", "1.2 m"), ("1.2B", "1.2M"), ("2 mila", "2"), ("12 m²", "12 m"), ("12 m³", "12 m²"), ("3 Milliarden", "3 million"),
]  # fmt: skip
STRICT = [">42", "more than 42", "less than 42", "< 42", "greater than 42", "fewer than 42",
          "x > 42", "mehr als 42", "plus de 42", "moins de 42", "más de 42", "menos de 42", "più di 42",
          "mais de 42", "более 42", "меньше 42", "超过42", "不到42", "42未満", "42 초과", "The answer is more than 42.",
          "It exceeds 42.", "**more than 42**", r"$x < 42$"]  # fmt: skip
INCLUSIVE = ["at least 42", "at most 42", "42 or more", "42 or fewer", "42+", "≥ 42", "<= 42", r"$\geq 42$", "no more than 42",
             "not more than 42", "up to 42", "mindestens 42", "höchstens 42", "au moins 42", "jusqu’à 42", "al menos 42",
             "almeno 42", "pelo menos 42", "не менее 42", "至少42", "42以上", "42人以下", "42 이상", "The answer is at least 42.",
             "> 42", "over 42", "under 42", "unter 42", "over $42", "spread over 42 days",
             "There can't be more than 42.", r"\boxed{\geq 42}", "не больше 42", "nicht mehr als 42", "pas plus de 42",
             "The answer is not less than 42."]  # fmt: skip
DENIED = ["not 42", "It is not 42.", "It isn't 42.", "The answer is not 42.", "42 is wrong.", "42 is not the answer.",
          "6 x 7 is 43, not 42.", "43, nicht 42", "Es ist nicht 42.", "Ce n'est pas 42.", "No es 42.", "Non è 42.", "Não é 42.",
          "это не 42", "不是42", "42ではない", "x != 42", "x ≠ 42", "43 instead of 42", "never 42",
          "#### not 42", "43, definitely not 41 or 42", "neither 42 nor 43", "**42** isn't right; 43 is.", r"\boxed{\neq 42}"]  # fmt: skip
STATED = ["about 42", "approximately 42", "~42", "≈ 42", "around 42", "roughly 42", "ca. 42", "etwa 42", "environ 42", "约42", "nearly 42",
          "No, 42.", "adds up to 42", "=> 42", "-> 42", "<b>42</b>", "<answer>42</answer>", "6 x 7 is 42, not 43.",
          "42, which is more than 40.", "It is 42, at least 2 more than before.", "42, less than 50", "It can't be 41. It is 42.",
          "not 41 but 42", "It took more than 3 days.\n\n42", "The answer is 42, more than 41.",
          "It is neither 41 nor 43 but 42.", "Answer: <42>", "42 (not 43)", "42 rather than 43", "exactly 42", "He has more than his brother: 42.",
          "There can't be 43 or 50. So 42."]  # fmt: skip
CLOSED = [
    "There are 42.\nI hope this helps with your 3 questions!", "42 apples remain. Feel free to ask if you have more than 2 questions.",
    "There are 42. I hope this helps with your 3 questions!", "The total is 42. Let me know if you have 1 more question.",
    "So there are 42 left. Would you like to see 3 more examples?", "There are 42 of them. Good luck with the other 5 exercises!",
    "There are forty-two of them: 42. If you have any questions about these 2 steps, ask.", "Es sind 42. Ich hoffe, das hilft bei den 3 Fragen!",
    "Il y en a 42. N'hésitez pas si vous avez 2 autres questions.", "Hay 42. Espero que esto ayude con las 3 preguntas.",
    "一共有42个。希望这能帮助你解决这3个问题！", "There are 42.\n\nThanks for asking! Do you want to try 1 more?", "Sono 42. Fammi sapere se ne vuoi altri 3.",
    "We get 42.\n\nIs there anything else, such as question 2, that I can help with?", "Thus 42 remain. I hope that is clear. Have a nice day 1!",
    "Het zijn er 42. Ik hoop dat dit helpt met je 3 vragen!", "Их 42. Надеюсь, это поможет с вашими 3 вопросами!",
    "답은 42입니다. 질문이 3개 더 있으면 알려주세요.", "There are 42. **I hope this helps with your 3 questions!**",
]  # fmt: skip


@pytest.mark.parametrize(("answer", "target"), SAME)
def test_an_amount_in_other_units_is_the_same(answer: str, target: str) -> None:
    assert NUMERIC.score(answer, [target]) == 1
    assert NUMERIC.lenient(answer, [target]) == 1


@pytest.mark.parametrize(("answer", "target"), OTHER)
def test_another_amount_is_wrong_by_every_reading(answer: str, target: str) -> None:
    assert NUMERIC.score(answer, [target]) == 0
    assert NUMERIC.lenient(answer, [target]) == 0


def test_a_time_of_day_or_a_date_is_another_quantity_by_the_lenient_reading_alone() -> None:
    assert (NUMERIC.score("2:30", ["150 minutes"]), NUMERIC.lenient("2:30", ["150 minutes"])) == (
        0,
        1,
    )
    assert NUMERIC.lenient("2:30", ["150 seconds"]) == 1
    assert NUMERIC.lenient("July 20, 1969", ["1969"]) == 1
    assert NUMERIC.lenient("two and a half hours", ["150 minutes"]) == 1


@pytest.mark.parametrize("answer", STRICT + DENIED)
def test_more_than_a_number_or_not_a_number_is_not_that_number(answer: str) -> None:
    assert NUMERIC.score(answer, ["42"]) == 0
    assert NUMERIC.lenient(answer, ["42"]) == 0


@pytest.mark.parametrize("answer", INCLUSIVE)
def test_at_least_a_number_is_that_number_by_the_lenient_reading_alone(answer: str) -> None:
    assert NUMERIC.score(answer, ["42"]) == 0
    assert NUMERIC.lenient(answer, ["42"]) == 1


@pytest.mark.parametrize("answer", STATED)
def test_a_number_beside_bounds_and_denials_is_stated(answer: str) -> None:
    assert NUMERIC.score(answer, ["42"]) == 1
    assert all(NUMERIC.score(answer, [other]) == 0 for other in ("41", "43", "50", "40", "3"))


@pytest.mark.parametrize("answer", CLOSED)
def test_a_number_in_a_courtesy_is_no_answer(answer: str) -> None:
    assert NUMERIC.score(answer, ["42"]) == 1
    assert all(NUMERIC.score(answer, [other]) == 0 for other in ("1", "2", "3", "5"))


@pytest.mark.parametrize(
    ("answer", "target"),
    [("more than 42", "> 42"), ("over 42", "more than 42"), (">42", "more than 42"), ("at least 42", "≥ 42"), ("42 or more", "at least 42"),
     ("höchstens 42", "at most 42"), ("42+", "42+"), ("no less than 42 km", ">= 42 km")],
)  # fmt: skip
def test_a_bound_is_right_where_a_bound_is_wanted(answer: str, target: str) -> None:
    assert isinstance(NUMERIC, BuiltIn)
    assert NUMERIC.score(answer, [target]) == 1
    assert NUMERIC.unread(target) is None


@pytest.mark.parametrize(
    ("answer", "target"), [("at least 42", "at most 42"), ("> 41", "> 42"), ("42", "> 42")]
)
def test_another_bound_is_wrong(answer: str, target: str) -> None:
    assert NUMERIC.score(answer, [target]) == 0
    assert NUMERIC.lenient(answer, [target]) == 0
