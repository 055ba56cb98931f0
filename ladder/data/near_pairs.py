"""`NearPairs`: which pairs of texts are nearly the same, and no rows of one template."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Literal, NamedTuple

from ladder.data.contrasting_words import QUESTIONS, names_in
from ladder.data.near_duplicate_difference import (
    LONG,
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

_OTHER_WORDS = 3
"""Words that one question must have and the other not, before the two may be different questions.

`What now?` and `What next?` differ in one word: they are the same question, worded differently.
"""

_WORD_OF_GRAMMAR = 3
"""Letters up to which a word (`the`, `is`, `can`) says little of what a question is about."""

_STEM = 5
"""Letters by which two forms of a word (`return`, `returned`) are taken for the same."""

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
        is_near = similarity >= least and not _asks_another(one, other, change)
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


def _asks_another(one: TextKeys, other: TextKeys, change: WordDifference) -> bool:
    """Return whether two texts share a long document and ask different questions about it, or one asks none.

    In a shorter text all the rest is the same too, and the question may only be worded differently:
    such a pair is a copy. So is one in which a statement took the place of the question.
    """
    if size_of(change.frame) < LONG:
        return False
    if one.questions and other.questions:
        return _are_all_different(one.questions, other.questions)
    swapped = [(theirs, ours) for ours, theirs in change.gaps]
    return _is_left_out(one.questions, change.gaps) or _is_left_out(other.questions, swapped)


def _are_all_different(asked: Sequence[Words], others: Sequence[Words]) -> bool:
    """Return whether no question of one text is one of the other text, or a rewording of it.

    A rewording shares more than half of the words that say what the shorter one is about: many
    questions about one agreement name the agreement.
    """
    topics, other_topics = [*map(_topic, asked)], [*map(_topic, others)]
    return not any(
        _n_other_words(asked[at], others[to]) < _OTHER_WORDS
        or 2 * len(topic & other) > min(len(topic), len(other))
        for at, topic in enumerate(topics)
        for to, other in enumerate(other_topics)
    )


def _n_other_words(asked: Words, other: Words) -> int:
    """Return how many words one of two questions has and the other has not: the larger of both numbers."""
    mine, theirs = Counter(asked), Counter(other)
    return max((mine - theirs).total(), (theirs - mine).total())


def _topic(asked: Words) -> AbstractSet[str]:
    """Return the words that say what a question is about, each by its first letters; all where none does.

    >>> sorted(_topic(("when", "is", "the", "deposit", "returned")))
    ['depos', 'retur']
    """
    long = (word for word in asked if len(word) > _WORD_OF_GRAMMAR and word not in QUESTIONS)
    return {word[:_STEM] for word in long} or set(asked)


def _is_left_out(questions: Sequence[Words], gaps: Sequence[tuple[Words, Words]]) -> bool:
    """Return whether one text asks something, and the other lacks it and has nothing in its place."""
    words = {word for asked in questions for word in asked}
    at_question = [(ours, theirs) for ours, theirs in gaps if words.intersection(ours)]
    lost = Counter(word for ours, _ in at_question for word in ours)
    return (
        bool(at_question)
        and not any(theirs for _, theirs in at_question)
        and all(2 * (Counter(asked) & lost).total() >= len(asked) for asked in questions)
    )


def _is_asked(one: TextKeys, other: TextKeys, change: WordDifference, start: int) -> bool:
    """Return whether the other text may be the question, and not a statement that answers it.

    `Who built the tower in Ulm?` stands in `A monk built the tower in Ulm.` but for the word that
    asks; a question that was copied keeps that word, or its question mark.
    """
    end = len("".join(other.words[: start + change.end]))
    return not one.is_question or not change.is_word_of_question or end in other.question_ends
