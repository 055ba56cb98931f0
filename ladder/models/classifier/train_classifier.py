"""`train_classifier`: the best classifier of its kind that labelled rows give, and how strong it is."""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ladder.models.classifier.strength import ClassifierStrength
from ladder.models.classifier.trained_classifier import (
    Matrix,
    TrainedClassifier,
    logistic_of,
    nearest_of,
)
from ladder.text import hundredths

FEWEST_A_LABEL = 5
"""Rows below which a label is not learnt."""

FOLDS = 5
PENALTIES = (1.0, 10.0, 100.0)
"""What is tried as scikit-learn's C: vectors of length one need a weak penalty."""

MOST_TUNED = 2_000
"""Rows on which the penalty is chosen; of more it takes minutes, and the choice stays the same."""

SHARES_OF_ROWS = (0.125, 0.25, 0.5)
"""Points of the learning curve below the whole."""

SURE = 1.645
"""Standard errors above the share of the most common label from which anything was learnt."""

Fit = Callable[[Matrix, Sequence[str]], TrainedClassifier]
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fold:
    """Which rows one round of cross-validation learns from, and which it is asked about."""

    known: Positions
    asked: Positions


def train_classifier(
    method: Literal["logistic", "nearest"], vectors: Matrix, labels: Sequence[str], *, seed: int
) -> tuple[TrainedClassifier, ClassifierStrength]:
    """Return a classifier trained on all rows, and what cross-validation on them alone shows.

    Args:
        method: A logistic regression, or the label of the nearest row.
        vectors: A row a text.
        labels: In their order; each label at least as often as there are folds.
        seed: Draws the folds, which are stratified by label.
    """
    folds = list(_folds(labels, seed=seed))
    penalty = _best_penalty(vectors, labels, seed=seed) if method == "logistic" else None

    def fit(rows: Matrix, names: Sequence[str]) -> TrainedClassifier:
        if penalty is None:
            return nearest_of(rows, names)
        return logistic_of(rows, names, penalty=penalty)

    rights = [_share_right(fit, vectors, labels, fold) * len(fold.asked) for fold in folds]
    (_, most), *_ = Counter(labels).most_common(1)
    return fit(vectors, labels), ClassifierStrength(
        rows=len(labels),
        labels=len(set(labels)),
        accuracy=sum(rights) / len(labels),
        majority=most / len(labels),
        penalty=penalty,
        curve=tuple(_curve(fit, vectors, labels, folds[0])),
    )


def why_too_weak(strength: ClassifierStrength) -> str:
    """Return that a classifier learnt nothing beyond the most common label; else nothing.

    >>> known = ClassifierStrength(rows=100, labels=2, accuracy=0.55, majority=0.5)
    >>> why_too_weak(known)
    'cross-validated on its 100 rows it is right .55 of the time, and the most common label alone .50'
    >>> why_too_weak(known.replace(accuracy=0.7))
    ''
    """
    share, n = strength.majority, strength.rows
    if strength.accuracy > share + SURE * math.sqrt(share * (1 - share) / n):
        return ""
    return (
        f"cross-validated on its {n:,} rows it is right {hundredths(strength.accuracy)} of the time, "
        f"and the most common label alone {hundredths(share)}"
    )


def _folds(labels: Sequence[str], *, seed: int) -> Iterator[Fold]:
    """Yield rounds of cross-validation in which each label stands in every fold."""
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for known, asked in splitter.split(np.zeros(len(labels)), labels):
        yield Fold(known, asked)


def _best_penalty(vectors: Matrix, labels: Sequence[str], *, seed: int) -> float:
    """Return the penalty that cross-validates best, on some of the rows where there are many."""
    few = _some(labels, MOST_TUNED, seed=seed)
    rows, names = vectors[few], [labels[at] for at in few]
    folds = list(_folds(names, seed=seed))

    def n_right(penalty: float) -> float:
        def fit(some: Matrix, own: Sequence[str]) -> TrainedClassifier:
            return logistic_of(some, own, penalty=penalty)

        return math.fsum(_share_right(fit, rows, names, fold) * len(fold.asked) for fold in folds)

    return max(PENALTIES, key=n_right)


def _some(labels: Sequence[str], most: int, *, seed: int) -> Positions:
    """Return the positions of at most so many rows, of each label at least as many as folds."""
    if len(labels) <= most:
        return np.arange(len(labels))
    drawn = np.random.default_rng(seed).permutation(len(labels))
    share, kept = most / len(labels), Counter[str]()
    counts, found = Counter(labels), []
    for at in drawn.tolist():
        if kept[labels[at]] < max(FEWEST_A_LABEL, share * counts[labels[at]]):
            kept[labels[at]] += 1
            found.append(at)
    return np.array(sorted(found), dtype=np.int64)


def _curve(
    fit: Fit, vectors: Matrix, labels: Sequence[str], fold: Fold
) -> Iterator[tuple[int, float]]:
    """Yield how right it is after learning from ever more rows, asked about the same fold."""
    for share in (*SHARES_OF_ROWS, 1.0):
        n = int(share * len(fold.known))
        known = fold.known[_some([labels[at] for at in fold.known], n, seed=n)]
        if len({labels[at] for at in known}) > 1:
            yield len(known), _share_right(fit, vectors, labels, Fold(known, fold.asked))


def _share_right(fit: Fit, vectors: Matrix, labels: Sequence[str], fold: Fold) -> float:
    fitted = fit(vectors[fold.known], [labels[at] for at in fold.known])
    given = fitted.predict(vectors[fold.asked])
    right = sum(one == labels[int(at)] for one, at in zip(given, fold.asked, strict=True))
    return right / len(fold.asked)
