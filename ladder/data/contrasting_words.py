"""Which exchanged, dropped or added words make two nearly equal texts different ones: numbers, names, negations.

The words are English ones, negation some others too; names and code are known by how they are
written.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import regex

from ladder.data.plain_words import words_in

QUESTIONS = frozenset(["who", "whom", "whose", "what", "when", "where", "which", "why", "how"])
_ADVERBS = frozenset(["when", "where", "why", "how"])
_AUXILIARIES_TEXT = """
am is are was were do does did has have had can could will would shall should may might must cant
cannot couldnt dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt
"""
_AUXILIARIES = frozenset(_AUXILIARIES_TEXT.split())
_NEGATIONS_TEXT = """
no not never none nothing nobody nowhere neither nor without cannot aint arent cant couldnt didnt
doesnt dont hadnt hasnt havent isnt mustnt neednt shouldnt wasnt werent wont wouldnt nicht kein
keine keinen keiner keinem nie niemals ohne pas jamais sans non nunca sin sem não senza не нет ни
без 不 没 沒 無 无 未 非
"""
_NEGATIONS = frozenset(_NEGATIONS_TEXT.split())
_LIKE_NEGATIONS = _NEGATIONS | _AUXILIARIES | {"always", "any", "ever", "every", "some", "with"}
_REVERSED = ("un", "in", "im", "il", "ir", "dis", "de", "non")
_EXCLUSIVE = """
in out; on off; up down; with without; from to; before after during; above below; over under;
inside outside; more less fewer; most least fewest; many few; always never; all none; left right;
first last next previous; max min; maximum minimum; highest lowest; higher lower; high low; big
small; large small; long short; longest shortest; largest smallest; new old; newest oldest; oldest
youngest; early late; earliest latest; fast slow; hot cold; rich poor; strong weak; north south
east west; northern southern eastern western; open close; opened closed; opening closing; add
remove; adding removing; added removed; buy sell; bought sold; send receive; sent received;
sending receiving; deposit withdraw; start stop; start end; started ended; begin end; began ended;
increase decrease; raise lower; rise fall; upload download; login logout; credit debit; lend
borrow; win lose; won lost; find lose; found lost; give take; push pull; read write; men women;
man woman; boy girl; boys girls; male female; husband wife; father mother; son daughter; brother
sister; king queen; he she; his her; him her; seconds minutes hours days weeks months years;
second minute hour day week month year decade century; daily weekly monthly yearly annually;
morning noon afternoon evening night; yesterday today tomorrow; spring summer autumn winter;
monday tuesday wednesday thursday friday saturday sunday; january february march april may june
july august september october november december; red green blue yellow black white orange purple
brown; input output; source target; client server; row column; rows columns; true false; yes no;
arrive depart; arrival departure; public private; online offline; mobile desktop; positive
negative; internal external; personal business; domestic foreign; national international; indoor
outdoor; zero one two three four five six seven eight nine ten eleven twelve twenty thirty fifty
hundred thousand million billion; first second third fourth fifth sixth seventh eighth ninth
tenth; once twice thrice; single double triple; half quarter; add subtract; multiply divide; sum
product
"""
"""Sets of words of which one, where it is true, shuts out the others."""

_SETS: dict[str, set[int]] = defaultdict(set)
"""Each of these words, and the numbers of the sets that it is in."""

for _number, _words in enumerate(_EXCLUSIVE.split(";")):
    for _word in _words.split():
        _SETS[_word].add(_number)
_NO_SET = frozenset[int]()
_INTRODUCE_TEXT = """
function method class module package library variable command parameter argument column field
table option flag word term letter file folder key named called titled
"""
_INTRODUCE = frozenset(_INTRODUCE_TEXT.split())
"""Words after which a name comes: `the function parse`."""

_TOKEN = re.compile(r"\S+")
_END = re.compile(
    r"(?<!\bM[rs])(?<!\bMrs)(?<!\b[DS][rt])[.!?:;\n\u2026][\"'\u201d\u2019)]*\s*$|^\W*$"
)
_NEAR = 8
"""Characters before a word that show whether a sentence begins there."""

_CODE = regex.compile(r"\w_+\w|\p{Ll}\p{Lu}|\w(?:::|->|\.)\w|\w\(\)|://|@|^[/~$-]{1,2}\w")
_QUOTED = re.compile(
    r"[\"\u201c\u201d\u201e\u00ab\u00bb`]([^\"\u201c\u201d\u201e\u00ab\u00bb`]{1,60})[\"\u201c\u201d\u00ab\u00bb`]"
    r"|(?<!\w)['\u2018]([^'\u2018\u2019]{1,60})['\u2019](?!\w)"
)


def is_contrast(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether words in each other's place say another thing: opposites, or a negation.

    A negation counts where it is dropped, or where its like stands without it: `can` for `can't`.

    >>> is_contrast(["in"], ["out"]), is_contrast(["monday"], ["friday"]), is_contrast(["not"], [])
    (True, True, True)
    >>> is_contrast(["able"], ["unable"]), is_contrast(["cant"], ["cannot"]), is_contrast(["a"], [])
    (True, False, False)
    """
    if _negations(one) != _negations(other) and _LIKE_NEGATIONS.issuperset((*one, *other)):
        return True
    if len(one) == len(other) == 1:
        return one[0] != other[0] and _exclude(one[0], other[0])
    lost, won = Counter(one) - Counter(other), Counter(other) - Counter(one)
    return any(_exclude(word, by) for word in lost for by in won)


