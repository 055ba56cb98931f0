"""`find_copies`: which texts stand in other texts: the same, inside, in another order, or nearly."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from ladder.data.contrast import names_in
from ladder.data.difference import WordDifference, Words, difference, n_distinct, only_change
from ladder.data.same_text import (
    FEWEST_WORDS,
    TextKeys,
    cosine,
    is_reordered,
    is_same,
    letters_in,
    missing_words,
    only_numbers_moved,
    signs_agree,
    size_of,
    stretched,
    trigrams,
)
from ladder.data.shared_runs import RUN, Ints, KeyIndex, blocks, run_keys

NEAR = 0.8
"""Cosine of the runs of three characters from which two texts are nearly the same."""

NEAR_BUT_ONE = 0.7
"""The same where a single word is another one: a long word takes many runs with it."""

NEAR_WORDS = 8
"""Words from which a text may have lost or changed one; in a shorter one only a slip is passed."""

MOST_COMPARED = 100_000
"""Pairs that a search compares word by word."""

CLAUSE_WORDS = 3
"""Words from which a short text is found inside another one, where it stands there as a clause."""

LONG_WORDS = 12
"""Words from which a text says so much that whatever holds it gives it away."""

_MOST_CHANGED = 0.1
_LEAST_SHARED = 0.25
_TEMPLATE = 3
"""So many fillers of one gap make it a place in a template, and each filler another text."""

_COMMON = 200
"""Texts that share a run of letters from which it tells none of them from another."""

_MUCH_LONGER = 2
_LONG_WORD = 12
_SLACK = 8
_SPREAD = 24

Kind = Literal["same", "held", "reordered", "near"]
Pair = tuple[int, int]
Span = tuple[int, int]
Candidate = tuple[int, int, tuple[Span, ...]]


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
    letters or rare words are compared word by word. What a number, a name, an opposite, a negation
    or the filler of a template sets apart is not the same: `Locker 5` is no copy of `Locker 6`.

    Args:
        texts: What is looked for.
        others: Where.
        within: Whether a text may stand anywhere in another one, as a question stands in a
            passage. Else the others are rows, and a row is a copy as a whole: but for a greeting,
            for sentences around it, or for anything around a text of twelve words and more.

    >>> find_copies(["Where is my card?"], ["Lost.", "hello, where is my CARD"]).pairs
    [Copy(at=0, to=1, kind='same', similarity=1.0)]
    """
    return _search(texts, others, within=within, is_self=False)


def find_repeats(texts: Sequence[str]) -> Copies:
    """Return which texts stand in others of the same list, each pair once: see `find_copies`.

    >>> [copy[:3] for copy in find_repeats(["Where is it?", "Who?", "where is it"]).pairs]
    [(0, 2, 'same')]
    """
    found = _search(texts, texts, within=False, is_self=True)
    pairs: dict[Pair, Copy] = {}
    for copy in found.pairs:
        pair = (min(copy[:2]), max(copy[:2]))
        pairs.setdefault(pair, copy._replace(at=pair[0], to=pair[1]))
    return Copies(sorted(pairs.values()), found.n_skipped)


def first_of_each(texts: Sequence[str]) -> list[int]:
    """Return the positions of the texts without those that are the same as an earlier one.

    >>> first_of_each(["Where is it?", "Who?", "where is it", "2 + 1", "2 - 1"])
    [0, 1, 3, 4]
    """
    letters = list(map(letters_in, texts))
    often = Counter(letters)
    first: dict[str, list[TextKeys]] = defaultdict(list)
    kept = []
    for at, text in enumerate(texts):
        if letters[at] and often[letters[at]] == 1:
            kept.append(at)
            continue
        keys = TextKeys.of(text)
        if not any(signs_agree(keys, other) for other in first[keys.letters or keys.exact]):
            first[keys.letters or keys.exact].append(keys)
            kept.append(at)
    return kept


def _search(texts: Sequence[str], others: Sequence[str], *, within: bool, is_self: bool) -> Copies:
    keys = [TextKeys.of(text) for text in texts]
    index = _Index(keys, within=within)
    found: dict[Pair, Copy] = {}
    near = _NearPairs(keys)
    for start, block in blocks(others):
        other_keys = [TextKeys.of(text) for text in block]
        for at, to, spans in index.candidates(other_keys):
            pair = (at, start + to)
            if pair in found or (is_self and at == start + to) or not near.has_room():
                continue
            is_within = within or keys[at].size >= LONG_WORDS
            kind = _whole(keys[at], other_keys[to], is_within=is_within)
            if kind is None and is_within and not spans:
                kind = _shuffled(keys[at], other_keys[to])
            if kind is not None:
                found[pair] = Copy(*pair, kind)
            elif spans and not keys[at].is_short:
                near.compare(pair, keys[at], other_keys[to], spans if is_within else ())
    # A row that is one text as a whole is not another one nearly.
    whole = set() if within or is_self else {to for _, to in found}
    found.update((copy[:2], copy) for copy in near.pairs() if copy.to not in whole)
    return Copies(sorted(found.values()), near.n_skipped)


def _whole(one: TextKeys, other: TextKeys, *, is_within: bool) -> Kind | None:
    """Return how all the words of a text stand in another one, if they do."""
    if is_same(one, other):
        return "same"
    if one.is_short:
        is_said = is_within and one.size >= CLAUSE_WORDS
        return "held" if is_said and _holds(other, one, is_within=False) else None
    if _holds(other, one, is_within=is_within):
        return "held"
    return "reordered" if is_reordered(one, other) else None


def _shuffled(one: TextKeys, other: TextKeys) -> Kind | None:
    """Return whether a text stands in another one with its words in another order."""
    return "reordered" if not one.is_short and _holds_reordered(other.words, one.words) else None


