"""`label_text`: an answer as plain text in which labels are looked for: lines, digits, letters, no markup."""

import re
import unicodedata
from collections.abc import Sequence

from ladder.scoring.plain_math import last_boxed, plain_digits, plain_math
from ladder.scoring.plain_text import plain, without_struck

_EMPHASIS = re.compile(r"</?(?:b|i|u|em|strong|mark|small|span|code)>", re.IGNORECASE)
_BLOCK = re.compile(r"</?(?:p|br|hr|li|ul|ol|div|h[1-6])\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]{1,30})>")
_ROW = re.compile(r"^[ \t]*\|[ \t]*([^|\n]+?)[ \t]*\|[ \t]*([^|\n]+?)[ \t]*\|[ \t]*$", re.MULTILINE)
_ENCLOSED = re.compile(r"[\u2150-\u217f\u2460-\u24ff\U0001f110-\U0001f12b]")


def label_text(answer: str, labels: Sequence[str]) -> str:
    """Return an answer as plain text in which some labels are looked for.

    >>> label_text("<label>refund</label>", ["refund", "order"]).strip()
    'label: refund'
    >>> label_text("I give it 4/5.", ["1", "2", "3", "4", "5"])
    'I give it 4.'
    """
    text = plain_digits(_unenclosed(_in_lines(without_struck(plain(answer)))))
    if all(label.strip().isdigit() for label in labels):
        text = _without_scale(text, labels)
    boxed = last_boxed(text)
    return text if boxed is None else f"{text[: boxed[0]]}#### {plain_math(boxed[1])}"


def _in_lines(text: str) -> str:
    """Return a text in which elements and rows of two cells are lines: `<label>a</label>`, `| label | a |`.

    What HTML makes bold or slanted is so by Markdown.

    >>> _in_lines("<label>refund</label>").strip(), _in_lines("| Label | refund |")
    ('label: refund', 'Label: refund')
    """
    if "<" in text:
        text = _BLOCK.sub("\n", _EMPHASIS.sub("*", text))
        text = _TAG.sub(lambda found: f"\n{found[2]}: " if not found[1] else "\n", text)
    return _ROW.sub(r"\1: \2", text) if "|" in text else text


def _unenclosed(text: str) -> str:
    """Return a text whose circled letters, keycaps and Roman signs are plain: `Ⓑ`, `B\ufe0f\u20e3`, `Ⅱ`."""
    if text.isascii():
        return text
    bare = text.replace("\u20e3", "")
    return _ENCLOSED.sub(lambda found: unicodedata.normalize("NFKC", found.group()), bare)


def _without_scale(text: str, labels: Sequence[str]) -> str:
    """Return a text in which `4 out of 5` is `4`, where 5 is the highest label."""
    highest = max(int(label) for label in labels)
    return re.sub(rf"(?<![\d.,/])(\d+)\s*(?:/|out of|von|of)\s*{highest}(?![\d/])", r"\1", text)
