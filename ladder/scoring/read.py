"""Readings: which part of an answer is compared, and whether a target stands in it."""

import re
import unicodedata
from collections.abc import Callable

import regex

from ladder.errors import MetricError

MOST_CHARACTERS = 200_000
"""What a reading looks at: answers come from a model and may be hostile."""

PATTERN_SECONDS = 1.0

Reading = Callable[[str], str]
"""Which part of an answer is compared."""

_NUMBER = re.compile(
    r"[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+]?\.\d+"
)
_BEFORE = r"(?<!\w)(?<!\d[.,])"
_AFTER = r"(?!\w)(?![.,]\d)"


def read_whole(text: str) -> str:
    r"""Return the whole answer, without white space around it: the strict reading.

    >>> read_whole(" 622\n")
    '622'
    """
    return text.strip()


def read_last_number(text: str) -> str:
    """Return the last number of an answer as it is written, or nothing.

    >>> read_last_number("Of 12 boxes, 1,234.50 kg remain."), read_last_number("none")
    ('1,234.50', '')
    """
    numbers = numbers_in(text)
    return numbers[-1] if numbers else ""


def numbers_in(text: str) -> list[str]:
    """Return all numbers of a text as they are written.

    A sign counts only where no word or digit stands before it: `2024-05` holds 2024 and 05.

    >>> numbers_in("from -3.5 to 2024-05")
    ['-3.5', '2024', '05']
    """
    found = []
    tail = text[-MOST_CHARACTERS:]
    for match in _NUMBER.finditer(tail):
        written = match.group()
        before = tail[max(match.start() - 1, 0) : match.start()]
        signed = written[0] in "-+\u2212"
        found.append(written[1:] if signed and (before.isalnum() or before == "_") else written)
    return found


class PatternReading:
    """Reads the last match of a regular expression: its first group, or all of it.

    Searching ends after a second, so that no expression can hang a run (`(a+)+$`).

    >>> PatternReading("answer: *([A-D])")("I think the answer: B")
    'B'
    """

    def __init__(self, pattern: str) -> None:
        try:
            self.compiled = regex.compile(pattern)
        except regex.error as error:
            raise MetricError(
                f"metric.pattern {pattern!r} is not a regular expression: {error}.",
                next_step="Correct it; in YAML, put it in single quotes.",
            ) from None
        self.pattern = pattern

    def __call__(self, text: str) -> str:
        """Return the last match in the text, or nothing."""
        last = None
        try:
            for match in self.compiled.finditer(text[-MOST_CHARACTERS:], timeout=PATTERN_SECONDS):
                last = match
        except TimeoutError:
            raise MetricError(
                f"metric.pattern {self.pattern!r} takes more than {PATTERN_SECONDS} s on one "
                f"answer, {text[:60]!r}….",
                next_step="Write it without a repetition inside a repetition.",
            ) from None
        if last is None:
            return ""
        return (last.group(1) if self.compiled.groups else last.group()) or ""


def contains_word(text: str, target: str) -> bool:
    """Return whether a target stands in a text as a whole word, whatever its case.

    A number is not found inside a longer one.

    >>> contains_word("The order number is 622.", "622"), contains_word("1,622 or 622.5", "622")
    (True, False)
    """
    wanted = _folded(target.strip())
    if not wanted:
        return False
    return re.search(_BEFORE + re.escape(wanted) + _AFTER, _folded(text)) is not None


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
