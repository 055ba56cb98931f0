"""Copies are found by keys that cannot be dodged, and what is merely similar is not."""

import time
from itertools import permutations

import pytest

from ladder.data.copies import find_copies, find_repeats, first_of_each

EVAL = "Which street behind the station has the number of the old plan of our town?"
SHORT = "Where is my card?"


def kind_of(text: str, other: str, *, within: bool = False) -> str | None:
    """Return how a text stands in another one."""
    pairs = find_copies([text], [other], within=within).pairs
    return pairs[0].kind if pairs else None


@pytest.mark.parametrize(
    ("text", "other", "kind"),
    [
        (EVAL, EVAL.upper(), "same"),
        (EVAL, "  ".join(EVAL.split()), "same"),
        (EVAL, "\u200b".join(EVAL), "same"),
        (EVAL, "Dear team,\n\n" + EVAL + "\n\nBest regards", "same"),
        (EVAL, f"I was there in May. {EVAL}", "held"),
        (EVAL, " ".join(reversed(EVAL.split())), "reordered"),
        (EVAL, EVAL.replace("station", "church"), "near"),
        (EVAL, EVAL.replace("behind ", ""), "near"),
        (EVAL, EVAL.replace("station", "staiton"), "near"),
        (SHORT, "HELLO, WHERE IS MY CARD", "same"),
        ("How can I change my account number", "How can I chnage my account number", "near"),
        ("我的银行卡在哪里可以找到呢\uff1f", "你好\uff01我的银行卡在哪里可以找到呢\uff1f谢谢", "same"),
        ("我的银行卡在哪里可以找到呢请告诉我\uff1f", "我的信用卡在哪里可以找到呢请告诉我\uff1f", "near"),
        ("Где находится улица за старым вокзалом города?", "улица за старым вокзалом города где находится", "reordered"),
        ("ถนนหลังสถานีรถไฟเก่าของเมืองนี้ชื่ออะไรคะ", "ถนนหลังสถานีรถไฟเก่าของเมืองนี้ชื่ออะไรคะ สวัสดี", "same"),
    ],
)  # fmt: skip
def test_a_copy_in_a_row_is_found(text: str, other: str, kind: str) -> None:
    assert kind_of(text, other) == kind


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (SHORT, "Where is my cat?"),
        (SHORT, "Where is my card reader?"),
        ("How do I top up my card?", "How do I top up my card with a cheque?"),
        ("What is the number of locker 5 in the hall?", "What is the number of locker 6 in the hall?"),
        ("When do I find the code of my new card?", "Where do I find the code of my new card?"),
        ("A dog bites the man in the park", "A man bites the cat in the park"),
        ("I would like to change my pin.", "I would like to change my address."),
        ("My card is lost", "My money is lost"),
        ("Go from 3 to 5 by the old road", "Go from 5 to 3 by the old road"),
        ("The trip to the old town costs 12", "The trip to the old town costs 120 francs"),
    ],
)  # fmt: skip
def test_a_row_that_is_merely_similar_is_none(text: str, other: str) -> None:
    assert kind_of(text, other) is None


