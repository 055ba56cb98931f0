"""`LikelyPairs`: which texts are worth comparing with others: they share letters, rare words or runs."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from ladder.data.near_duplicate_difference import Words
from ladder.data.near_pairs import MOST_CHANGED, Span
from ladder.data.plain_words import stretched
from ladder.data.same_text import FEWEST_WORDS, TextKeys
from ladder.data.shared_runs import RUN, Ints, KeyIndex, run_keys, runs_of

CLAUSE_WORDS = 3
"""Words from which a short text is found inside another one, where it stands there as a clause."""

LONG_WORDS = 12
"""Words from which a text says so much that whatever holds it gives it away."""

_LEAST_SHARED = 0.25
"""Share of the runs of letters of a text that another one must hold, whatever was changed."""

_COMMON = 200
"""Texts that share a run of letters from which it tells none of them from another."""

_LONG_WORD = 12
"""Letters of a changed word at the most, which take the runs around them along."""

_SLACK = 8
"""Letters by which a shared place may begin earlier or end later than the runs say."""

_SPREAD = 24
"""Letters by which the distance of shared runs may differ in one place."""

LikelyPair = tuple[int, int, tuple[Span, ...]]
"""Positions of a text and of another one, and where in the other they share runs."""


class LikelyPairs:
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
        self._longest = max(map(len, self._exact), default=0)
        long = ["" if each.size < CLAUSE_WORDS else stretched(each.letters) for each in keys]
        self._lengths = [len(letters) for letters in long]
        changed = np.array([max(1.0, MOST_CHANGED * each.size) for each in keys])
        self._most_lost = changed * (_LONG_WORD + RUN - 1)
        self._runs = KeyIndex(run_keys(long), len(keys))
        fewest = FEWEST_WORDS if within else LONG_WORDS
        counts = Counter(word for each in keys for word in each.vocabulary)
        self._rarest: dict[str, list[tuple[int, frozenset[str]]]] = defaultdict(list)
        for at, each in enumerate(keys):
            if each.size >= fewest:
                rare = sorted(each.vocabulary, key=lambda word: (counts[word], word))
                self._rarest[rare[0]].append((at, frozenset(rare[1:3])))
        self._rare_words = frozenset(self._rarest)

    def among(self, others: Sequence[TextKeys]) -> Iterator[LikelyPair]:
        """Yield the pairs of a text and one of the others that may be copies."""
        yield from self._by_letters(others)
        yield from self._by_words(others)
        yield from self._by_runs(others)

    def _by_letters(self, others: Sequence[TextKeys]) -> Iterator[LikelyPair]:
        for to, other in enumerate(others):
            size = len(other.letters)
            # Most passages are longer than any question, and no word of courtesy is left out.
            if size <= self._longest or other.bare is not other.words:
                yield from ((at, to, ()) for at in self._exact.get(other.exact, ()))
            if size + max(0, len(other.words) - 1) in self._sizes:
                yield from ((at, to, ()) for at in self._shuffled.get(other.sorted_words, ()))

    def _by_words(self, others: Sequence[TextKeys]) -> Iterator[LikelyPair]:
        """Yield the pairs in which the words of the text stand near its rarest word."""
        for to, other in enumerate(others):
            for rarest in self._rare_words.intersection(other.words):
                for at, next_rare in self._rarest[rarest]:
                    is_likely = next_rare <= other.vocabulary
                    if is_likely and _may_hold(other.words, self._keys[at], rarest):
                        yield at, to, ()

    def _by_runs(self, others: Sequence[TextKeys]) -> Iterator[LikelyPair]:
        """Yield the pairs that share enough runs of letters at about the same distance."""
        runs = runs_of([stretched(other.letters) for other in others])
        for at, to, low, high in self._runs.find(runs, self._least, spread=_SPREAD, most=_COMMON):
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
