"""The same answer written otherwise: right by the lenient reading, and nothing else with it."""

from collections.abc import Sequence

import pytest

from ladder.scoring import load_metric
from ladder.spec.metric_spec import MetricSpec

EXACT = load_metric(MetricSpec())
LETTERS = [
    ("Muenchen", "München"), ("München", "Muenchen"), ("Munchen", "München"), ("MÜNCHEN", "Muenchen"),
    ("Die Hauptstadt ist Muenchen.", "München"), ("Sao Paulo", "São Paulo"), ("Łódź", "Lodz"),
    ("**São Paulo**", "Sao Paulo"), ("It is Malmo.", "Malmö"), ("Aarhus", "Århus"), ("Oeresund", "Øresund"),
    ("Øresund", "Oresund"), ("Weisskopf", "Weißkopf"), ("cafe", "café"), ("Ha Noi", "Hà Nội"), ("Istanbul", "İstanbul"),
    ("Δημοκρατια", "Δημοκρατία"), ("كتاب", "كِتَاب"), ("كِتَابٌ", "كتاب"), ("احمد", "أحمد"), ("العربيه", "العربية"),
    ("שָׁלוֹם", "שלום"), ("елка", "ёлка"), ("Dvořák", "Dvorak"), ("coeur", "cœur"), ("Munchen", "Mu\u0308nchen"),
    ("H2O", "H₂O"), ("H₂O", "H2O"), ("It is H$_2$O.", "H2O"), ("The formula is CO₂.", "CO2"), ("H_2SO_4", "H₂SO₄"),
    (r"$\mathrm{H_2O}$", "H₂O"), ("H<sub>2</sub>O", "H2O"), (r"\ce{H2O}", "H₂O"), ("x^2", "x²"), ("x²", "x^{2}"),
    ("x<sup>2</sup>", "x²"), ("x**2 + 1", "x² + 1"), ("12 m2", "12 m²"), ("x_1", "x₁"), ("Fe₂(SO₄)₃", "Fe2(SO4)3"),
]  # fmt: skip
OTHER_LETTERS = [
    ("Munster", "München"), ("blu", "blue"), ("tru", "true"), ("due", "du"), ("H3O", "H₂O"), ("HO2", "H₂O"),
    ("102", "10²"), ("10²", "102"), ("x3", "x²"), ("x^3", "x²"), ("12 m", "12 m²"), ("12 m3", "12 m²"), ("и", "й"),
    ("Marz", "Mainz"), ("كاتب", "كتاب"), ("שלם", "שלום"), ("हि", "हिन्दी"), ("か", "が"), ("Sao", "São Paulo"),
    ("São Paulo", "San Paulo"), ("CO", "CO₂"), ("CO2", "CO"), ("Koln", "Berlin"), ("กา", "ก่า"), ("snake2", "snake_2"),
]  # fmt: skip
ADDRESSES = [
    ("https://example.com/", "https://example.com"), ("https://example.com", "https://example.com/"),
    ("See https://example.com/a/.", "https://example.com/a"), ("http://example.com/a", "https://example.com/a/"),
    ("www.example.com", "https://www.example.com/"), ("example.com/a", "https://example.com/a/"),
    ("[link](https://example.com/a)", "https://example.com/a/"), ("<https://example.com/a>", "https://example.com/a/"),
    ("HTTPS://Example.COM/a", "https://example.com/a/"), ("https://example.com:443/a", "https://example.com/a"),
    ("https://example.com/caf%C3%A9/", "https://example.com/café"), ("(https://example.com/a/)", "https://example.com/a"),
    ("https://en.example.org/wiki/A_(b)", "https://en.example.org/wiki/A_(b)/"), ("https://example.com/?q=1", "example.com/?q=1"),
    ("请看 https://example.com/a/。", "https://example.com/a"),
]  # fmt: skip
OTHER_ADDRESSES = [
    ("https://example.com/b", "https://example.com/a"), ("https://example.com/a/b", "https://example.com/a/"),
    ("https://example.com/a/b", "https://example.com/a"), ("https://example.com/ab", "https://example.com/a"),
    ("https://example.com.au", "https://example.com"), ("https://example.org", "https://example.com"),
    ("https://example.com/A", "https://example.com/a/"), ("https://example.com/a?x=1", "https://example.com/a"),
    ("https://example.com:8080/", "https://example.com"), ("https://example.com", "https://example.com/a"),
    ("https://my-example.com/", "https://example.com/"), ("example", "https://example.com"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "target"), LETTERS + ADDRESSES)
