"""Numbers are compared as the quantities that they are, and never by their last digits."""

import time

import pytest

from ladder.scoring import load_metric
from ladder.scoring.metric import BuiltIn
from ladder.spec.metric_spec import MetricSpec

NUMERIC = load_metric(MetricSpec(name="numeric"))

SAME = [
    # fractions
    ("3/4", "0.75"), ("½", "0.5"), ("1½", "1.5"), ("1 1/2", "1.5"), (r"\frac{3}{4}", "3/4"),
    (r"$\dfrac{3}{4}$", "3/4"), (r"\boxed{\frac{1}{2}}", "0.5"), (r"1\frac{1}{2}", "3/2"),
    ("The share is 2/8.", "1/4"), ("6/8", "3/4"), ("-1/2", "-0.5"), (r"\tfrac12", "0.5"),
    # decimal comma and thousands
    ("7,5", "7.5"), ("1.000,50", "1000.5"), ("1,000.50", "1000.5"), ("1 000,50", "1000.5"),
    ("1\u00a0000", "1000"), ("1\u202f000\u202f000", "1000000"), ("1'000", "1000"),
    ("1’000", "1000"), ("10,00,000", "1000000"), ("1,234", "1234"), ("1.000.000", "1000000"),
    (r"1{,}000", "1000"), (r"10\,000", "10000"), ("20,00", "20"), ("1.234 €", "1234"),
    ("Das sind 1.234 Stück zu 3,50.\n\n1.234", "1234"), ("3,50 Euro", "3.5"),
    # signs
    ("–5", "-5"), ("−5", "-5"), ("-5", "−5"), ("+5", "5"), ("minus 5", "-5"), ("-$5", "-5"),
    ("$-5", "-5"), ("x = - 5", "-5"),
    # units, money, percent
    ("12.50 €", "12.5"), ("€12.50", "12.5"), ("$1,234.50", "1234.5"), ("5 km", "5"),
    ("5", "5 km"), ("5km", "5 km"), ("5 kilometers", "5 km"), ("1.5 km", "1500 m"),
    ("90 min", "1.5 h"), ("2 h 30 min", "150 minutes"), ("50%", "50"), ("50 %", "50%"),
    ("50 percent", "50%"), ("42 apples", "42"), ("42 dogs", "42 pets"), (r"50\%", "50"),
    ("£5", "5 pounds"), ("USD 5", "$5"), ("25 °C", "25"), ("3rd", "3"), ("100m2", "100"),
    # large and small
    ("2.5 million", "2500000"), ("5k", "5000"), ("$1.2M", "1200000"), ("1.2e3", "1200"),
    ("1.2×10^3", "1200"), (r"$1.2 \times 10^{3}$", "1200"), ("10³", "1000"), ("2^10", "1024"),
    ("5万", "50000"), ("3 Mio. Euro", "3000000"), (".5", "0.5"), ("007", "7"),
    # times and dates
    ("10:30", "10:30"), ("At 10:30.", "10:30"), ("10:30 pm", "22:30"), ("10.30 Uhr", "10:30"),
    ("10:30:00", "10:30"), ("10 am", "10:00"), ("May 1, 2024", "2024-05-01"),
    ("1 May 2024", "2024-05-01"), ("01.05.2024", "2024-05-01"), ("2024年5月1日", "2024-05-01"),
    ("13/05/2024", "2024-05-13"), ("1er mai 2024", "2024-05-01"),
    # ranges, versions, ratios
    ("3-5", "3–5"), ("3 to 5", "3-5"), ("version 1.2.3", "1.2.3"), ("16:9", "16:9"),
    # digits of other scripts, words
    ("１２", "12"), ("٤٢", "42"), ("४२", "42"), ("forty-two", "42"), ("Answer: three", "3"),
    ("二十三", "23"), ("42个", "42"), ("42입니다.", "42"), ("three quarters", "0.75"), ("Half.", "1/2"),
    ("two thirds", "2/3"), ("one and a half", "1.5"), ("two and three quarters", "2.75"), ("a dozen", "12"),
    ("half a dozen", "6"), ("three point one four", "3.14"), ("point five", "0.5"), ("The answer is two thirds.", "2/3"),
    # parts of a whole, feet with inches, stacked fractions
    ("3 out of 5", "3"), ("I scored 3 out of 5.", "3"), ("3 of the 5 apples", "3"), ("20% of 50", "20%"),
    ("5'10\"", "5 feet 10 inches"), ("5 ft 10 in", "70 inches"), ("5\u203210\u2033", "5'10\""), ("³⁄₄", "0.75"),
    (r"{3 \over 4}", "0.75"), (r"\frac 1 2", "0.5"), (r"\frac{1}2", "0.5"), ("x^2 = 9", "9"),
    ("There is not enough information to be exact, but about 42.", "42"), ("I can't say exactly: 42", "42"),
    ("The answer is 42. Wait, no, it is 43.", "43"), ("The answer is 42. Please wait 5 minutes.", "42"),
    ("I'm sorry for your loss. The amount is 42.", "42"), ("There is no data for 2020; the total for 2021 is 42.", "42"),
    ("There isn't much information. The answer is 42.", "42"), ("I cannot log in 42 times", "42"),
    # which number counts
    ("The answer is 42, found in 3 steps.", "42"), ("#### 42", "42"), ("so 3 + 4 = 7.0", "7"),
    ("6 * 7 = 42 in 2 steps", "42"), ("He has **42** apples after 3 days.", "42"),
    ("42\n\nExplanation: 3 and 39 make it.", "42"), ("First 3, then 39.\n\n42", "42"),
    ("**Answer:** 42\n\nIt took 3 steps.", "42"), ("Die Antwort ist 42, nach 3 Tagen.", "42"),
    ("He buys 3*2=6. Then he gives away 2, so he has 4.", "4"), (r"\boxed{42} in 3 steps", "42"),
    ("The answer is not 5 but 7.", "7"), ("答案是42，共3步", "42"), ("42<|im_end|>", "42"),
    ("The answer to question 3 is 42.", "42"), ("#### 42 apples, in 3 steps", "42"),
    ("42 is the answer because 40+2.", "42"), ("Thus **42** is my final answer, in 3 steps.", "42"),
    ("42", "He has 2*21=42.\n#### 42"), ("42", "so it is 40 + 2.\nThe answer is 42."),
]  # fmt: skip

