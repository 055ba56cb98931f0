"""Eval rows among the training rows: the same letters, or nearly all of the same words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ladder.data.near import Near, near_pairs, shingles
from ladder.data.sample import Sample
from ladder.finetune.rows.copied_text import bare_letters, same_letters
from ladder.finetune.rows.faults import Fault

NEARLY_ALL = 0.9
"""Share of common runs of words from which a row counts as the eval sample itself."""

_MOST_AROUND = 2
"""A row that holds an eval sample is that sample, unless it is more than twice as long."""


def leaks(rows: Sequence[Sample], evals: Sequence[Sample]) -> list[Fault]:
    """Find rows that are an eval sample: the same letters, a word or two before or after, or nearly."""
    known = {bare_letters(sample.input): sample.id for sample in evals}
    found = {
        at: f"is nearly the eval sample {evals[to].id}"
        for at, to, share in search(rows, evals).pairs
        if _is_same(rows[at].input, evals[to].input, share)
    }
    found |= {
        at: f"holds the eval sample {evals[to].id}"
        for at, to in _held(rows, evals)
        if len(rows[at].input) <= _MOST_AROUND * len(evals[to].input)
    }
    for at, row in enumerate(rows):
        letters = bare_letters(row.input)
        if letters in known:
            found[at] = f"is the eval sample {known[letters]}"
    return [Fault(at, f"{rows[at].input[:40]!r} {found[at]}") for at in sorted(found)]


def near_leaks(rows: Sequence[Sample], evals: Sequence[Sample]) -> list[Fault]:
    """Find rows that are nearly an eval sample, in which a word or two are others."""
    found = {
        at: f"{share:.2f} of it is the eval sample {evals[to].id}"
        for at, to, share in search(rows, evals).pairs
        if not _is_same(rows[at].input, evals[to].input, share)
    }
    found |= {
        at: f"holds the eval sample {evals[to].id} in a longer text"
        for at, to in _held(rows, evals)
        if len(rows[at].input) > _MOST_AROUND * len(evals[to].input)
    }
    return [Fault(at, found[at]) for at in sorted(found)]


def search(rows: Sequence[Sample], evals: Sequence[Sample]) -> Near:
    """Return the pairs that are nearly the same; how many rows were looked for stands with them."""
    return _near_texts(tuple(row.input for row in rows), tuple(each.input for each in evals))


def _is_same(text: str, other: str, share: float) -> bool:
    """Return whether a pair is one text: nearly all runs of words, or words only added at an end."""
    left, right = shingles(text), shingles(other)
    return share >= NEARLY_ALL or left <= right or right <= left


def _held(rows: Sequence[Sample], evals: Sequence[Sample]) -> Iterator[tuple[int, int]]:
    """Yield `(row, eval sample)` where the row holds the whole sample, of at least six words.

    A row that holds a sample holds its rarest run of words too, so only that one is indexed.
    """
    runs = [shingles(row.input) for row in rows]
    wanted = [shingles(sample.input) for sample in evals]
    counts = Counter(run for members in (*runs, *wanted) for run in members)
    index: dict[str, list[int]] = defaultdict(list)
    for to, members in enumerate(wanted):
        if members:
            index[min(members, key=lambda run: (counts[run], run))].append(to)
    for at, members in enumerate(runs):
        near = sorted({to for run in members & index.keys() for to in index[run]})
        letters = same_letters(rows[at].input) if near else ""
        yield from ((at, to) for to in near if same_letters(evals[to].input) in letters)


@lru_cache(maxsize=2)
def _near_texts(texts: tuple[str, ...], others: tuple[str, ...]) -> Near:
    return near_pairs(texts, others)
