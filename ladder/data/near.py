"""Near duplicates: pairs of texts that share most of their runs of words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil

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


def near_pairs(texts: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Yield `(position, position in others, Jaccard)` of all pairs that are nearly the same.

    Exact, not sampled: two sets with a Jaccard of at least `NEAR` must share one of their rarest
    `|set| - ceil(NEAR |set|) + 1` members, so only those are indexed (Chaudhuri 2006). Where all
    texts are made from one long template that prunes nothing: after 300,000 comparisons the
    search ends with the pairs found so far.
    """
    left, right = [shingles(text) for text in texts], [shingles(text) for text in others]
    counts = Counter(shingle for members in (*left, *right) for shingle in members)
    index: dict[str, list[int]] = defaultdict(list)
    for at, members in enumerate(right):
        for shingle in _rarest(members, counts):
            index[shingle].append(at)
    left_over = MOST_COMPARISONS
    for at, members in enumerate(left):
        near = {other for shingle in _rarest(members, counts) for other in index[shingle]}
        left_over -= len(near)
        if left_over < 0:
            return
        for other in sorted(near):
            similarity = _jaccard(members, right[other])
            if similarity >= NEAR:
                yield at, other, similarity


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
