"""A text is known in any dress, and another text is another one."""

import pytest

from ladder.data.plain_words import size_of, words_in
from ladder.data.same_text import TextKeys, is_reordered, is_same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my card?", "WHERE IS MY CARD"),
        ("Where is my card?", "where  is\tmy\n card ?!"),
        ("Where is my card?", "wh\u200bere is my c\u00adard"),
        ("Where is my card?", "\uff37here is my card"),
        ("Where is my card?", "\u201cWhere, is my card\u2026\u201d"),
        ("Where is my card?", "Hello there! Where is my card? Thank you very much."),
        ("Don't top-up", "dont top up"),
        ("Where's Tom & Co?", "<p>Where&#39;s <b>Tom</b> &amp; Co?</p>"),
        ("Zürich am See", "Zu\u0308rich am See"),
        ("卡在哪里\uff1f", "卡在哪里"),
        ("Где моя карта?", "здравствуйте, где моя карта"),
        ("It costs 1,000 a day for us all", "It costs 1000 a day for us all"),
        ("It costs $1.50 or 3/4 of what we all paid.", "It costs 150 or 34 of what we all paid"),
        ("Where is my card?", "Where%20is%20my%20card%3F"),
        ("Where is my card?", "q=Where+is+my+card%3F%0A"[2:]),
        ("Where is my card?", "Wh\u0435re is my c\u0430rd?"),
        ("I have a card of a bank", "I h\u0430ve \u0430 card \u03bff a b\u03b1nk"),
        ("INDIRIM KODU NEDIR", "\u0131nd\u0131r\u0131m kodu ned\u0131r"),
    ],
)
def test_the_same_text_in_other_dress_is_the_same(one: str, other: str) -> None:
    assert is_same(TextKeys.of(one), TextKeys.of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 2 + 1?", "What is 2 - 1?"),
        ("What is 1.5?", "What is 15?"),
        ("What is 1 23?", "What is 12 3?"),
        ("What is 12 - 3?", "What is 123?"),
        ("How to learn C#", "How to learn C"),
        ("I love it 😀", "I love it 😡"),
        ("It costs 5 €", "It costs 5 $"),
        ("Is 1.50 more, in all of the towns, than 2?", "Is 150 more, in all of the towns, than 2?"),
        ("!!!", "???"),
        ("Where is my card?", "Where is my cart?"),
    ],
)
def test_another_text_is_another_text(one: str, other: str) -> None:
    assert not is_same(TextKeys.of(one), TextKeys.of(other))


def test_words_in_another_order_are_known_unless_only_numbers_changed_places() -> None:
    one = TextKeys.of("Once my card expires, what should I do?")

    assert is_reordered(one, TextKeys.of("What should I do once my card expires?"))
    assert not is_reordered(TextKeys.of("man bites dog"), TextKeys.of("dog bites man"))
    assert not is_reordered(
        TextKeys.of("A train goes from gate 3 to gate 5"),
        TextKeys.of("A train goes from gate 5 to gate 3"),
    )


def test_text_without_gaps_has_words_too() -> None:
    assert words_in("猫 cat") == ["猫", "cat"]
    assert size_of(words_in("我的银行卡在哪里可以找到呢")) == 6.5
