"""`loosely_in`: whether a target stands in an answer but for how people write the same thing.

It belongs to the lenient reading alone: it may keep a right answer from being called wrong, and no
strict score rests on it.
"""

import html
from contextlib import suppress
from functools import lru_cache

import regex

from ladder.scoring.denials import NOT_WORDS
from ladder.scoring.loose_spelling import spellings
from ladder.scoring.numbers.final_answer import stated_quantities, target_quantity
from ladder.scoring.numbers.number_words import number_in_words
from ladder.scoring.numbers.quantity import Quantity, any_sense_equal
from ladder.scoring.plain_math import plain_math
from ladder.scoring.plain_text import folded, plain
from ladder.scoring.target_in_text import Searchable
from ladder.scoring.web_addresses import address_of, addresses_in

_ITEM = regex.compile(r"^[ \t]*(?:\d{1,3}[.)]|[-*+•])[ \t]+", regex.MULTILINE)
_TOKEN = regex.compile(
    r"(?:(?<![\p{L}\p{N}\p{M})\]_])[-−])?\p{N}+(?:[.,:/-]\p{N}+)*|[\p{L}\p{M}\p{N}_]+|[^\s\p{L}\p{M}\p{N}_]"
)
_ESCAPE = regex.compile(r"\\u([0-9a-fA-F]{4})")
_MISREAD = regex.compile(r"[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]")
_GROUPED = regex.compile(r"(?<![\d.,])[+(]?\d(?:[ ()/-]{0,2}\d){6,19}(?![\d.,]\d)")
_DIGIT = regex.compile(r"\d")
_LAST_FIRST = regex.compile(r"(\p{Lu}[\p{L}'-]*), (\p{Lu}[\p{L}'.-]*(?: \p{Lu}[\p{L}'.-]*)?)")
_ARTICLE = regex.compile(r"\A(?:the|an?)\s+(?=\S)")
_GAP = regex.compile(r"\s*([^\w\s])\s*")
_SOFT = frozenset(",;.:|•·-–—*`\"'’\u2018“”„«»()[]{}…、\uff0c\uff1b。&") | {
    "and",
    "und",
    "et",
    "y",
    "e",
}
_CURRENCIES = ("", "$", "€", "£", "¥", "₹", "US$", "CHF", "USD", "EUR")
_TRUTHS = {
    "true": "yes",
    "false": "no",
    "yes": "yes",
    "no": "no",
    "correct": "yes",
    "incorrect": "no",
}
_PLACES = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th",
           "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th"}  # fmt: skip
_COMPARED = frozenset({"number", "date", "time", "range"})
_MOST_CHARACTERS = 20_000


def loosely_in(answer: str, target: str, *, keep_case: bool = False) -> bool:
    r"""Return whether a target stands in an answer in another common form.

    A quantity, date or web address may be written another way, letters may lack their marks, the
    words of a target may have other marks between them, and an answer may hold HTML entities.

    >>> loosely_in("$1,234.00", "1234"), loosely_in("March 3, 2024", "2024-03-03")
    (True, True)
    >>> loosely_in("Lovelace, Ada", "Ada Lovelace"), loosely_in("(555) 1000", "555-1000")
    (True, True)
    >>> loosely_in("- Oslo\n- Rome", "Oslo, Rome"), loosely_in("Tom &amp; Co", "Tom & Co")
    (True, True)
    >>> loosely_in("Rome, Oslo", "Oslo, Rome"), loosely_in("0.7", "007"), loosely_in("C++", "C")
    (False, False, False)
    """
    told = answer[-_MOST_CHARACTERS:]
    said = unescaped(told)
    if said != told and Searchable(said, keep_case=keep_case).states(target):
        return True
    if _holds_digits(said, target) or _holds_quantity(said, target) or _is_same_truth(said, target):
        return True
    if address := _address(target):
        return address in addresses_in(said)
    if _holds_spelling(said, target, keep_case=keep_case):
        return True
    if _is_but_for_article(said, target) or _holds_words(said, target, keep_case=keep_case):
        return True
    is_turned = ("," in target) != ("," in said)
    names = _name_in_order(said), _name_in_order(target)
    return is_turned and _holds_words(*names, keep_case=keep_case)


