"""`edited_forms`: an answer and its targets after a light edit, to see whether only form differs."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

FormEdit = Literal["full stop", "quotes", "markdown", "case", "white space"]
"""A difference that nobody would call an answer of its own."""

_STOP = re.compile(r"[.!\u2026\u3002\uff0e\uff01।\u06d4]+$")
_QUOTES = re.compile(
    "[\"`\u2018\u201a“”„«»\u2039\u203a「」『』]|(?<!\\w)['\u2019]|['\u2019](?!\\w)"
)
_BLANK_LINES = re.compile(r"\n\s*\n")
_MARKDOWN = re.compile(r"[*_`#~]|^[^\S\n]*[-+>•]\s+|^[^\S\n]*\w+:[^\S\n]*$", re.MULTILINE)

_EDITS: tuple[tuple[FormEdit, Callable[[str], str]], ...] = (
    ("full stop", lambda text: _STOP.sub("", text.strip())),
    ("quotes", lambda text: _QUOTES.sub("", text)),
    ("markdown", lambda text: _MARKDOWN.sub("", _BLANK_LINES.sub("\n", text))),
    ("case", str.casefold),
    ("white space", lambda text: " ".join(text.split())),
)


def edited_forms(
    answer: str, targets: Sequence[str]
) -> Iterator[tuple[FormEdit, str, tuple[str, ...]]]:
    r"""Yield each edit with the answer and the targets after it, the lightest first.

    >>> [edit for edit, said, wanted in edited_forms("Oslo", ["Oslo."]) if said in wanted]
    ['full stop']
    >>> listed = edited_forms("- Oslo\n\n- Rome", ["Oslo\nRome"])
    >>> [edit for edit, said, wanted in listed if said in wanted]
    ['markdown']
    """
    for edit, change in _EDITS:
        yield edit, change(answer), tuple(change(target) for target in targets)
