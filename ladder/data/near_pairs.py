"""`NearPairs`: which pairs of texts are nearly the same, and no rows of one template."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Literal, NamedTuple

from ladder.data.contrasting_words import names_in
from ladder.data.near_duplicate_difference import (
    WordDifference,
    Words,
    difference,
    n_distinct,
    only_change,
)
from ladder.data.plain_words import missing_words, size_of
from ladder.data.same_text import TextKeys, cosine, trigrams

NEAR = 0.8
"""Cosine of the runs of three characters from which two texts are nearly the same."""

NEAR_BUT_ONE = 0.7
"""The same where a single word is another one: a long word takes many runs with it."""

NEAR_WORDS = 8
"""Words from which a text may have lost or changed one; in a shorter one only a slip is passed."""

MOST_COMPARED = 100_000
"""Pairs that a search compares word by word."""

MOST_CHANGED = 0.1

_TEMPLATE = 3
"""So many fillers of one gap make it a place in a template, and each filler another text."""

_MUCH_LONGER = 2

_REWORDED = 3
"""Words of a question that are others, from which it is another one: of `What now?` one is a change of words."""

Kind = Literal["same", "held", "reordered", "near"]
Pair = tuple[int, int]
Span = tuple[int, int]


class Copy(NamedTuple):
    """A text that stands in another one.

    Attributes:
        at: Position of the text.
        to: Position of the other text.
        kind: `same`: the same letters. `held`: the other holds it. `reordered`: the same words
            in another order. `near`: about one word in ten is another one.
        similarity: 1, or for `near` the cosine of their runs of three characters.
    """

    at: int
    to: int
    kind: Kind
    similarity: float = 1.0


def _window(other: TextKeys, span: Span) -> slice:
    """Return which words of a text stand between two places of its stretched letters."""
    ends = other.stretched_ends
    return slice(bisect_right(ends, span[0]), bisect_left(ends, span[1]) + 1)


class NearPairs:
    """Collects pairs that are nearly the same, and knows templates when it has seen all.

    Args:
        texts: What is looked for; it shows which words are names.
    """

    def __init__(self, texts: Sequence[TextKeys]) -> None:
        self.n_skipped = 0
        self._texts = texts
        self._n_compared = 0
        self._found: list[tuple[Copy, WordDifference]] = []
        self._rows: list[tuple[Pair, TextKeys, TextKeys, WordDifference]] = []
        self._fillers: dict[Words, set[Words]] = defaultdict(set)

    def has_room(self) -> bool:
        """Return whether one more pair may be compared."""
        self._n_compared += 1
        self.n_skipped += self._n_compared > MOST_COMPARED
        return self._n_compared <= MOST_COMPARED

    def compare(self, pair: Pair, one: TextKeys, other: TextKeys, spans: Sequence[Span]) -> None:
        """Note the pair if the words at one of the places of the other are nearly those of the text.

        Without a place all words of both are compared, but for those of courtesy.
        """
        if not spans and self._only_numbers_differ(one, other):
            return
        if not spans:
            change = _between(one.bare, other.bare, is_within=False)
            if change is not None and self._may_be_same(one, change):
                self._rows.append((pair, one, other, change))
        for span in spans:
            part = _window(other, span)
            change = _between(one.words, other.words[part], is_within=True)
            if change is None or not self._may_be_same(one, change):
                continue
            is_asked = _is_asked(one, other, change, part.start)
            similarity = self._similarity(one, other, change) if is_asked else None
            if similarity is not None:
                self._found.append((Copy(*pair, "near", similarity), change))
                return

    def _only_numbers_differ(self, one: TextKeys, other: TextKeys) -> bool:
        """Return whether both hold one number, another one, and are the same around it."""
        if one.around_number is None or other.around_number is None:
            return False
        (frame, number), (other_frame, other_number) = one.around_number, other.around_number
        if frame != other_frame or number == other_number:
            return False
        self._fillers[frame].update(((number,), (other_number,)))
        return True

    def _may_be_same(self, one: TextKeys, change: WordDifference) -> bool:
        """Note what fills the gaps; return whether so long a text stays the same with them."""
        for filler in zip(*change.gaps, strict=True):
            self._fillers[change.frame].add(sum(filler, ()))
        is_long = max(one.size, size_of(change.aligned)) >= NEAR_WORDS
        is_other = change.is_other_number or change.is_other_question or change.is_contrast
        return not is_other and (is_long or change.is_slip)

    def _similarity(self, one: TextKeys, other: TextKeys, change: WordDifference) -> float | None:
        """Return the cosine of two texts that are nearly the same, else None."""
        similarity = cosine(trigrams(change.words), trigrams(change.aligned))
        least = NEAR if change.size > 1 else NEAR_BUT_ONE
        is_near = similarity >= least and not _lacks_questions(one, change)
        is_near = is_near and not change.is_other_name(self._names_for(one, other))
        return similarity if is_near else None

    def _names_for(self, one: TextKeys, other: TextKeys) -> AbstractSet[str]:
        """Return the words that are names; a longer text tells of its own ones."""
        is_row = len(other.text) <= _MUCH_LONGER * len(one.text)
        return self._names | names_in(one.text) | (names_in(other.text) if is_row else set())

    @cached_property
    def _names(self) -> frozenset[str]:
        """Return the words that are mostly written as names in the texts that are looked for."""
        all_words = Counter(word for keys in self._texts for word in keys.vocabulary)
        as_names = Counter(word for keys in self._texts for word in names_in(keys.text))
        return frozenset(word for word, n in as_names.items() if 2 * n > all_words[word])

    def pairs(self) -> Iterator[Copy]:
        """Yield the pairs in which no more than one of two texts fills a gap."""
        templates = {
            frame
            for frame, fillers in self._fillers.items()
            if n_distinct(fillers, most=_TEMPLATE) == _TEMPLATE
        }
        yield from (copy for copy, change in self._found if change.frame not in templates)
        for pair, one, other, change in self._rows:
            # Rows of one template are many pairs: what they share is asked of the others alone.
            if change.frame in templates:
                continue
            similarity = self._similarity(one, other, change)
            if similarity is not None:
                yield Copy(*pair, "near", similarity)


def _between(words: Words, others: Words, *, is_within: bool) -> WordDifference | None:
    """Return where two texts differ, or None where they do not, or in too many words."""
    most = max(1.0, MOST_CHANGED * size_of(words))
    change = only_change(words, others)
    if change is None:
        absent = set(words).difference(others)
        if size_of(list(absent)) > most or missing_words(words, others) > most:
            return None
        change = difference(words, others, is_within=is_within)
    return change if change.gaps and change.size <= most else None


def _lacks_questions(one: TextKeys, change: WordDifference) -> bool:
    """Return whether a text asks something, and half of the words that ask it, three or more, are others or gone.

    So the rows about one long document are told apart, and a document is no copy of what is asked of it.
    """
    lost = Counter(word for gap, _ in change.gaps for word in gap)
    return bool(one.questions) and all(
        (Counter(asked) & lost).total() >= max(_REWORDED, len(asked) / 2) for asked in one.questions
    )


def _is_asked(one: TextKeys, other: TextKeys, change: WordDifference, start: int) -> bool:
    """Return whether the other text may be the question, and not a statement that answers it.

    `Who built the tower in Ulm?` stands in `A monk built the tower in Ulm.` but for the word that
    asks; a question that was copied keeps that word, or its question mark.
    """
    end = len("".join(other.words[: start + change.end]))
    return not one.is_question or not change.is_word_of_question or end in other.question_ends