OTHER = [
    ("The answer is 42. Wait, no, it is 43.", "42"),
    # what says that it has no answer, a total, a variable
    ("I can't answer; there are 42 rows", "42"), ("I'm sorry, but I cannot help with that. Error 42", "42"),
    ("As an AI language model, I cannot determine the number 42.", "42"), ("Ich weiß es nicht, Zeile 42.", "42"),
    ("It is impossible to say; the text has 3 paragraphs.", "3"), ("There is not enough information in 3 lines.", "3"),
    ("3 out of 5", "5"), ("3 of 5 apples", "5"), ("x^2", "2"), ("n + 2", "2"), ("x/2", "2"), ("null", "0"),
    ("two thirds", "2"), ("one third", "3"), ("half", "2"), ("5'10\"", "10"),
    ("5/4", "3/4"), ("4", "3/4"), ("3/4", "4"), ("3/4", "3"), ("2/3", "0.667"),
    ("103,50", "3,50"), ("50", "3,50"), ("7,5", "75"), ("7,5", "5"), ("1.234", "1234"),
    ("1,234", "1.234"), ("50%", "0.5"), ("0.5", "50%"), ("3.14", "3.14159"), ("5 km", "5 miles"),
    ("5 minutes", "5 hours"), ("$5", "€5"), ("5 kg", "5 km"), ("5 million", "5"), ("50 %", "50 €"),
    ("15:30", "10:30"), ("30", "10:30"), ("10:30", "30"), ("10:30", "10"), ("10:30 pm", "10:30"),
    ("2024-05-01", "2024"), ("2024-05-01", "1"), ("1", "2024-05-01"), ("2024-05-02", "2024-05-01"),
    ("May 5", "5"), ("June 5", "May 5"), ("01/05/2024", "2024-05-01"),
    ("3-5", "5"), ("5", "3-5"), ("3-6", "3-5"), ("1.2.4", "1.2.3"), ("3", "1.2.3"), ("9:16", "16:9"),
    ("7 or 8", "7"), ("7 or 8", "8"), ("between 3 and 5", "5"), ("A622", "622"), ("2x", "2"),
    (r"\boxed{2\sqrt{3}}", "3"), (r"2\pi", "2"), ("about -3", "3"), ("none", "0"), ("", "0"),
    ("one of them", "1"), ("#### 41\nIt is 42 of 42.", "42"), ("x > 5", "5"), ("1e999999", "1"),
    ("The answer is 41, not 42.", "42"), ("1920x1080", "1080"), ("−5", "5"), ("10^3", "3"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "target"), SAME)
def test_the_same_quantity_in_another_form_is_right(answer: str, target: str) -> None:
    assert NUMERIC.score(answer, [target]) == 1
    assert NUMERIC.lenient(answer, [target]) == 1


