"""In which words two near-duplicates differ, and whether that makes them different texts."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import compress, count
from operator import ne

from ladder.data.contrasting_words import QUESTIONS, introduces_name, is_contrast, is_other_mood
from ladder.data.plain_words import size_of

Words = tuple[str, ...]

LONG = 200
"""Words from which a text is a document."""

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class WordDifference:
    """What becomes of a text on its way into another.

    Attributes:
        words: Those of the text.
        aligned: The words of the other text that answer to the text.
        gaps: The words on both sides, for each place at which they differ.
        frame: What both share, each gap an empty text.
        end: Position in the other text after the last of these words.
    """

    words: Words
    aligned: Words
    gaps: tuple[tuple[Words, Words], ...]
    frame: Words
    end: int

    @property
    def size(self) -> float:
        """Return how many words were changed, dropped or put in."""
        return sum(max(size_of(one), size_of(other)) for one, other in self.gaps)

    @property
    def is_other_number(self) -> bool:
        """Return whether a number stands where another number stood."""
        return any(_has_digit(one) and _has_digit(other) for one, other in self.gaps)

    @property
    def is_other_question(self) -> bool:
        """Return whether another thing is asked: `how` for `when`, `can I` for `how can I`."""
        is_other = any(
            QUESTIONS.issuperset(one + other) and one and other for one, other in self.gaps
        )
        return is_other or is_other_mood(self.frame, sum(self.gaps[0], ()))

    @property
    def is_contrast(self) -> bool:
        """Return whether opposites, or a negation, set the two apart."""
        return any(is_contrast(one, other) for one, other in self.gaps)

    def is_other_name(self, names: AbstractSet[str]) -> bool:
        """Return whether a name stands where another one stood, and is no slip of it.

        Args:
            names: The words that are known to be written as names.
        """
        before = ["", *self.frame]
        places = [at for at, word in enumerate(self.frame) if not word]
        return any(
            one
            and other
            and not _is_slip("".join(one), "".join(other))
            and (
                introduces_name(before[at])
                or not (names.isdisjoint(one) or names.isdisjoint(other))
            )
            for at, (one, other) in zip(places, self.gaps, strict=True)
        )

    @property
    def is_word_of_question(self) -> bool:
        """Return whether the word that asks, or the first one, is another."""
        asks = any(QUESTIONS.intersection(one) for one, _ in self.gaps)
        return asks or self.frame[:1] == ("",)

    @property
    def is_slip(self) -> bool:
        """Return whether words differ only as a slip of the pen makes them differ."""
        return all(_is_slip("".join(one), "".join(other)) for one, other in self.gaps)


def difference(words: Sequence[str], others: Sequence[str], *, is_within: bool) -> WordDifference:
    """Return where two texts differ.

    Args:
        words: Those of the text.
        others: Those of the other text.
        is_within: Whether the other may go on before and after the text.

    >>> difference("where is my card".split(), "hello where was my card".split(), is_within=True).gaps
    ((('is',), ('was',)),)
    """
    alone = only_change(words, others)
    if alone is not None:
        return alone
    aligned: list[str] = []
    frame: list[str] = []
    gaps: list[tuple[Words, Words]] = []
    last = 0
    for kind, start, end, other_start, other_end in _opcodes(words, others):
        one, other = tuple(words[start:end]), tuple(others[other_start:other_end])
        if is_within and start == 0 and kind != "equal":
            other = other[len(other) - len(one) :] if len(other) > len(one) else other
        elif is_within and end == len(words) and kind != "equal":
            other = other[: len(one)]
        if other:
            last = other_start + len(other) if end == len(words) else other_end
        aligned += other
        if kind == "equal" or "".join(one) == "".join(other):
            frame += one
        else:
            frame.append("")
            gaps.append((one, other))
    return WordDifference(tuple(words), tuple(aligned), tuple(gaps), tuple(frame), last)


def _opcodes(
    words: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield difflib's opcodes; of long texts it is asked only about what stands between the same ends.

    It takes time by the square of the length where words repeat, as those of a document do that many
    rows share.
    """
    least = min(len(words), len(others))
    if least < LONG:
        yield from difflib.SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
        return
    head = next((at for at in range(least) if words[at] != others[at]), least)
    least -= head
    tail = next((at for at in range(least) if words[-1 - at] != others[-1 - at]), least)
    end, other_end = len(words) - tail, len(others) - tail
    middle = words[head:end], others[head:other_end]
    yield "equal", 0, head, 0, head
    for kind, *places in difflib.SequenceMatcher(None, *middle, autojunk=False).get_opcodes():
        start, stop, other_start, other_stop = (head + at for at in places)
        yield kind, start, stop, other_start, other_stop
    yield "equal", end, len(words), other_end, len(others)


def only_change(words: Sequence[str], others: Sequence[str]) -> WordDifference | None:
    """Return where two texts differ, if a single word is another one.

    None too where one of the two words stands elsewhere in the other text: it may have moved.

    >>> only_change("locker 5 is full".split(), "locker 6 is full".split()).gaps
    ((('5',), ('6',)),)
    >>> only_change("is it in".split(), "is it is".split())
    """
    if len(words) != len(others):
        return None
    at = next(compress(count(), map(ne, words, others)), None)
    if at is None or words[at + 1 :] != others[at + 1 :]:
        return None
    if words[at] in others or others[at] in words:
        return None
    frame = (*words[:at], "", *words[at + 1 :])
    gap = ((words[at],), (others[at],))
    return WordDifference(tuple(words), tuple(others), (gap,), frame, len(others))


def n_distinct(fillers: Iterable[Words], *, most: int) -> int:
    """Return how many fillers of one gap there are, or `most`; slips of the same one count once.

    >>> n_distinct([("bought",), ("purchased",), ("puurchased",)], most=3)
    2
    """
    kept: list[str] = []
    for filler in sorted("".join(words) for words in fillers):
        if len(kept) < most and not any(_is_slip(filler, other) for other in kept):
            kept.append(filler)
    return len(kept)


def _has_digit(words: Words) -> bool:
    return any(map(_DIGIT.search, words))


def _is_slip(one: str, other: str) -> bool:
    """Return whether two words differ by one letter, or by the order of two.

    >>> _is_slip("card", "crad"), _is_slip("charged", "chaged"), _is_slip("card", "pin")
    (True, True, False)
    """
    if min(len(one), len(other)) <= 1 or abs(len(one) - len(other)) > 1:
        return False
    lost, rest = 0, other
    for letter in one:
        if letter in rest:
            rest = rest.replace(letter, "", 1)
        else:
            lost += 1
    return max(lost, len(rest)) <= 1
