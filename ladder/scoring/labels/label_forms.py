"""`label_forms`: the labels of a task, made ready to be found in many answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

from ladder.scoring.plain_math import plain_digits
from ladder.scoring.plain_text import folded, plain

_JOINTS = re.compile(r"(?<=\w)[\s_-]+(?=\w)")
_DRESSED = re.compile(r"[(\[]?([^()\[\].。:]+)[)\].。:]+")


@dataclass(frozen=True)
class LabelSet:
    """The labels of a task, and other words that stand for one of them."""

    labels: tuple[str, ...]
    synonyms: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, labels: "Labels", synonyms: Mapping[str, Sequence[str]] | None = None
    ) -> "LabelSet":
        """Return labels as a set; one that is a set already stays as it is.

        >>> LabelSet.of(["refund"], {"refund": ["money back"]}).synonyms
        (('money back', 'refund'),)
        """
        if isinstance(labels, LabelSet):
            return labels
        pairs = ((word, label) for label, words in (synonyms or {}).items() for word in words)
        return cls(tuple(labels), tuple(pairs))

    @property
    def named(self) -> dict[str, str]:
        """Return the label that each word stands for; a label stands for itself."""
        return {**dict(self.synonyms), **{label: label for label in self.labels}}


Labels = Sequence[str] | LabelSet


@dataclass(frozen=True)
class LabelForm:
    """One label, or another word for it, and how it is found.

    Attributes:
        label: The label as the spec writes it.
        shown: What is looked for: without brackets or a full stop around it.
        key: The form in which labels are the same (`label_key`).
        pattern: What finds it, whatever its case, gaps or plural.
    """

    label: str
    shown: str
    key: str
    pattern: "regex.Pattern[str]"


@lru_cache(maxsize=64)
def label_forms(labels: LabelSet) -> dict[str, LabelForm]:
    """Return the forms of labels and their synonyms by their keys, the longest first.

    >>> [form.shown for form in label_forms(LabelSet(("(A)", "(B)"))).values()]
    ['A', 'B']
    """
    shown = [*zip(_bare_labels(labels.labels), labels.labels, strict=True)]
    pairs = [*((word.strip(), label) for word, label in labels.synonyms), *shown]
    forms = [
        LabelForm(label, word, label_key(word), _pattern(label_key(word))) for word, label in pairs
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
