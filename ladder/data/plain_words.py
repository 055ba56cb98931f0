"""`words_in` and `letters_in`: the words and the letters of a text, without all that says nothing.

Case, white space, punctuation, marks without a shape and the form of Unicode do not count.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from urllib.parse import unquote_plus

import regex

_GLUE = frozenset("'`\u00b4\u2018\u2019\u02bc-\u2010\u2011\u0307")
"""Punctuation that stands inside words: `don't`, `top-up`; it leaves no gap where it is dropped."""

_THAI = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_HAN = "\u2e80-\u312f\u31a0-\u31bf\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DENSE = re.compile(f"[{_THAI}{_HAN}\uac00-\ud7af]")
_GAPLESS = re.compile(f"[{_THAI}{_HAN}]")
"""Characters of scripts that put no gaps between words."""

_THAI_ONLY = re.compile(f"[{_THAI}]")
_MIXED = regex.compile(r"\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}")
_LOOK_ALIKES = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458\u0455"
    "\u03b1\u03b2\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abekmhopctyxijsabeikvoptux",
)
"""Small letters of Cyrillic and Greek, and the Latin ones that they, or their capitals, look like."""

_ENCODED = re.compile(r"\S*%[0-9a-f]{2}\S*%[0-9a-f]{2}\S*", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|b|i|u|em|strong|span|div|a|ul|ol|li|td|th|tr|table|h[1-6]|br)(?:\s[^<>]{0,200})?/?>",
    re.IGNORECASE,
)


class _Fold(dict[int, str | None]):
    """What becomes of each character: itself, nothing, or a gap."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        category = unicodedata.category(character)
        kept: str | None = " "
        if character == "\u0131":
            kept = "i"
        elif character in _GLUE or category == "Cf":
            kept = None
        elif category[0] in "LN" or category in ("Mn", "Mc"):
            kept = character
        self[code] = kept
        return kept


_FOLD = _Fold()
_LETTERS = {code: None if _FOLD[code] == " " else _FOLD[code] for code in range(128)}


class _Parted(dict[int, str | None]):
    """The same, with a gap on both sides of a character of a script that puts none between words."""

    def __missing__(self, code: int) -> str | None:
        kept = _FOLD[code]
        if kept and _GAPLESS.match(kept):
            kept = f" {kept} "
        self[code] = kept
        return kept


class _Stretched(dict[int, str]):
    """Each character of a dense script threefold, all others as they are."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = 3 * character if _DENSE.match(character) else character
        return self[code]


_PARTED = _Parted()
_STRETCHED = _Stretched()


def words_in(text: str) -> list[str]:
    r"""Return the words of a text in lower case, without all that says nothing.

    A character of a script without gaps (Han, Kana, Thai) is a word of its own.

    >>> words_in("  Where's my\u200b CARD?"), words_in("卡在哪里?")
    (['wheres', 'my', 'card'], ['卡', '在', '哪', '里'])
    """
    if text.isascii():
        return text.lower().translate(_FOLD).split()
    return _small(text).translate(_PARTED).split()


def _small(text: str) -> str:
    """Return a text in small letters, those that only look like Latin ones written as these."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return folded.translate(_LOOK_ALIKES) if _MIXED.search(folded) else folded


def letters_in(text: str) -> str:
    """Return the letters and digits of a text alone: those of its `words_in`, without markup.

    >>> letters_in("Where's <b>my</b> CARD?")
    'wheresmycard'
    """
    text = without_markup(text)
    if text.isascii():
        return text.lower().translate(_LETTERS)
    return "".join(_small(text).translate(_FOLD).split())


def without_markup(text: str) -> str:
    """Return a text without the escapes and the commonest tags of HTML, nor those of a URL.

    >>> without_markup("<p>Tom &amp; Co</p>"), without_markup("a < b > c")
    ('Tom & Co', 'a < b > c')
    >>> without_markup("Where%20is%20it%3F")
    'Where is it?'
    """
    if "%" in text:
        text = _ENCODED.sub(lambda found: unquote_plus(found.group()), text)
    if "&" in text and ";" in text:
        text = html.unescape(text)
    return _TAG.sub("", text) if "<" in text else text


def stretched(letters: str) -> str:
    """Return letters with each character of a dense script threefold: it says as much as three.

    >>> stretched("a卡")
    'a卡卡卡'
    """
    return letters if letters.isascii() else letters.translate(_STRETCHED)


def size_of(words: Sequence[str]) -> float:
    """Return how many words a text has; two Han characters or four Thai letters count as one.

    >>> size_of(["where", "is", "it"]), size_of(["卡", "在", "哪", "里"])
    (3, 2.0)
    """
    if "".join(words).isascii():
        return len(words)
    alone = [word for word in words if len(word) == 1 and not word.isascii()]
    thai = sum(1 for word in alone if _THAI_ONLY.match(word))
    han = sum(1 for word in alone if _GAPLESS.match(word)) - thai
    return len(words) - 0.75 * thai - 0.5 * han if alone else len(words)


def missing_words(words: Sequence[str], others: Sequence[str]) -> float:
    """Return how many of the words the others lack, counted as `size_of` counts them."""
    return size_of(list((Counter(words) - Counter(others)).elements()))
