"""A word is found however its characters are written."""

import unicodedata

import pytest

from ladder.retrieval.lexical import LexicalIndex


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


def test_words_with_a_hyphen_inside_a_line_keep_their_parts() -> None:
    index = LexicalIndex(["a well-known gate", "a well", "the known"])

    assert index.search("well-known", 1) == [0]
