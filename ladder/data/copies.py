"""`find_copies`: which texts stand in other texts: the same, inside, in another order, or nearly."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ladder.data.likely_pairs import CLAUSE_WORDS, LONG_WORDS, LikelyPairs
from ladder.data.near_duplicate_difference import Words
from ladder.data.near_pairs import Copy, Kind, NearPairs, Pair
from ladder.data.plain_words import letters_in
from ladder.data.same_text import TextKeys, is_reordered, is_same, only_numbers_moved, signs_agree
from ladder.data.shared_runs import blocks


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
    return list(_first_of_each(tuple(texts)))


@lru_cache(maxsize=2)
def _first_of_each(texts: tuple[str, ...]) -> tuple[int, ...]:
    """Return the same; a corpus is asked about more than once."""
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
    return tuple(kept)


def _search(texts: Sequence[str], others: Sequence[str], *, within: bool, is_self: bool) -> Copies:
    keys = [TextKeys.of(text) for text in texts]
    index = LikelyPairs(keys, within=within)
    found: dict[Pair, Copy] = {}
    near = NearPairs(keys)
    for start, block in blocks(others):
        other_keys = [TextKeys.of(text) for text in block]
        for at, to, spans in index.among(other_keys):
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
