"""`meant_alike`: whether an answer may mean its target although no reading calls it right.

It only keeps a model from being called wrong for sure: no score rests on it.
"""

import ast
from contextlib import suppress
from functools import lru_cache

import regex

from ladder.scoring.loose_match import loosely_in
from ladder.scoring.plain_text import folded, plain, same_text
from ladder.scoring.short_forms import same_in_short

ONE_OF_SEVERAL = "are one of several answers that their target lists"
IN_ANOTHER_ORDER = "hold the items of their target in another order"
BUT_FOR_ZEROS = "are their target but for zeros in front"
BUT_FOR_MIDNIGHT = "are their target without the time of midnight"
BUT_FOR_UNDERSCORES = "are their target but for underscores"
BUT_FOR_SHORT_FORM = "are their target but for an abbreviation, or another common way to write it"
OPTION_TEXT = "are the text of the option whose letter is their target"
OPTION_LETTER = "are the letter of the option that is their target"
HEDGED = "name the label of their target without choosing it"
"""Clauses that go on after "the answers"."""

_LIST = regex.compile(r"\s*[\[(].*[\])]\s*", regex.DOTALL)
_ALTERNATIVES = regex.compile(r"\s*\|\s*|\s+/\s+|\s*;\s*|\s*\n\s*")
_ITEMS = regex.compile(r"\s*[,;|\n•]\s*|\s+(?:/|&|and|und|et|y|e)\s+")
_ITEM_MARK = regex.compile(r"^(?:\d{1,3}[.)]|[-*+•])\s+")
_MIDNIGHT = regex.compile(r"(?<=\d)[ T]0?0:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?\s*\Z")
_DIGITS = regex.compile(r"\d+")
_MOST_CHARACTERS = 2_000


@lru_cache(maxsize=65_536)
def meant_alike(said: str, target: str) -> str:
    """Return in a clause how an answer may well mean a target that it is not; else nothing.

    What a spreadsheet, a table or a list makes of a target is meant: several right answers in one
    cell, items in any order, zeros that were lost or put in front, a date that got the time of
    midnight, underscores in the place of spaces. So is what people shorten (`same_in_short`).

    >>> meant_alike("large", "big|large")
    'are one of several answers that their target lists'
    >>> meant_alike("blue, red", "red, blue"), meant_alike("green, red", "red, blue")
    ('hold the items of their target in another order', '')
    >>> meant_alike("1003", "01003"), meant_alike("Billing issue", "billing_issue")
    ('are their target but for zeros in front', 'are their target but for underscores')
    >>> meant_alike("2026-03-04", "2026-03-04 00:00:00")
    'are their target without the time of midnight'
    """
    if max(len(said), len(target)) > _MOST_CHARACTERS or not said.strip():
        return ""
    answer = folded(plain(said)).strip().rstrip(".")
    wanted = folded(plain(target)).strip()
    if not answer or answer == wanted:
        return ""
    if _MIDNIGHT.search(target) and _is_date(answer, _MIDNIGHT.sub("", target)):
        return BUT_FOR_MIDNIGHT
    if _DIGITS.fullmatch(answer) and _DIGITS.fullmatch(wanted):
        return BUT_FOR_ZEROS if answer.lstrip("0") == wanted.lstrip("0") else ""
    if answer.replace("_", " ") == wanted.replace("_", " "):
        return BUT_FOR_UNDERSCORES
    listed = _as_a_list(answer, wanted, _listed(target))
    return listed or (BUT_FOR_SHORT_FORM if same_in_short(said, target) else "")


def _as_a_list(answer: str, wanted: str, listed: list[str]) -> str:
    """Return how an answer goes with a cell that lists several answers, or parts of one."""
    if len(listed) > 1 and answer in listed:
        return ONE_OF_SEVERAL
    if _same_items(_items(answer), listed if len(listed) > 1 else _items(wanted)):
        return IN_ANOTHER_ORDER
    return ""


def _is_date(answer: str, day: str) -> bool:
    return same_text(answer, day) or loosely_in(answer, day)


def _listed(target: str) -> list[str]:
    """Return the answers that one cell lists, as `a | b`, `a; b` or the text of a list."""
    found = [str(each) for each in _literal(target)] or _ALTERNATIVES.split(plain(target))
    return [folded(plain(each)) for each in found if each.strip()]


def _literal(text: str) -> list[object]:
    """Return the elements of a list that was written out as text: `['a', 'b']`."""
    if _LIST.fullmatch(text):
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            read = ast.literal_eval(text.strip())
            return list(read) if isinstance(read, list | tuple) else []
    return []


def _items(text: str) -> list[str]:
    parts = (_ITEM_MARK.sub("", each.strip()) for each in _ITEMS.split(text.strip(" []()")))
    return [each.strip(" \"'") for each in parts if each.strip(" \"'")]


def _same_items(said: list[str], wanted: list[str]) -> bool:
    return len(wanted) > 1 and said != wanted and sorted(said) == sorted(wanted)
