"""Near duplicates: pairs of texts that share most of their runs of words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from ladder.data.split import normal_form

NEAR = 0.8
MOST_COMPARISONS = 300_000
_RUN = 3
_FEWEST_WORDS = 6


def shingles(text: str) -> frozenset[str]:
    """Return the runs of three words of a text; nothing for texts of fewer than six words.

    Shorter texts have too few runs for a share of them to mean anything.

    >>> sorted(shingles("One two three four five six"))
    ['four five six', 'one two three', 'three four five', 'two three four']
    """
    words = normal_form(text).split()
    if len(words) < _FEWEST_WORDS:
        return frozenset()
    return frozenset(" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))


class Near(NamedTuple):
    """What a search for near duplicates found.

    Attributes:
        pairs: `(position, position in others, Jaccard)` of texts that are nearly the same.
        n_searched: How many of the texts, from the first on, were looked for.
    """

    pairs: list[tuple[int, int, float]]
    n_searched: int


def near_pairs(texts: Sequence[str], others: Sequence[str]) -> Near:
    """Return all pairs that are nearly the same.

    Exact, not sampled: two sets with a Jaccard of at least `NEAR` must share one of their rarest
    `|set| - ceil(NEAR |set|) + 1` members, so only those are indexed (Chaudhuri 2006). Where all
    texts are made from one long template that prunes nothing: after 300,000 comparisons the
    search ends, and `n_searched` says where.
    """
    left, right = [shingles(text) for text in texts], [shingles(text) for text in others]
    counts = Counter(shingle for members in (*left, *right) for shingle in members)
    index: dict[str, list[int]] = defaultdict(list)
    for at, members in enumerate(right):
        for shingle in _rarest(members, counts):
            index[shingle].append(at)
    pairs: list[tuple[int, int, float]] = []
    comparisons = 0
    for at, members in enumerate(left):
        near = {other for shingle in _rarest(members, counts) for other in index[shingle]}
        comparisons += len(near)
        if comparisons > MOST_COMPARISONS:
            return Near(pairs, at)
        similar = ((other, _jaccard(members, right[other])) for other in sorted(near))
        pairs += [(at, other, similarity) for other, similarity in similar if similarity >= NEAR]
    return Near(pairs, len(left))


def held_pairs(texts: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield `(position, position in others)` where the other text holds nearly all of the text."""
    left, right = [shingles(text) for text in texts], [shingles(text) for text in others]
    wanted = Counter(shingle for members in left for shingle in members)
    index: dict[str, list[int]] = defaultdict(list)
    for at, members in enumerate(right):
        for shingle in members & wanted.keys():
            index[shingle].append(at)
    for at, members in enumerate(left):
        found = Counter(other for shingle in members for other in index[shingle])
        yield from ((at, other) for other, n in found.items() if n >= 0.9 * len(members))


def _rarest(members: frozenset[str], counts: Counter[str]) -> list[str]:
    if not members:
        return []
    kept = len(members) - ceil(NEAR * len(members)) + 1
    return sorted(members, key=lambda shingle: (counts[shingle], shingle))[:kept]


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    common = len(left & right)
    return common / (len(left) + len(right) - common)
