"""`label_forms`: the labels of a task, made ready to be found in many answers."""

import re
from dataclasses import dataclass
from functools import lru_cache

import regex

from ladder.scoring.plain_math import plain_digits
from ladder.scoring.plain_text import folded, plain

_JOINTS = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
_DRESSED = re.compile(r"[(\[]?([^()\[\].。:]+)[)\].。:]+")


@dataclass(frozen=True)
class LabelForm:
    """One label, and how it is found.

    Attributes:
        label: As the spec writes it.
        shown: Without brackets or a full stop around it.
        key: The form in which labels are the same (`label_key`).
        pattern: What finds it, whatever its case, gaps or plural.
    """

    label: str
    shown: str
    key: str
    pattern: "regex.Pattern[str]"


@lru_cache(maxsize=64)
def label_forms(labels: tuple[str, ...]) -> dict[str, LabelForm]:
    """Return the forms of labels by their keys, the longest first.

    >>> [form.shown for form in label_forms(("(A)", "(B)")).values()]
    ['A', 'B']
    """
    forms = [
        LabelForm(label, shown, label_key(shown), _pattern(label_key(shown)))
        for shown, label in zip(_bare_labels(labels), labels, strict=True)
    ]
    return {form.key: form for form in sorted(forms, key=_length, reverse=True)}


def label_key(label: str) -> str:
    """Return the form in which labels are the same.

    >>> label_key("Card_Arrival"), label_key("card arrival")
    ('card arrival', 'card arrival')
    """
    return _JOINTS.sub(" ", folded(plain_digits(plain(label))))


def _length(form: LabelForm) -> int:
    return len(form.key)


def _bare_labels(labels: tuple[str, ...]) -> list[str]:
    """Return labels without the brackets or the full stop around each: `(A)`, `Yes.`, `1)`."""
    written = [label.strip() for label in labels]
    inner = [found.group(1) if (found := _DRESSED.fullmatch(each)) else each for each in written]
    are_told_apart = len(set(map(label_key, inner))) == len(set(map(label_key, written)))
    return inner if are_told_apart else written


def _pattern(key: str) -> "regex.Pattern[str]":
    words = [regex.escape(word) for word in _JOINTS.split(key) if word]
    pattern = r"[\s_*-]+".join(words) or regex.escape(key)
    if len(key) > 2 and key[-1].isalpha() and key.isascii():
        pattern += r"(?:'?s|es)?(?!\w)|" + pattern
    return regex.compile(pattern, regex.IGNORECASE | regex.FULLCASE)