@pytest.mark.parametrize(
    ("text", "other", "kind"),
    [
        (EVAL, f"Seen in the exam of May: {EVAL.lower()} Mill Lane.", "held"),
        (EVAL, f"Seen in May {EVAL.rstrip('?').replace('of', '')} and so on", None),
        (EVAL, f"Seen in May. {EVAL.replace('station', 'church')} Mill Lane.", "near"),
        (EVAL, f"Seen. {' '.join(reversed(EVAL.split()))} Mill Lane.", "reordered"),
        (EVAL, f"Seen. {'  '.join(EVAL.split()).replace('the ', 'the')} Mill Lane.", "held"),
        (SHORT, "Q: Where is my card?\nA: In your bag.", "held"),
        ("Germany", "Germany: Berlin is its capital.", None),
        ("What is the number of trip 1", "What is the number of trip 12? It is 3.", None),
        ("Who built the old tower in the town of Ulm?", "A monk built the old tower in the town of Ulm.", None),
        ("Who built the old tower in the town of Ulm?", "Who built this old tower in the town of Ulm? A monk.", "near"),
    ],
)  # fmt: skip
def test_a_passage_is_one_where_it_holds_the_question(
    text: str, other: str, kind: str | None
) -> None:
    assert kind_of(text, other, within=True) == kind


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("My name is {} and the printer on my floor is broken since Monday.", "Anna Meier", "Paul Meier"),
        ("The file for Mr. {} is missing from the list of this week", "Brown", "Smith"),
        ("The order from {} is late and the customer asks for a refund", "Berlin", "Hamburg"),
        ("How do I install the new app on an {} phone at work?", "Android", "iPhone"),
        ("Is it possible to pay with {} Pay at the till of the shop?", "Apple", "Google"),
        ("What does the function {} return when the list is empty?", "parse_args", "read_args"),
        ("What does function {} do when it is given an empty list?", "foo", "bar"),
        ("What does `df.{}` do with rows that have no partner here?", "merge", "join"),
        ("What is the plural of the noun '{}' in this long sentence?", "mouse", "child"),
        ("How is the word {} said in the language of the north?", "house", "tree"),
    ],
)  # fmt: skip
def test_a_name_or_code_or_quote_in_the_place_of_another_makes_another_text(
    text: str, one: str, other: str
) -> None:
    assert kind_of(text.format(one), text.format(other)) is None


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("Is the shop at the old town hall open on {} morning?", "Monday", "Sunday"),
        ("The invoice of {} was paid twice and I want my money back", "March", "April"),
        ("How many {} does the bus from the station take to arrive?", "minutes", "hours"),
        ("Who won the {} game of the season in the old hall?", "first", "last"),
        ("How do I turn {} the alarm of the back door at night?", "on", "off"),
        ("Can I change the address of my parcel {} it is shipped?", "before", "after"),
        ("Which colour does the lamp show when the {} button is held?", "red", "green"),
        ("Why {} I send money abroad with the new app today?", "can", "can't"),
        ("Is it {} to open the door from the inside at night?", "possible", "impossible"),
        ("Wie kann ich die Karte in der App am Abend {} sperren?", "", "nicht"),
        ("{} I pay with the new card in a shop abroad?", "Can", "How can"),
        ("{} the old bridge over the river been closed this year?", "Has", "Why has"),
    ],
)
def test_an_opposite_a_negation_or_another_mood_makes_another_text(
    text: str, one: str, other: str
) -> None:
    assert kind_of(text.format(one), text.format(other)) is None


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("How can I {} a new card for my account at the bank?", "get", "obtain"),
        ("Why {} my card work in the shop at the old station?", "can't", "cannot"),
        ("Why {} my card work in the shop at the old station?", "won't", "doesn't"),
        ("When did Anna visit {} with the choir of the old school?", "Berlin", "Berlni"),
        ("Where is {} station of the line to the old harbour?", "the", "that"),
        ("What does the function parse_args {} when the list is empty?", "return", "give"),
        ("HOW CAN I PAY FOR A {} OF THE OLD TOWN?", "PICTURE", "PHOTO"),
        ("I like the {} that Apple sells in the shop at the station", "phone", "Phones"),
        ("{} built the tower of the church in the town of Ulm?", "Who", ""),
        ("I lost my phone and need help {} it this very morning.", "securing", "protecting"),
    ],
)
def test_a_wording_that_differs_by_one_word_is_still_a_copy(
    text: str, one: str, other: str
) -> None:
    assert kind_of(text.format(one), text.format(other)) == "near"


def test_the_fillers_of_a_template_make_other_texts() -> None:
    towns = ("Ulm", "Bern", "Oslo", "Lima", "Rome")
    texts = [f"What is the name of the mayor of the town of {town}?" for town in towns]

    found = find_copies(texts[:3], [*texts[3:], texts[0].replace("name", "title")])

    assert [(copy.at, copy.to, copy.kind) for copy in found.pairs] == [(0, 2, "near")]


def test_names_that_differ_by_a_letter_are_fillers_too() -> None:
    names = ("Sane", "Pane", "Numa", "Milul", "Dilul", "Rorin")
    texts = [f"What is the badge number of {name}?" for name in names]

    assert find_copies(texts[::2], texts[1::2]).pairs == []


def test_repeats_are_named_once() -> None:
    texts = [EVAL, SHORT, EVAL.lower(), SHORT.upper()]

    assert [copy[:3] for copy in find_repeats(texts).pairs] == [(0, 2, "same"), (1, 3, "same")]


def test_of_passages_that_are_the_same_the_first_stays() -> None:
    bait = "Locker 5: ask the desk."

    assert first_of_each([bait, bait + " ", bait.upper(), "Locker 6: ask the desk."]) == [0, 3]
    assert first_of_each(["Gain: +5", "Gain: -5", "!!!", "???"]) == [0, 1, 2, 3]


