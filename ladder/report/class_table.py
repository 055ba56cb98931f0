"""`class_tables`: each class of a classification: what it scores, and what it is taken for.

All of it is counted on the selection part, for the eye: no claim rests on it. Answers that choose no
label, and those that were cut or lost, stand in columns of their own: nobody knows what they would
have been. To the recall, which is what `metric.at_least` asks for, they count as not right.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ladder.report.run_evidence import Evidence
from ladder.report.slices import SliceScore
from ladder.runs.samples import SampleRow
from ladder.search.ledger import Configuration

UNREAD = "no label read"
UNKNOWN = "cut or lost"
BOOTSTRAP = "bootstrap, no claim"
"""What an interval is called that belongs to no mean of samples."""

MOST_COLUMNS = 12
"""Classes up to which a table of confusions is readable; of more the largest confusions are named."""

MOST_CONFUSIONS = 12
DRAWS = 1000

_Counts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class.

    Attributes:
        n: Its samples.
        recall: The share of them that is answered right: the mean that `metric.at_least` is about.
        precision: The share of right ones among the answers that name the class; None if none does.
        f1: Of both, with a bootstrap interval.
        asked: Its own target; None without one.
    """

    label: str
    n: int
    recall: SliceScore
    precision: SliceScore | None
    f1: SliceScore
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class ClassTable:
    """The classes of one candidate.

    Attributes:
        name: Whose: `baseline` or `best`.
        lines: A line a class, the most frequent first.
        macro_f1: The mean of the classes' F1, with a bootstrap interval.
        columns: What answers were taken for: the classes, then what was not read.
        cells: How often the samples of each line's class were taken for each column.
    """

    name: str
    lines: tuple[ClassLine, ...]
    macro_f1: SliceScore
    columns: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]

    @property
    def is_readable(self) -> bool:
        """Return whether the table of confusions is small enough to be shown as a table."""
        return len(self.columns) <= MOST_COLUMNS + 2

    @property
    def confusions(self) -> tuple[tuple[str, str, int], ...]:
        """Return what is most often taken for what: class, what it was taken for, how often."""
        found = [
            (line.label, column, count)
            for line, row in zip(self.lines, self.cells, strict=True)
            for column, count in zip(self.columns, row, strict=True)
            if count and column != line.label
        ]
        return tuple(sorted(found, key=lambda each: -each[2])[:MOST_CONFUSIONS])

    def as_json(self) -> dict[str, Any]:
        """Return the table as a JSON object."""
        return {
            "candidate": self.name,
            "part": "selection",
            "classes": [
                {
                    "label": line.label,
                    "n": line.n,
                    "recall": _json(line.recall),
                    "precision": None if line.precision is None else _json(line.precision),
                    "f1": {**_json(line.f1), "interval": BOOTSTRAP},
                    "asked": line.asked,
                }
                for line in self.lines
            ],
            "macro_f1": {**_json(self.macro_f1), "interval": BOOTSTRAP},
            "columns": list(self.columns),
            "cells": [list(row) for row in self.cells],
        }


def class_tables(evidence: Evidence) -> list[ClassTable]:
    """Return the classes of the baseline and of the best candidate; nothing without classes."""
    samples = [each for each in evidence.samples if each.part == "selection" and each.label]
    shown = {"baseline": evidence.baseline, "best": evidence.best}
    if evidence.best == evidence.baseline:
        del shown["best"]
    asked = evidence.decision.ledger.class_targets
    found = (_table(name, samples, each, asked) for name, each in shown.items())
    return [table for table in found if table is not None]


def _table(
    name: str, samples: Sequence[SampleRow], configuration: Configuration, asked: dict[str, float]
) -> ClassTable | None:
    pairs = []
    clusters = []
    for sample in samples:
        answer = sample.answer(configuration)
        if answer is not None and answer.label is not None and sample.label:
            taken_for = UNKNOWN if answer.is_unknown else answer.label or UNREAD
            pairs.append((sample.label, taken_for))
            clusters.append(sample.cluster or sample.id)
    if not pairs:
        return None
    often = Counter(label for label, _ in pairs)
    labels = [label for label, _ in often.most_common()]
    others = [each for each in dict.fromkeys(taken for _, taken in pairs) if each not in labels]
    named = [each for each in others if each not in (UNREAD, UNKNOWN)]
    columns = (*labels, *named, UNREAD, UNKNOWN)
    counts = Counter(pairs)
    said = Counter(taken for _, taken in pairs)
    f1, macro = _bootstrapped(pairs, clusters, labels)
    lines = tuple(
        ClassLine(
            label=label,
            n=often[label],
            recall=SliceScore.counted(counts[label, label], often[label]),
            precision=SliceScore.counted(counts[label, label], said[label])
            if said[label]
            else None,
            f1=f1[at],
            asked=asked.get(label),
        )
        for at, label in enumerate(labels)
    )
    cells = tuple(tuple(counts[label, column] for column in columns) for label in labels)
    return ClassTable(name, lines, macro, columns, cells)


def _bootstrapped(
    pairs: Sequence[tuple[str, str]], clusters: Sequence[str], labels: Sequence[str]
) -> tuple[list[SliceScore], SliceScore]:
    """Return F1 of each class and their mean, each with a percentile bootstrap interval.

    Whole clusters are drawn, as their samples are not independent (Efron and Tibshirani 1993).
    """
    places = {label: at for at, label in enumerate(labels)}
    units = {name: at for at, name in enumerate(dict.fromkeys(clusters))}
    counts = np.zeros((len(units), 3, len(labels)))
    for (label, taken_for), cluster in zip(pairs, clusters, strict=True):
        unit = units[cluster]
        counts[unit, 0, places[label]] += label == taken_for
        counts[unit, 1, places[label]] += 1
        if taken_for in places:
            counts[unit, 2, places[taken_for]] += 1
    draws = np.random.default_rng(0).multinomial(
        len(units), np.full(len(units), 1 / len(units)), size=DRAWS
    )
    drawn = _f1(np.tensordot(draws.astype(np.float64), counts, axes=1))
    own = _f1(counts.sum(axis=0)[None])[0]
    bounds = np.quantile(drawn, (0.025, 0.975), axis=0)
    often = counts[:, 1].sum(axis=0)
    low, high = np.quantile(drawn.mean(axis=1), (0.025, 0.975)).tolist()
    lines = [
        SliceScore(float(own[at]), float(bounds[0, at]), float(bounds[1, at]), int(often[at]))
        for at in range(len(labels))
    ]
    return lines, SliceScore(float(own.mean()), low, high, len(pairs))


def _f1(counts: _Counts) -> _Counts:
    """Return F1 from right answers, samples and answers of each class; 0 where there are none.

    >>> _f1(np.array([[[3.0], [4.0], [5.0]]])).tolist()
    [[0.6666666666666666]]
    """
    right, wanted, said = counts[:, 0], counts[:, 1], counts[:, 2]
    return np.asarray(2 * right / np.maximum(wanted + said, 1))


def _json(score: SliceScore) -> dict[str, float]:
    return {"score": score.score, "low": score.low, "high": score.high, "n": score.n}