def is_other_mood(frame: Sequence[str], dropped: Sequence[str]) -> bool:
    """Return whether a text that loses its first word asks whether, and no longer how.

    Args:
        frame: The words that stay, the place of the first one an empty text.
        dropped: What stood there.

    >>> is_other_mood(["", "can", "i", "pay"], ["how"]), is_other_mood(["", "is", "he"], ["who"])
    (True, False)
    """
    is_first = len(frame) > 1 and frame[0] == "" and frame[1] in _AUXILIARIES
    return is_first and len(dropped) == 1 and dropped[0] in _ADVERBS


def introduces_name(word: str) -> bool:
    """Return whether a name comes after a word.

    >>> introduces_name("function"), introduces_name("big")
    (True, False)
    """
    return word in _INTRODUCE


def names_in(text: str) -> AbstractSet[str]:
    """Return the words of a text that are written as names, as code, or in quotes.

    A capital says nothing at the start of a sentence, or where most words have one.

    >>> sorted(names_in("Can I use Apple Pay with to_csv, or 'tap'?"))
    ['apple', 'csv', 'pay', 'tap', 'to']
    >>> sorted(names_in("HOW CAN I PAY?"))
    []
    """
    found = list(_TOKEN.finditer(text))
    inner = [
        each.group()
        for each in found
        if not _END.search(text[max(0, each.start() - _NEAR) : each.start()])
    ]
    capital = [] if _is_headline(text, inner) else list(filter(_is_capital, inner))
    code = [each.group() for each in found if _CODE.search(each.group())]
    quoted = [one or two for one, two in _QUOTED.findall(text) if len(one or two) < len(text) / 2]
    return {word for part in (*capital, *code, *quoted) for word in words_in(part)}


def _is_headline(text: str, inner: Sequence[str]) -> bool:
    """Return whether capitals say nothing, as all words have one that are not small."""
    long = [token for token in inner if len(token) > _SMALL]
    return text.isupper() or (len(long) >= _SMALL and all(map(_is_capital, long)))


_SMALL = 3
"""Letters up to which a word may be small in a headline."""


def _is_capital(token: str) -> bool:
    bare = re.split(r"['\u2019]", token.strip("\"'([{\u201c\u2018.,?!;:)"))[0]
    return len(bare) > 1 and any(each.isupper() for each in bare)


def _negations(words: Sequence[str]) -> int:
    return sum(word in _NEGATIONS for word in words)


def _exclude(one: str, other: str) -> bool:
    """Return whether of two words one says that the other does not hold."""
    if not _SETS.get(one, _NO_SET).isdisjoint(_SETS.get(other, _NO_SET)):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) > 3 and any(long == prefix + short for prefix in _REVERSED)
