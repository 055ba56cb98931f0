"""`input_drift`: how new inputs differ from the eval data: length, language, labels, nearest eval row.

It is told beside the claims and is none: a candidate may do well on other inputs, and badly on alike
ones.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from ladder.data.plain_words import words_in
from ladder.data.split import draw
from ladder.errors import MetricError
from ladder.runs.recheck_file import DriftLine
from ladder.scoring.forms.language import clear_language
from ladder.statistics.arrays import FloatArray
from ladder.text import hundredths

MOST = 1_000
"""Rows of either side that are looked at."""

MOST_LANGUAGES = 300
"""The same for languages, which take a millisecond a row."""

FEWEST = 8
"""Rows from which two sides are compared."""

FAR_OUT = 3.5
"""Standard errors between two shares from which chance hardly explains it (one in 2,000)."""

_KOLMOGOROV = 1.95
"""Of the distance between two distributions, at a probability of one in 1,000."""

NEAR = 0.05
"""Difference of two median cosines that is worth a word, however sure it is."""

_SHOWN = 4


@dataclass(frozen=True, slots=True)
class InputRow:
    """What drift is told of: what is asked in a row, and its first answer."""

    asked: str
    answer: str = ""


def input_drift(
    before: Sequence[InputRow], now: Sequence[InputRow], *, has_labels: bool
) -> tuple[DriftLine, ...]:
    """Return how some new rows differ from others; nothing where either side has too few."""
    before, now = _some(before), _some(now)
    if min(len(before), len(now)) < FEWEST:
        return ()
    texts = [each.asked for each in before], [each.asked for each in now]
    lines = [_length(*texts), *_language(*texts)]
    if has_labels:
        answers = [each.answer for each in before], [each.answer for each in now]
        lines.append(_shares("labels", *answers))
    return (*lines, _nearest(*texts))


def _some(rows: Sequence[InputRow], most: int = MOST) -> list[InputRow]:
    """Return at most so many rows, chosen by a hash of what they ask."""
    return sorted(rows, key=lambda row: draw(row.asked, "drift"))[:most]


def _length(before: Sequence[str], now: Sequence[str]) -> DriftLine:
    sizes = [np.array([len(words_in(text)) for text in side], float) for side in (before, now)]
    words = [
        f"median {np.median(side):.0f} words, nine in ten at most {np.quantile(side, 0.9):.0f}"
        for side in sizes
    ]
    return DriftLine(about="length", before=words[0], now=words[1], is_different=_are_apart(*sizes))


def _language(before: Sequence[str], now: Sequence[str]) -> list[DriftLine]:
    """Return the languages of both sides; nothing where the package that tells them is not there."""
    try:
        told = [
            [clear_language(text) or "not clear" for text in side[:MOST_LANGUAGES]]
            for side in (before, now)
        ]
    except MetricError:
        return []
    return [_shares("language", *told)]


def _shares(about: str, before: Sequence[str], now: Sequence[str]) -> DriftLine:
    """Return how often each value stands on either side, those first that differ most.

    >>> line = _shares("labels", ["a"] * 50 + ["b"] * 50, ["a"] * 90 + ["b"] * 10)
    >>> line.before, line.now, line.is_different
    ('a .50, b .50', 'a .90, b .10', True)
    """
    counts = Counter(before), Counter(now)
    sizes = len(before), len(now)
    shares = {
        name: (counts[0][name] / sizes[0], counts[1][name] / sizes[1])
        for name in counts[0] | counts[1]
    }
    order = sorted(shares, key=lambda name: (-max(shares[name]), name))
    apart = [name for name in order if _are_far(*shares[name], *sizes)]
    shown = list(dict.fromkeys([*apart[:_SHOWN], *order[:_SHOWN]]))[:_SHOWN]
    more = f", and {len(order) - len(shown)} more" if len(order) > len(shown) else ""
    words = [
        ", ".join(f"{name} {hundredths(shares[name][side])}" for name in shown) + more
        for side in (0, 1)
    ]
    return DriftLine(about=about, before=words[0], now=words[1], is_different=bool(apart))


def _are_far(one: float, other: float, n_one: int, n_other: int) -> bool:
    middle = (one * n_one + other * n_other) / (n_one + n_other)
    error = math.sqrt(middle * (1 - middle) * (1 / n_one + 1 / n_other))
    return abs(one - other) > FAR_OUT * error


def _nearest(before: Sequence[str], now: Sequence[str]) -> DriftLine:
    """Return how near the nearest eval row is: of other eval rows, and of new ones."""
    old, new = _vectors(before, now)
    among = (old @ old.T).toarray()
    np.fill_diagonal(among, -1.0)
    near = among.max(axis=1), (new @ old.T).toarray().max(axis=1)
    medians = [float(np.median(side)) for side in near]
    words = [f"median {hundredths(each)}" for each in medians]
    return DriftLine(
        about="nearest eval row, as the cosine of their words",
        before=words[0],
        now=words[1],
        is_different=_are_apart(*near) and abs(medians[0] - medians[1]) > NEAR,
    )


def _vectors(before: Sequence[str], now: Sequence[str]) -> tuple[Any, Any]:
    """Return a sparse row a text: its words, rare ones with more weight, and of length 1."""
    from scipy import sparse  # noqa: PLC0415 - it takes a while to load

    texts = [sorted(set(words_in(text))) for text in (*before, *now)]
    places = {word: at for at, word in enumerate(dict.fromkeys(chain.from_iterable(texts)))}
    counts = Counter(chain.from_iterable(texts[: len(before)]))
    weight = {word: math.log((1 + len(before)) / (1 + counts[word])) + 1 for word in places}
    rows = [at for at, words in enumerate(texts) for _ in words]
    columns = [places[word] for words in texts for word in words]
    lengths = [math.sqrt(sum(weight[word] ** 2 for word in words)) for words in texts]
    values = [weight[word] / lengths[at] for at, words in enumerate(texts) for word in words]
    shape = (len(texts), max(len(places), 1))
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=shape)
    return matrix[: len(before)], matrix[len(before) :]


def _are_apart(one: FloatArray, other: FloatArray) -> bool:
    """Return whether two samples hardly come from one distribution (Kolmogorov and Smirnov).

    >>> _are_apart(np.arange(100.0), np.arange(100.0) + 50), _are_apart(np.ones(9), np.ones(9))
    (True, False)
    """
    places = np.concatenate([one, other])
    shares = [
        np.searchsorted(np.sort(side), places, side="right") / len(side) for side in (one, other)
    ]
    distance = float(np.abs(shares[0] - shares[1]).max())
    return distance > _KOLMOGOROV * math.sqrt(1 / len(one) + 1 / len(other))