def _holds(other: TextKeys, one: TextKeys, *, is_within: bool) -> bool:
    """Return whether a text holds another one, which may have lost blanks and signs.

    Args:
        other: The text that may hold it.
        one: The text.
        is_within: Whether it may stand in the middle of a sentence.
    """
    length = len(one.letters)
    start = other.letters.find(one.letters) if length else -1
    if start < 0 or not _signs_fit(other, one):
        return False
    while start >= 0:
        ends = (start, start + length)
        if is_within and not any(_cuts_number(other, end) for end in ends):
            return True
        if not is_within and all(map(other.is_clause_end, ends)):
            return True
        start = other.letters.find(one.letters, start + 1)
    return False


def _cuts_number(keys: TextKeys, at: int) -> bool:
    """Return whether a place in the letters lies within a number: `1` stands not in `12`."""
    around = keys.letters[max(0, at - 1) : at + 1]
    return len(around) == 2 and around.isdecimal() and at not in keys.word_ends


def _signs_fit(other: TextKeys, one: TextKeys) -> bool:
    """Return whether the signs of a text stand in another one; much prose says enough without."""
    n_words = sum(1 for word in one.words if not word[0].isdecimal())
    return one.signs in other.signs or signs_agree(one, other) or n_words >= LONG_WORDS


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
    ends = other.stretched_ends
    return slice(bisect_right(ends, span[0]), bisect_left(ends, span[1]) + 1)


class _Index:
    """Says which texts are worth comparing with another one."""

    def __init__(self, keys: Sequence[TextKeys], *, within: bool) -> None:
        self._keys = keys
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._shuffled: dict[str, list[int]] = defaultdict(list)
        for at, each in enumerate(keys):
            self._exact[each.exact].append(at)
            if not each.is_short:
                self._shuffled[each.sorted_words].append(at)
        self._sizes = {len(words) for words in self._shuffled}
        long = ["" if each.size < CLAUSE_WORDS else stretched(each.letters) for each in keys]
        self._lengths = [len(letters) for letters in long]
        changed = np.array([max(1.0, _MOST_CHANGED * each.size) for each in keys])
        self._most_lost = changed * (_LONG_WORD + RUN - 1)
        self._runs = KeyIndex(run_keys(long), len(keys))
        fewest = FEWEST_WORDS if within else LONG_WORDS
        counts = Counter(word for each in keys for word in each.vocabulary)
        self._rarest: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
        for at, each in enumerate(keys):
            if each.size >= fewest:
                rare = sorted(each.vocabulary, key=lambda word: (counts[word], word))
                self._rarest[rare[0]].append((at, frozenset(rare[1:3])))

    def candidates(self, others: Sequence[TextKeys]) -> Iterator[Candidate]:
        """Yield the positions of a text and another, and where in the other they share runs."""
        yield from self._by_letters(others)
        yield from self._by_words(others)
        yield from self._by_runs(others)

    def _by_letters(self, others: Sequence[TextKeys]) -> Iterator[Candidate]:
        for to, other in enumerate(others):
            yield from ((at, to, ()) for at in self._exact.get(other.exact, ()))
            if len(other.letters) + max(0, len(other.words) - 1) in self._sizes:
                yield from ((at, to, ()) for at in self._shuffled.get(other.sorted_words, ()))

    def _by_words(self, others: Sequence[TextKeys]) -> Iterator[Candidate]:
        """Yield the pairs in which the words of the text stand near its rarest word."""
        for to, other in enumerate(others):
            for rarest in self._rarest.keys() & other.vocabulary:
                for at, next_rare in self._rarest[rarest]:
                    is_likely = next_rare <= other.vocabulary
                    if is_likely and _may_hold(other.words, self._keys[at], rarest):
                        yield at, to, ()

    def _by_runs(self, others: Sequence[TextKeys]) -> Iterator[Candidate]:
        """Yield the pairs that share enough runs of letters at about the same distance."""
        keys = run_keys([stretched(other.letters) for other in others])
        for at, to, low, high in self._runs.find(keys, self._least, spread=_SPREAD, most=_COMMON):
            length = self._lengths[at]
            yield at, to, ((low, low + length), (low - _SLACK, high + length + _SLACK))

    def _least(self, kept: Ints) -> Ints:
        """Return how many runs are left, at least, where as many words are changed as may be."""
        least: Ints = np.maximum(_LEAST_SHARED * kept, kept - self._most_lost).astype(np.int64)
        return np.maximum(2, least)


def _may_hold(others: Words, one: TextKeys, rarest: str) -> bool:
    """Return whether all words of a text stand near one place of its rarest word."""
    reach = len(one.words) - 1
    at = -1
    for _ in range(others.count(rarest)):
        at = others.index(rarest, at + 1)
        if one.vocabulary.issubset(others[max(0, at - reach) : at + reach + 1]):
            return True
    return False


class _NearPairs:
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
        is_near = similarity >= least and not change.is_other_name(self._names_for(one, other))
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
    most = max(1.0, _MOST_CHANGED * size_of(words))
    change = only_change(words, others)
    if change is None:
        if missing_words(words, others) > most:
            return None
        change = difference(words, others, is_within=is_within)
    return change if change.gaps and change.size <= most else None


def _is_asked(one: TextKeys, other: TextKeys, change: WordDifference, start: int) -> bool:
    """Return whether the other text may be the question, and not a statement that answers it.

    `Who built the tower in Ulm?` stands in `A monk built the tower in Ulm.` but for the word that
    asks; a question that was copied keeps that word, or its question mark.
    """
    end = len("".join(other.words[: start + change.end]))
    return not one.is_question or not change.is_word_of_question or end in other.question_ends
