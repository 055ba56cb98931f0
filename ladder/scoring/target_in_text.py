"""`stands_in`: whether a target stands in a text, as the readers of its script would say.

One function answers this for the metrics, for the lenient reading and for the recall and the
ceilings of retrieval. Case, white space, emphasis, quotes and invisible characters do not count.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import regex

from ladder.scoring.denials import is_denied_at
from ladder.scoring.numbers.measurement_units import unit_at
from ladder.scoring.numbers.quantities import quantities_in
from ladder.scoring.plain_math import plain_digits
from ladder.scoring.plain_text import folded, plain, readable, unquoted, without_struck

_Class = Literal["digit", "letter", "mark", "hangul", "katakana", "gapless", "other"]

_CLASSES: tuple[tuple[_Class, "regex.Pattern[str]"], ...] = (
    ("mark", regex.compile(r"\p{M}")),
    ("digit", regex.compile(r"\p{N}")),
    ("hangul", regex.compile(r"\p{Hangul}")),
    ("katakana", regex.compile(r"[\p{Katakana}ー]")),
    (
        "gapless",
        regex.compile(r"[\p{Han}\p{Hiragana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"),
    ),
    ("letter", regex.compile(r"[\p{L}_]")),
)
_PARTICLES = (
    "은|는|이|가|을|를|의|에|에서|에게|에는|에도|께|로|으로|로서|으로서|로써|와|과|도|만|까지|부터|보다|처럼"
    "|마다|조차|밖에|이나|나|이랑|랑|하고|이며|며|이고|고|이다|다|입니다|이에요|예요|에요|이야|야|이죠|죠|네요"
    "|이네요|군요|이군요|이라고|라고|이라는|라는|이라|라|이란|란|인|일|임|인데|이지만|지만|이었다|였다|이었습니다"
    "|였습니다|됩니다|합니다|적|적인|적이다|적입니다|적으로|님|씨|들|요"
)
_AFTER_KOREAN = regex.compile(rf"(?:{_PARTICLES}){{1,4}}(?!\p{{Hangul}})")
_THAI_BEFORE = frozenset("เแโใไເແໂໃໄ")
_THAI_AFTER = frozenset("ะาำๅະາຳ")
_HAN_NUMBERS = frozenset("〇零一二三四五六七八九十百千万萬亿億兆两兩")
_NUMBER_SIGNS = frozenset("万萬億亿千百十兆만억천백조")
_DIGIT = re.compile(r"\d")
_ADDRESS_GOES_ON = re.compile(r"[/?#&=%~.@:-]{0,2}[A-Za-z0-9_]")
_MILLIONS = re.compile(r"(?<=\d)[MB](?!\w)")
_NEAR = 48
_MOST_PLACES = 1_000
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201b": "'", "`": "'", "“": '"', "”": '"',
                         "„": '"', "«": '"', "»": '"', "\u2010": "-", "\u2011": "-"})  # fmt: skip
_EMPHASIS = tuple(
    re.compile(rf"(?<![0-9A-Za-z{mark}]){mark}{{1,3}}(?=[^\s{mark}])([^{mark}\n]{{1,400}}?)"
               rf"(?<=[^\s{mark}]){mark}{{1,3}}(?![0-9A-Za-z{mark}])")
    for mark in (r"\*", "_", "~")
)  # fmt: skip


def stands_in(text: str, target: str, *, keep_case: bool = False) -> bool:
    """Return whether a target stands in a text by itself.

    A word is not found inside another, nor a number inside a longer one, a fraction or a time. In
    scripts without gaps between words, letters on both sides are no reason against it.

    >>> stands_in("The order number is 622.", "622"), stands_in("1,622 boxes", "622")
    (True, False)
    >>> stands_in("答案是东京。", "东京"), stands_in("감정은 긍정입니다.", "긍정")
    (True, True)
    """
    return Searchable(text, keep_case=keep_case).holds(target)


class Searchable:
    """A text made ready to be searched for many targets."""

    def __init__(self, text: str, *, keep_case: bool = False) -> None:
        self._keep_case = keep_case
        searched = without_struck(readable(text))
        bare = _without_emphasis(searched)
        texts = dict.fromkeys(_prepared(each, keep_case) for each in (searched, bare))
        self._texts = tuple(texts)

    def holds(self, target: str) -> bool:
        """Return whether a target stands in the text by itself."""
        return next(self._places(target), None) is not None

    def states(self, target: str) -> bool:
        """Return whether a target stands in the text by itself and is not denied there.

        >>> Searchable("Lyon, not Paris").states("Paris"), Searchable("It is Paris").states("Paris")
        (False, True)
        """
        return any(not is_denied_at(*place) for place in self._places(target))

    def _places(self, target: str) -> Iterator[tuple[str, int, int]]:
        """Yield text, start and end where a target stands by itself."""
        for wanted in _forms(target, self._keep_case):
            for text in self._texts:
                yield from _places(text, wanted)


@lru_cache(maxsize=4096)
def _forms(target: str, keep_case: bool) -> tuple[str, ...]:  # noqa: FBT001 - a key of the cache
    """Return a target, and what it is without quotes and the full stop that ends it."""
    clean = plain(target)
    found = [clean, unquoted(clean)]
    found += [form[:-1] for form in found if form.endswith((".", "。")) and form[:-1].strip()]
    prepared = dict.fromkeys(_prepared(form, keep_case) for form in found)
    return tuple(form for form in prepared if form)


def _prepared(text: str, keep_case: bool) -> str:  # noqa: FBT001 - as above
    text = _MILLIONS.sub(_in_words, plain_digits(text).translate(_QUOTES))
    return " ".join((text if keep_case else folded(text)).split())


def _in_words(found: re.Match[str]) -> str:
    """Return `1.2 million` for `1.2M`, which is not `1.2m` where case does not count."""
    return " million" if found.group() == "M" else " billion"


def _without_emphasis(text: str) -> str:
    text = text.replace("`", "") if "`" in text else text
    for mark, pattern in zip("*_~", _EMPHASIS, strict=True):
        if mark in text:
            text = pattern.sub(r"\1", text)
    return text


def _places(text: str, wanted: str) -> Iterator[tuple[str, int, int]]:
    start = text.find(wanted)
    for _ in range(_MOST_PLACES):
        if start < 0:
            return
        if is_whole(text, start, start + len(wanted)):
            yield text, start, start + len(wanted)
        start = text.find(wanted, start + 1)


def is_whole(text: str, start: int, end: int) -> bool:
    """Return whether what stands there is no part of a longer word or number.

    >>> is_whole("not notable", 0, 3), is_whole("not notable", 4, 7)
    (True, False)
    """
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    first, last = text[start], text[end - 1]
    if before and _are_joined(before, first):
        return False
    if after and _are_joined(last, after) and not _may_end(text, end, last):
        return False
    if after and _goes_on(text, start, end):
        return False
    if set(text[start:end]) <= _HAN_NUMBERS and ({before, after} & _HAN_NUMBERS):
        return False
    if first.isdigit() or last.isdigit() or first in "-+.":
        return _is_whole_number(text, start, end)
    return True


def _goes_on(text: str, start: int, end: int) -> bool:
    """Return whether a power is raised (`12 km` in `12 km²`), or a web address is longer."""
    if text[end] in "^²³":
        return _DIGIT.search(text, start, end) is not None
    return "://" in text[start:end] and _ADDRESS_GOES_ON.match(text, end) is not None


def _may_end(text: str, end: int, last: str) -> bool:
    """Return whether a word may end here although letters follow: particles, units."""
    if _class_of(last) == "hangul":
        return _AFTER_KOREAN.match(text, end) is not None
    return last.isdigit() and unit_at(text, end) is not None


def _is_whole_number(text: str, start: int, end: int) -> bool:
    """Return whether no number, date or time reaches over the ends; a date holds its year."""
    first = max(0, start - _NEAR)
    near = text[first : end + _NEAR]
    for each in quantities_in(near):
        begin, stop = first + each.start, first + each.end
        if begin >= end or stop <= start or (begin >= start and stop <= end):
            continue
        is_year = each.kind == "date" and end - start == 4 and text[start:end].isdigit()
        if not is_year:
            return False
    return True


def _are_joined(one: str, other: str) -> bool:
    """Return whether two neighbours belong to one word."""
    if one in _THAI_BEFORE or other in _THAI_AFTER:
        return True
    left, right = _class_of(one), _class_of(other)
    if right == "mark":
        return left != "other"
    if left == "digit" and other in _NUMBER_SIGNS:
        return True
    wordlike = {"digit", "letter", "mark"}
    if left in wordlike and right in wordlike:
        return True
    return left == right and left in ("hangul", "katakana")


@lru_cache(maxsize=4096)
def _class_of(character: str) -> _Class:
    for name, pattern in _CLASSES:
        if pattern.match(character):
            return name
    return "other"