@pytest.mark.slow
def test_texts_of_the_same_words_end_at_the_bound() -> None:
    texts = [
        " ".join(order)
        for order in permutations(["all", "of", "these", "words", "are", "the", "same"])
    ]

    started = time.process_time()
    found = find_copies(texts[:600], texts[600:1200])

    assert found.n_skipped > 0
    assert time.process_time() - started < 30


@pytest.mark.slow
def test_many_rows_of_one_template_take_seconds() -> None:
    texts = [f"Which street, behind the station, is number {at} in the plan?" for at in range(2000)]

    started = time.process_time()

    assert find_copies(texts, texts[:1000]).pairs == [(at, at, "same", 1.0) for at in range(1000)]
    assert time.process_time() - started < 40


def test_nothing_is_found_in_nothing() -> None:
    assert find_copies([], []).pairs == find_copies([EVAL], []).pairs == []
    assert find_copies([""], ["", " "]).pairs == [(0, 0, "same", 1.0), (0, 1, "same", 1.0)]


def test_rows_around_one_long_document_of_few_words_are_compared_as_short_ones() -> None:
    document = "the fox and the hound and the bear " * 400
    asked = ["who follows the fox home tonight", "who follows the hound home tonight"]
    rows = [f"{document}{each} {document}" for each in (*asked, "who folows the fox home tonight")]

    found = find_repeats(rows).pairs

    assert (0, 2) in [(copy.at, copy.to) for copy in found]


def test_another_question_about_one_long_document_is_no_copy_and_nor_is_the_document() -> None:
    contract = " ".join(
        f"clause {at} names party{at % 7} and sum{at % 11} of part{at}" for at in range(50)
    )
    asked = f"{contract}.\n\nIs the deposit returned at the end of the lease?"
    other = f"{contract}.\n\nIs a notice period agreed upon between both sides?"
    copied = asked.replace("clause 30", "article 30").replace("returned", "given back")

    found = find_copies([asked], [other, contract, copied]).pairs

    assert [(copy.to, copy.kind) for copy in found] == [(2, "near")]


def test_one_other_word_in_a_short_question_at_the_end_is_a_copy_all_the_same() -> None:
    mail = "My new card was charged twice on Monday morning in the shop near the station."

    assert find_copies([f"{mail} What now?"], [f"{mail} What next?"]).pairs


_TICKET = (
    "The washing machine that I bought from your shop in spring stopped in the middle of a cycle and "
    "the door will not open, so that my clothes have been inside since yesterday. I pulled the plug, "
    "waited for an hour and tried again, but the light only blinks twice. The receipt is attached, "
    "and I am at home every afternoon until Friday this week."
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{} Can you please send somebody soon?", "{} Could you send a person quickly?"),
        ("{} Can you please send somebody soon?", "{} Kindly send me a person."),
        ("How are you doing today? {}", "I hope you are well. {}"),
        ("How are you doing today? {}", "Is everything well with you? {}"),
    ],
)
def test_a_ticket_whose_question_alone_is_worded_differently_is_a_copy_both_ways(
    one: str, other: str
) -> None:
    texts = one.format(_TICKET), other.format(_TICKET)

    assert find_copies([texts[0]], [texts[1]]).pairs
    assert find_copies([texts[1]], [texts[0]]).pairs


@pytest.mark.parametrize(
    ("other", "is_copy"),
    [
        ("Is a notice period agreed upon between both sides?", False),
        ("Who insures the house?", False),
        ("Who pays the deposit to the agent?", False),  # names the deposit too
        ("Will the deposit be given back when the lease ends?", True),
        ("Tell me whether the deposit is returned.", True),
    ],
)
def test_a_question_about_a_long_document_is_compared_alike_from_both_sides(
    other: str, *, is_copy: bool
) -> None:
    contract = " ".join(
        f"clause {at} names party{at % 7} and sum{at % 11} of part{at}" for at in range(50)
    )
    texts = (
        f"{contract}.\n\nIs the deposit returned at the end of the lease?",
        f"{contract}.\n\n{other}",
    )

    assert bool(find_copies([texts[0]], [texts[1]]).pairs) == is_copy
    assert bool(find_copies([texts[1]], [texts[0]]).pairs) == is_copy