def unescaped(text: str) -> str:
    r"""Return a text without the escapes of HTML and JSON, and without UTF-8 taken for Latin-1.

    >>> unescaped("Caf&eacute;"), unescaped(r"Caf\u00e9"), unescaped("CafÃ©"), unescaped("Café")
    ('Café', 'Café', 'Café', 'Café')
    """
    text = _ESCAPE.sub(lambda found: chr(int(found.group(1), 16)), html.unescape(text))
    if not _MISREAD.search(text):
        return text
    for encoding in ("latin-1", "cp1252"):
        with suppress(UnicodeError):
            return text.encode(encoding).decode()
    return text


def _holds_digits(answer: str, target: str) -> bool:
    """Return whether a telephone or account number stands there, parted in whatever way."""
    if _GROUPED.fullmatch(target.strip()) is None:
        return False
    wanted = "".join(_DIGIT.findall(target))
    return any(wanted == "".join(_DIGIT.findall(each)) for each in _GROUPED.findall(answer))


def _holds_spelling(answer: str, target: str, *, keep_case: bool) -> bool:
    """Return whether a target stands there without the marks of its letters, or they are there."""
    wanted, told = _spellings(target), spellings(answer)
    if told == (answer,) and wanted == (target,):
        return False
    if any(_bare(text) == _bare(each) for each in wanted for text in told):
        return True
    texts = [Searchable(text, keep_case=keep_case) for text in told]
    return any(text.states(each) for each in wanted for text in texts)


def _is_but_for_article(answer: str, target: str) -> bool:
    """Return whether the whole answer is the target but for `the` or `a`, and gaps at marks."""
    return bool(wanted := _bare(target)) and _bare(answer) == wanted


def _is_same_truth(answer: str, target: str) -> bool:
    truth = _truth(target)
    return bool(truth) and truth == _truth(answer)


def _truth(text: str) -> str:
    """Return `yes` or `no` for a whole text that says one of them in some word."""
    return _TRUTHS.get(folded(plain(text)).strip(" .*_`\"'!"), "")


def _bare(text: str) -> str:
    bare = _ARTICLE.sub("", folded(plain(text)).strip(" .*_`\"'"))
    return str(_GAP.sub(r"\1", bare))


def _name_in_order(text: str) -> str:
    """Return `Ada Lovelace` for `Lovelace, Ada`, and any other text as it is."""
    found = _LAST_FIRST.fullmatch(plain(text).rstrip("."))
    return f"{found.group(2)} {found.group(1)}" if found else text


def _holds_quantity(answer: str, target: str) -> bool:
    wanted = _whole_quantity(target)
    return wanted is not None and any(
        any_sense_equal(each, wanted) for each in stated_quantities(answer)
    )


_address = lru_cache(maxsize=4096)(address_of)
_spellings = lru_cache(maxsize=4096)(spellings)


@lru_cache(maxsize=4096)
def _whole_quantity(target: str) -> Quantity | None:
    """Return the quantity that a target is from end to end; none for a code such as `007`."""
    typed = plain_math(plain(target))
    if words := number_in_words(target):
        return target_quantity(words).quantity
    read = target_quantity(target).quantity
    is_code = regex.match(r"0\d", typed) is not None and read is not None and read.kind == "number"
    if read is None or read.kind not in _COMPARED or is_code:
        return None
    is_first = typed[: read.start].strip() in _CURRENCIES
    return read if is_first and read.after == len(typed) else None


def _holds_words(answer: str, target: str, *, keep_case: bool) -> bool:
    wanted = _words(target, keep_case=keep_case)
    if len(wanted) < 2:
        return False
    said = _words(answer, keep_case=keep_case)
    last = len(said) - len(wanted)
    return any(
        said[at : at + len(wanted)] == wanted and not (at and said[at - 1] in NOT_WORDS)
        for at in range(last + 1)
    )


def _words(text: str, *, keep_case: bool) -> list[str]:
    bare = _ITEM.sub("", plain(text))
    tokens = _TOKEN.findall(bare if keep_case else folded(bare))
    return [_PLACES.get(token, str(token)) for token in tokens if token not in _SOFT]