def test_a_target_in_another_spelling_is_right_by_the_lenient_reading(
    answer: str, target: str
) -> None:
    assert EXACT.lenient(answer, [target]) == 1
    assert load_metric(MetricSpec(name="f1")).lenient(answer, [target]) == 1
    assert load_metric(MetricSpec(name="contains")).lenient(answer, [target]) == 1


@pytest.mark.parametrize(("answer", "target"), OTHER_LETTERS + OTHER_ADDRESSES)
def test_another_word_or_address_is_wrong_by_every_reading(answer: str, target: str) -> None:
    assert EXACT.score(answer, [target]) == 0
    assert EXACT.lenient(answer, [target]) == 0


def test_a_letter_with_its_marks_is_another_letter_by_the_strict_reading() -> None:
    assert EXACT.score("schon", ["schön"]) == 0
    assert EXACT.score("Muenchen", ["München"]) == 0
    assert EXACT.score("https://example.com/", ["https://example.com"]) == 0


SI, OUI, JA, TF = ("Sí", "No"), ("Oui", "Non"), ("Ja", "Nein"), ("True", "False")
DOTS = ("Yes.", "No.")
DA, HAI, SHI, NE = ("Да", "Нет"), ("はい", "いいえ"), ("是", "否"), ("네", "아니요")
BRACKETS, STOPS = ("(A)", "(B)", "(C)"), ("A.", "B.", "C.")
CHOSEN = [
    (SI, "Sí.", "Sí"), (SI, "No.", "No"), (SI, "Sí, claro", "Sí"), (SI, "No, claro que no.", "No"), (SI, "¡Sí!", "Sí"),
    (OUI, "Oui.", "Oui"), (OUI, "Oui, bien sûr.", "Oui"), (OUI, "Non, pas du tout.", "Non"), (OUI, "La réponse est non.", "Non"),
    (JA, "Ja!", "Ja"), (JA, "Nein, das stimmt nicht.", "Nein"), (TF, "True.", "True"), (TF, "The statement is true.", "True"),
    (TF, "That is false.", "False"), (TF, "This is not true.", "False"), (DA, "Да, конечно.", "Да"), (DA, "Нет, это неверно.", "Нет"),
    (HAI, "はい、そうです。", "はい"), (HAI, "いいえ、違います。", "いいえ"), (HAI, "はいです", "はい"), (SHI, "是的", "是"), (SHI, "是的，没错。", "是"),
    (SHI, "不是", None), (SHI, "否。", "否"), (NE, "네, 맞습니다.", "네"), (NE, "아니요입니다.", "아니요"), (("Sim", "Não"), "Não.", "Não"),
    (("Evet", "Hayır"), "Hayır, değil.", "Hayır"), (("نعم", "لا"), "نعم.", "نعم"), (("نعم", "لا"), "لا، هذا غير صحيح", "لا"),
    (("Sì", "No"), "Sì, certo.", "Sì"), (("Tak", "Nie"), "Tak, oczywiście.", "Tak"), (("Tak", "Nie"), "Nie wiem.", None),
    (("हाँ", "नहीं"), "हाँ।", "हाँ"), (("Sí.", "No."), "Sí", "Sí."), (("Sí.", "No."), "No, nunca.", "No."), (DOTS, "yes", "Yes."),
    (DOTS, "The answer is yes", "Yes."), (DOTS, "No, that is wrong", "No."), (STOPS, "B", "B."), (STOPS, "B) because", "B."),
    (STOPS, "The answer is C.", "C."), (STOPS, "The answer is a car", None), (BRACKETS, "B", "(B)"), (BRACKETS, "(B) Rome", "(B)"),
    (BRACKETS, "So the answer is (C).", "(C)"), (("1)", "2)"), "2", "2)"), ((":)", ":("), "It is :(", ":("),
]  # fmt: skip


@pytest.mark.parametrize(("labels", "answer", "label"), CHOSEN)
def test_a_label_of_any_language_or_dress_is_chosen(
    labels: Sequence[str], answer: str, label: str | None
) -> None:
    metric = load_metric(MetricSpec(name="choice", labels=tuple(labels)))

    assert [each for each in labels if metric.score(answer, [each]) == 1] == [label] * bool(label)
    assert [each for each in labels if metric.lenient(answer, [each]) == 1] == [label] * bool(label)


