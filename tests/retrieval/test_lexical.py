"""A word is found however its characters are written."""

import unicodedata
from typing import Any

import pytest

from ladder.errors import DataError
from ladder.retrieval.lexical import LexicalIndex
from ladder.spec.corpus_reading import CorpusReading


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("o\ufb03ce", "office"),
        ("certi\ufb01cate", "certificate"),
        ("cer\u00adti\u00adficate", "certificate"),
        ("certi-\nficate", "certificate"),
        ("certi-\r\n  ficate", "certificate"),
        ("certi\u00ad\nficate", "certificate"),
        ("Zu\u0308rich", "Z\u00fcrich"),
        ("Z\u00fcrich", "Zu\u0308rich"),
        ("\uff27\uff21\uff34\uff25", "gate"),
        ("ga\u200bte", "gate"),
        ("ga\u2060te\ufeff", "gate"),
        ("STRASSE", "stra\u00dfe"),
        ("m\u00b2", "m2"),
        (unicodedata.normalize("NFD", "M\u00e1laga"), "M\u00c1LAGA"),
        ("ยินดีต้อนรับสู่กรุงเทพ", "กรุงเทพ"),
        ("金色的大门在北边", "大门"),
        ("हिन्दी", "हिन्दी"),
    ],
)
def test_a_word_is_found_however_it_is_written(written: str, asked: str) -> None:
    noise = [f"thing number {at}" for at in range(20)]
    index = LexicalIndex([*noise, f"{written}: K17", *noise])

    assert index.search(f"Which code has {asked} ?", 1) == [20]


OTHER_FORMS: list[tuple[str, str, dict[str, Any]]] = [
    ("Kündigungen", "Kündigung", {"language": "german"}),
    ("Die Häuser am Hafen", "Haus", {"language": "de"}),
    ("houses", "house", {"language": "English"}),
    ("les animaux", "animal", {"language": "french"}),
    ("книгу", "книги", {"language": "ru"}),
    ("ёлка", "елка", {"language": "russian"}),
    ("canciones", "canción", {"language": "spanish"}),
    ("talossa", "talo", {"language": "finnish"}),
    ("evler", "ev", {"language": "turkish"}),
    ("ISPARTA", "ısparta", {"language": "turkish"}),
    ("الكتاب", "كتاب", {"language": "arabic"}),
    ("लड़के", "लड़का", {"language": "hindi"}),
    ("ΑΘΗΝΑ", "Αθήνα", {"language": "greek"}),
    ("Zürich", "Zurich", {"fold_diacritics": True}),
    ("Łódź", "lodz", {"fold_diacritics": True}),
    ("cœur", "coeur", {}),
    ("كِتَاب", "كتاب", {}),
    ("שָׁלוֹם", "שלום", {}),
    ("٣٥", "35", {}),
    ("İstanbul", "istanbul", {}),
    ("서울에서", "서울", {}),
    ("東京タワーの高さ", "東京タワー", {}),
    ("这只猫很大", "猫", {}),
    ("iPhone15手机", "iphone15", {}),
    ("ｶﾞｲﾄﾞ", "ガイド", {}),
    ("ភាសាខ្មែរ", "ខ្មែរ", {}),
    ("an e-mail", "email", {}),
    ("1,512 rooms", "1512", {}),
    ("max_tokens", "tokens", {}),
]


@pytest.mark.parametrize(("written", "asked", "reading"), OTHER_FORMS)
def test_a_word_is_found_in_the_forms_and_scripts_of_its_language(
    written: str, asked: str, reading: dict[str, Any]
) -> None:
    noise = [f"thing number {at}" for at in range(20)]
    passages = [*noise, f"{written}: K17", *noise]
    index = LexicalIndex(passages, CorpusReading.model_validate(reading))

    assert index.search(f"Which code {asked}", 1) == [20]


def test_marks_on_letters_tell_words_apart_unless_the_task_says_otherwise() -> None:
    assert LexicalIndex(["Zürich"]).search("Zurich", 1) == []


def test_passages_without_any_word_are_refused_by_name() -> None:
    with pytest.raises(DataError, match="None of the 2 passages of the corpus has a word"):
        LexicalIndex(["?!", "…"])


def test_words_with_a_hyphen_inside_a_line_keep_their_parts() -> None:
    index = LexicalIndex(["a well-known gate", "a well", "the known"])

    assert index.search("well-known", 1) == [0]


def test_the_first_of_many_alike_are_those_of_all() -> None:
    index = LexicalIndex([f"gate {'open ' * (at % 3)}{at}" for at in range(30)])

    every = index.search("open gate", 30)

    assert [index.search("open gate", k) for k in (1, 7, 29)] == [every[:k] for k in (1, 7, 29)]
