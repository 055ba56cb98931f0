"""`find_copies`: which texts stand in other texts: the same, inside, in another order, or nearly."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from ladder.data.difference import Difference, Words, difference
from ladder.data.same_text import (
    TextKeys,
    cosine,
    is_reordered,
    is_same,
    missing_words,
    only_numbers_moved,
    signs_agree,
    size_of,
    trigrams,
)
from ladder.data.shared_runs import KeyIndex, Keys, blocks, run_keys, stretched, word_keys

NEAR = 0.8
"""Cosine of the runs of three characters from which two texts are nearly the same."""

NEAR_WORDS = 8
"""Words from which a text may have lost or changed one; in a shorter one only a slip is passed."""

MOST_COMPARED = 200_000
"""Pairs that a search compares word by word."""

LONG_WORDS = 12
"""Words from which a text says so much that whatever holds it gives it away."""

_MOST_CHANGED = 0.1
_LEAST_SHARED = 0.25
_RARE_WORDS = 6
_TEMPLATE = 3
"""So many fillers of one gap make it a place in a template, and each filler another text."""

_SLACK = 8
_SPREAD = 24

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


class Copies(NamedTuple):
    """What a search for copies found.

    Attributes:
        pairs: By position; one for each text and other text.
        n_skipped: Pairs that share much and were not compared, as there were too many.
    """

    pairs: list[Copy]
    n_skipped: int


def find_copies(texts: Sequence[str], others: Sequence[str], *, within: bool = False) -> Copies:
    """Return which texts stand in which others.

    Every pair with the same letters is found, and up to `MOST_COMPARED` pairs that share runs of
    letters or rare words are compared word by word. What only a number or the filler of a
    template sets apart is not the same: `Locker 5` is no copy of `Locker 6`.

    Args:
        texts: What is looked for.
        others: Where.
        within: Whether a text may stand anywhere in another one, as a question stands in a
            passage. Else the others are rows, and a row is a copy as a whole: but for a greeting,
            for sentences around it, or for anything around a text of twelve words and more.

    >>> find_copies(["Where is my card?"], ["Lost.", "hello, where is my CARD"]).pairs
    [Copy(at=0, to=1, kind='same', similarity=1.0)]
    """
    keys = [TextKeys.of(text) for text in texts]
    index = _Index(keys)
    found: dict[Pair, Copy] = {}
    near = _NearPairs()
    for start, block in blocks(others):
        other_keys = [TextKeys.of(text) for text in block]
        for at, to, span in index.candidates(other_keys):
            pair = (at, start + to)
            if pair in found or not near.has_room():
                continue
            is_within = within or keys[at].size >= LONG_WORDS
            kind = _whole(keys[at], other_keys[to], is_within=is_within)
            if kind is not None:
                found[pair] = Copy(*pair, kind)
            elif span is not None and not keys[at].is_short:
                near.compare(pair, keys[at], other_keys[to], span if is_within else None)
    whole = set() if within else {to for _, to in found}
    found.update((copy[:2], copy) for copy in near.pairs() if copy.to not in whole)
    return Copies(sorted(found.values()), near.n_skipped)


def _whole(one: TextKeys, other: TextKeys, *, is_within: bool) -> Kind | None:
    """Return how all the words of a text stand in another one, if they do."""
    if is_same(one, other):
        return "same"
    if one.is_short:
        return None
    if _holds(other, one, is_within=is_within):
        return "held"
    if is_reordered(one, other):
        return "reordered"
    is_long = is_within and one.size >= NEAR_WORDS
    return "reordered" if is_long and _holds_reordered(other.words, one.words) else None


def _holds(other: TextKeys, one: TextKeys, *, is_within: bool) -> bool:
    """Return whether a text holds another one, which may have lost blanks and signs."""
    start = other.letters.find(one.letters)
    if start < 0 or not (one.signs in other.signs or signs_agree(one, other)):
        return False
    end = start + len(one.letters)
    if is_within:
        return f" {' '.join(one.words)} " in f" {' '.join(other.words)} " or not (
            other.letters[start - 1 : start + 1].isdecimal() and start > 0
            or other.letters[end - 1 : end + 1].isdecimal() and end < len(other.letters)
        )
    ends = other.clause_ends
    return start in ends and end in ends


def _holds_reordered(others: Words, words: Words) -> bool:
    """Return whether as many neighbouring words are the same words in another order."""
    balance, length = Counter(words), len(words)
    missing = len(balance)
    for end, word in enumerate(others):
        balance[word] -= 1
        missing += {0: -1, -1: 1}.get(balance[word], 0)
        if end >= length:
            left = others[end - length]
            balance[left] += 1
            missing += {0: -1, 1: 1}.get(balance[left], 0)
        if missing == 0 and not only_numbers_moved(words, others[end + 1 - length : end + 1]):
            return True
    return False


def _window(other: TextKeys, span: Span) -> slice:
    """Return which words of a text stand between two places of its stretched letters."""
    ends = list(accumulate(len(stretched(word)) for word in other.words))
    return slice(bisect_right(ends, span[0]), bisect_left(ends, span[1]) + 1)


class _Index:
    """Says which texts are worth comparing with another one."""

    def __init__(self, keys: Sequence[TextKeys]) -> None:
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._shuffled: dict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(keys):
            self._exact[each.exact].append(at)
            if not each.is_short:
                self._shuffled[each.sorted_words].append(at)
        self._sizes = {len(words) for words in self._shuffled}
        long = ["" if each.is_short else stretched(each.letters) for each in keys]
        self._lengths = [len(letters) for letters in long]
        self._runs = KeyIndex(run_keys(long), len(keys))
        self._words = KeyIndex(_rare_words(keys), len(keys))

    def candidates(self, others: Sequence[TextKeys]) -> Iterator[tuple[int, int, Span | None]]:
        """Yield the positions of a text and another, and where in the other they share runs."""
        yield from self._by_letters(others)
        yield from self._by_words(others)
        yield from self._by_runs(others)

    def _by_letters(self, others: Sequence[TextKeys]) -> Iterator[tuple[int, int, Span | None]]:
        for to, other in enumerate(others):
            yield from ((at, to, None) for at in self._exact.get(other.exact, ()))
            if len(other.letters) + max(0, len(other.words) - 1) in self._sizes:
                yield from ((at, to, None) for at in self._shuffled.get(other.sorted_words, ()))

    def _by_words(self, others: Sequence[TextKeys]) -> Iterator[tuple[int, int, Span | None]]:
        """Yield the pairs in which the other text has all the rarest words of the text."""
        keys = word_keys([" ".join(other.words) for other in others])
        shared = self._words.find(keys, is_distinct=True)
        for at, to, first, last in shared.groups():
            if last - first >= max(3, shared.kept[at]):
                yield at, to, None

    def _by_runs(self, others: Sequence[TextKeys]) -> Iterator[tuple[int, int, Span | None]]:
        """Yield the pairs that share enough runs of letters at about the same distance."""
        shared = self._runs.find(run_keys([stretched(other.letters) for other in others]))
        for at, to, first, last in shared.groups():
            least = max(2, _LEAST_SHARED * shared.kept[at])
            if last - first < least:
                continue
            diagonals = shared.diagonal[first:last]
            reach = np.searchsorted(diagonals, diagonals + _SPREAD, side="right")
            best = int(np.argmax(reach - np.arange(len(reach))))
            if reach[best] - best >= least:
                start, end = int(diagonals[best]), int(diagonals[reach[best] - 1])
                yield at, to, (start - _SLACK, end + self._lengths[at] + _SLACK)


def _rare_words(keys: Sequence[TextKeys]) -> Keys:
    """Return, of each text that is not short, the words that stand in the fewest of the texts."""
    texts = [frozenset(() if each.is_short else each.words) for each in keys]
    counts = Counter(word for words in texts for word in words)
    rare = (sorted(words, key=lambda word: (counts[word], word))[:_RARE_WORDS] for words in texts)
    return word_keys([" ".join(words) for words in rare])


class _NearPairs:
    """Collects pairs that are nearly the same, and knows templates when it has seen all."""

    def __init__(self) -> None:
        self.n_skipped = 0
        self._n_compared = 0
        self._found: list[tuple[Copy, Words]] = []
        self._fillers: dict[Words, set[Words]] = defaultdict(set)

    def has_room(self) -> bool:
        """Return whether one more pair may be compared."""
        self._n_compared += 1
        self.n_skipped += self._n_compared > MOST_COMPARED
        return self._n_compared <= MOST_COMPARED

    def compare(self, pair: Pair, one: TextKeys, other: TextKeys, span: Span | None) -> None:
        """Note the pair if the words between two places of the other are nearly those of the text.

        Without a span all words of both are compared, but for those of courtesy.
        """
        words, part = one.words, slice(0)
        if span is None:
            words, others = one.bare, other.bare
        else:
            part = _window(other, span)
            others = other.words[part]
        most = max(1.0, _MOST_CHANGED * one.size)
        if missing_words(words, others) > most:
            return
        change = difference(words, others, is_within=span is not None)
        if not change.gaps or change.size > most:
            return
        for filler in zip(*change.gaps, strict=True):
            self._fillers[change.frame].add(sum(filler, ()))
        similarity = cosine(trigrams(words), trigrams(change.aligned))
        is_asked = span is None or _is_asked(one, other, part.start + change.end)
        if similarity >= NEAR and is_asked and _may_be_same(one, change):
            self._found.append((Copy(*pair, "near", similarity), change.frame))

    def pairs(self) -> Iterator[Copy]:
        """Yield the pairs in which no more than one of two texts fills a gap."""
        for copy, frame in self._found:
            if len(self._fillers[frame]) < _TEMPLATE:
                yield copy


def _may_be_same(one: TextKeys, change: Difference) -> bool:
    """Return whether so long a text stays the same with such a change."""
    is_long = max(one.size, size_of(change.aligned)) >= NEAR_WORDS
    is_other = change.is_other_number or change.is_other_question
    return not is_other and (is_long or change.is_slip)


def _is_asked(one: TextKeys, other: TextKeys, end: int) -> bool:
    """Return whether the other text asks what the text asks: a passage may say it as a statement."""
    return not one.is_question or len("".join(other.words[:end])) in other.question_ends