@pytest.mark.parametrize(
    ("labels", "answer", "label"),
    [
        (SI, "Si.", "Sí"), (SI, "si, claro", "Sí"), (("Sim", "Não"), "Nao.", "Não"), (("Sì", "No"), "Si", "Sì"),
        (("Hà Nội", "Huế"), "Ha Noi", "Hà Nội"), (("grün", "rot"), "gruen", "grün"), (("grün", "rot"), "Die Farbe ist grun.", "grün"),
        (("gruen", "rot"), "grün", "gruen"), (("negatif", "positif"), "négatif", "negatif"), (("كِتَاب", "قلم"), "كتاب", "كِتَاب"),
        (("café", "thé"), "The answer is cafe.", "café"), (("H₂O", "CO₂"), "H2O", "H₂O"),
        (("peché", "pêche"), "peche", None), (SI, "No, si acaso.", None), (("grün", "rot"), "grau", None),
    ],
)  # fmt: skip
def test_a_label_without_its_marks_is_chosen_by_the_lenient_reading(
    labels: Sequence[str], answer: str, label: str | None
) -> None:
    metric = load_metric(MetricSpec(name="choice", labels=tuple(labels)))
    found = [each for each in labels if metric.lenient(answer, [each]) == 1]

    assert label is None or metric.score(answer, [label]) == 0
    assert found == ([label] if label else [each for each in labels if each == "No"])


@pytest.mark.parametrize(
    "announced",
    ["Cevap: {}, çünkü", "الجواب هو {}", "उत्तर {} है।", "Jawaban: {} (2 langkah)", "Svar: {}", "Ans: {}",
     "Het antwoord is {}.", "Odpowiedź: {}", "Đáp án: {}", "Ответ: {}.", "答案是{}。", "答えは{}です。", "정답은 {}입니다.",
     "La réponse est {}.", "La respuesta es {}.", "La risposta è {}.", "A resposta é {}.", "Das Ergebnis lautet {}."],
)  # fmt: skip
def test_an_answer_is_announced_in_many_languages(announced: str) -> None:
    number = load_metric(MetricSpec(name="numeric"))
    choice = load_metric(MetricSpec(name="choice", labels=("A", "B", "C", "D")))

    assert number.score(f"Wir haben 7. {announced.format('42')}", ["42"]) == 1
    assert choice.score(announced.format("B"), ["B"]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "05-Mar-2024",
        "5/Mar/2024",
        "5 марта 2024 г.",
        "5 मार्च 2024",
        "5 mart 2024",
        "5 مارس 2024",
        "5 maart 2024",
        "5 marca 2024",
        "5. března 2024",
    ],
)
def test_a_date_is_the_same_with_the_month_of_any_language(answer: str) -> None:
    metric = load_metric(MetricSpec())

    assert metric.lenient(answer, ["2024-03-05"]) == 1
    assert metric.lenient(answer, ["2024-03-06"]) == metric.lenient(answer, ["2024-04-05"]) == 0


@pytest.mark.parametrize(
    ("answer", "target", "is_strict"),
    [
        ("2 करोड़", "20000000", True),
        ("5 ألف", "5000", True),
        ("3 juta", "3000000", True),
        ("0.5 %", "5‰", True),
        ("5 per mille", "5‰", True),
        ("0.005", "5‰", False),
        ("5 degrees Celsius", "5 °C", True),
        ("minus 5 Grad Celsius", "-5 °C", True),
        ("5 degrees", "5 °C", False),
        ("12,5 Prozent", "0.125", False),
    ],
)
def test_an_amount_is_the_same_in_other_words_for_its_size(
    answer: str, target: str, is_strict: object
) -> None:
    metric = load_metric(MetricSpec(name="numeric"))

    assert bool(metric.score(answer, [target])) == is_strict
    assert metric.lenient(answer, [target]) == 1


def test_amounts_of_another_size_stay_apart() -> None:
    metric = load_metric(MetricSpec(name="numeric"))

    for answer, target in (("5 %", "5‰"), ("5 °F", "5 °C"), ("1 bin", "1000"), ("0.05", "5‰")):
        assert metric.lenient(answer, [target]) == 0


def test_the_last_digits_of_a_float_do_not_count() -> None:
    metric = load_metric(MetricSpec(name="numeric"))

    for said, wanted in (
        ("0.6666666666666667", "0.6666666666666666"),
        ("The answer is 10.333333333333332 feet.", "10.333333333333334"),
    ):
        assert metric.score(said, [wanted]) == 1
    for said, wanted in (
        ("0.6666666666666", "0.6666666666667"),
        ("4111111111111111", "4111111111111112"),
        ("0.666666666666666", "0.666666666666777"),
    ):
        assert metric.score(said, [wanted]) == 0