@pytest.mark.parametrize(("answer", "target"), OTHER)
def test_another_quantity_is_wrong_whatever_its_last_digits(answer: str, target: str) -> None:
    assert NUMERIC.score(answer, [target]) == 0


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("1.234", "1234"),
        ("1,234", "1.234"),
        ("01/05/2024", "2024-05-01"),
        ("622 is the number of 7 letters", "622"),
        ("7 or 8", "7"),
    ],
)
def test_the_lenient_reading_takes_every_number_in_any_convention(answer: str, target: str) -> None:
    assert NUMERIC.lenient(answer, [target]) == 1


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("many", "no number"),
        ("", "no number"),
        ("3 of 5 days", "several numbers"),
        ("(1, 2)", "several numbers"),
        ("A622", "not read as a number"),
        ("2x", "not read as a number"),
        ("7 or 8", "several"),
        ("555-12-1234", "not read as a number"),
        ("1/0", "not read as a number"),
        ("9" * 1000, "not read as a number"),
    ],
)
def test_a_target_that_is_not_one_quantity_is_named_and_matches_nothing(
    target: str, reason: str
) -> None:
    assert isinstance(NUMERIC, BuiltIn)
    said = NUMERIC.unread(target)

    assert said is not None
    assert reason in said
    assert NUMERIC.score(target or "x", [target]) == 0


@pytest.mark.parametrize(
    "target",
    ["42", "42 dogs", "3/4", "10:30", "2024-05-01", "3-5", "1.2.3", "7,5", "five", "-5 °C"],
)
def test_a_target_that_is_one_quantity_is_right_as_its_own_answer(target: str) -> None:
    assert isinstance(NUMERIC, BuiltIn)
    assert NUMERIC.unread(target) is None
    assert NUMERIC.score(target, [target]) == 1
    assert NUMERIC.full_marks_in(f"As we know, {target} it is.", [target]) or target == "five"


HOSTILE = (
    "1", "1,", "1 ", "1/", "1.", "1-", "1:", "1 111 ", "1^", "1e", "-", "- ", "May ", "1 h ",
    "\\frac{", "\\frac{1}{", "$", "\\text{", "1½", "⁵", "1x", "a1", "$1", "5万", "1年", "=1 ",
    "minus ", "**1**", "answer: ", "the answer is ", "答案", "####", "#### 1\n", "\\boxed{", "1\n",
)  # fmt: skip


@pytest.mark.parametrize("piece", [*HOSTILE, pytest.param("".join(HOSTILE), id="all")])
@pytest.mark.parametrize(
    ("length", "seconds"), [(5_000, 5), pytest.param(20_000, 4, marks=pytest.mark.slow)]
)
def test_hostile_numbers_are_read_in_time(piece: str, length: int, seconds: float) -> None:
    assert seconds_to_read(piece * (length // len(piece))) < seconds


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["1 ", "\\frac{1}{", "$1", "1\n"])
def test_no_length_of_hostile_numbers_takes_longer(piece: str) -> None:
    assert seconds_to_read(piece * (60_000 // len(piece))) < 5


def seconds_to_read(text: str) -> float:
    started = time.process_time()
    NUMERIC.score(text, ["7"])
    NUMERIC.lenient(text, ["7"])
    return time.process_time() - started


def test_a_digit_of_a_newer_unicode_than_pythons_is_left_as_it_is() -> None:
    assert NUMERIC.score("\U00016130", ["\U00016130"]) == 0
    assert NUMERIC.score("\U00016130 42", ["42"]) == 1


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("9 (4 apples and 5 pears)", "9"),
        ("18 (confidence: 90%)", "18"),
        ("42 [1]", "42"),
        ("9 (4 + 5 = 9)", "9"),
        ("It takes 2 hours (120 minutes)", "120"),
        ("I think it's 18, but it could be 20.", "18"),
        ("It could be 20.", "20"),
        ("Half of the 10 are red, so 5.", "5"),
        ("~~20~~ 18", "18"),
    ],
)
def test_a_remark_is_not_the_answer(answer: str, number: str) -> None:
    assert NUMERIC.score(answer, [number]) == 1


def test_a_part_of_a_number_is_not_that_number() -> None:
    assert NUMERIC.score("None of the 5 apples are left.", ["5"]) == 0


@pytest.mark.parametrize(
    ("answer", "target"),
    [
        ("no apples", "0"),
        ("None of the 5 apples are left.", "0"),
        ("ten to one", "10:1"),
        ("half past two", "2:30"),
        ("Half past two.", "14:30"),
        ("quarter to two", "1:45"),
        ("noon", "12:00"),
        ("twenty-five hundred", "2500"),
        ("a week", "7 days"),
    ],
)
def test_what_is_said_in_words_is_not_known_to_be_wrong(answer: str, target: str) -> None:
    assert isinstance(NUMERIC, BuiltIn)
    assert NUMERIC.lenient(answer, [target]) == 1 or NUMERIC.meant_alike(answer, [target])


@pytest.mark.parametrize(
    ("answer", "target"),
    [("no apples", "3"), ("No, 5 apples", "0"), ("I have no idea", "0"), ("half past two", "2:45")],
)
def test_other_words_stay_wrong(answer: str, target: str) -> None:
    assert isinstance(NUMERIC, BuiltIn)
    assert NUMERIC.score(answer, [target]) == NUMERIC.lenient(answer, [target]) == 0
    assert NUMERIC.meant_alike(answer, [target]) == ""
