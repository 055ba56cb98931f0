"""Readings: which part of an answer is compared."""

from collections import deque
from collections.abc import Callable, Iterable

import regex

from ladder.errors import MetricError
from ladder.scoring.numbers.final_answer import all_quantities

MOST_CHARACTERS = 200_000
"""What a reading looks at: answers come from a model and may be hostile."""

PATTERN_SECONDS = 1.0

_MOST_BALANCED = 2_000
_MOST_MATCHES = 50

Reading = Callable[[str], str]
"""Which part of an answer is compared."""


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
    """Return all numbers of a text as they are written, each whole: a date, a time, a fraction.

    >>> numbers_in("from -3.5 to 2024-05, at 10:30")
    ['-3.5', '2024-05', '10:30']
    """
    return [each.written for each in all_quantities(text[-MOST_CHARACTERS:])]


class PatternReading:
    """Reads the last match of a regular expression: its first group, or all of it.

    Searching ends after a second, so that no expression can hang a run (`(a+)+$`).

    >>> PatternReading("answer: *([A-D])")("I think the answer: B")
    'B'
    """

    def __init__(self, pattern: str) -> None:
        self.compiled = compiled_pattern(pattern)

    def __call__(self, text: str) -> str:
        """Return the last match in the text, or nothing."""
        try:
            matches = self.compiled.finditer(text[-MOST_CHARACTERS:], timeout=PATTERN_SECONDS)
            found = deque(matches, maxlen=_MOST_MATCHES)
        except TimeoutError:
            raise slow_pattern(self.compiled.pattern, text) from None
        if not self.compiled.groups:
            return found[-1].group() if found else ""
        return _last_group(found)


def compiled_pattern(pattern: str) -> "regex.Pattern[str]":
    """Return the regular expression of `metric.pattern`, or raise MetricError where it is none."""
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise MetricError(
            f"metric.pattern {pattern!r} is not a regular expression: {error}.",
            next_step="Correct it; in YAML, put it in single quotes.",
        ) from None


def slow_pattern(pattern: str, text: str) -> MetricError:
    """Return that a pattern takes more than PATTERN_SECONDS on one answer."""
    return MetricError(
        f"metric.pattern {pattern!r} takes more than {PATTERN_SECONDS} s on one answer, "
        f"{text[:60]!r}….",
        next_step="Write it without a repetition inside a repetition.",
    )


def _last_group(found: Iterable["regex.Match[str]"]) -> str:
    """Return the first group of the last match that does not lie inside the one before."""
    last, after = "", -1
    for match in found:
        if match.start() >= after:
            last = _balanced(match)
            after = max(match.end(), match.start(1) + len(last))
    return last


def _balanced(found: "regex.Match[str]") -> str:
    r"""Return the first group; where it stops at a bracket of its own, up to its partner.

    So that `\\boxed\{(.*?)\}` reads all of `\boxed{\frac{1}{2}}`.
    """
    group, text = found.group(1) or "", found.string
    start, end = found.span(1)
    pair = text[start - 1 : start] + text[end : end + 1] if group else ""
    if pair not in ("{}", "()", "[]"):
        return str(group)
    depth = 1
    for place in range(start, min(len(text), end + _MOST_BALANCED)):
        depth += {pair[0]: 1, pair[1]: -1}.get(text[place], 0)
        if depth == 0:
            return str(text[start : max(place, end)])
    return str(group)
