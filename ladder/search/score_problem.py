"""`climb_scores`: the climb of a ladder of which nothing is known but scores."""

import operator
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from ladder.errors import SpecError
from ladder.frozen import digest_of
from ladder.scoring.metric import Kind
from ladder.search.climb import climb
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.requirement import ClassTarget, TargetClaim
from ladder.search.ledger import REFERENCE, Configuration, Ledger
from ladder.search.problem import Problem
from ladder.search.select.units import split_by_index
from ladder.statistics.arrays import FloatArray, IntArray

ALL_SHOWN = "Earlier verdicts showed all of the confirmation part; another needs fresh examples"
"""Why nothing more may be asked."""

ReferenceScores = Callable[[IntArray], npt.ArrayLike]
"""Scores of what candidates are held against, on the samples at some indices."""

ScoreMany = Callable[[Configuration, IntArray], npt.ArrayLike]


class ScoredLadder(Problem):
    """A Problem of which nothing is known but scores: what `decide` climbs."""

    def __init__(
        self,
        levers: Sequence[Sequence[int]],
        score_many: ScoreMany,
        *,
        size: int,
        reference: ReferenceScores | None = None,
    ) -> None:
        self._reference = reference
        self._variants = _numbered(levers)
        self._score_many = score_many
        self._size = size

    @property
    def size(self) -> int:
        """Return the number of samples."""
        return self._size

    @property
    def levers(self) -> tuple[str, ...]:
        """Return a name for each lever."""
        return tuple(f"lever {place}" for place in range(1, len(self._variants) + 1))

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever."""
        return tuple(parent.with_slot(lever, variant) for variant in self._variants[lever])

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the user's scores."""
        if configuration == REFERENCE and self._reference is not None:
            return np.asarray(self._reference(indices), dtype=np.float64)
        return np.asarray(self._score_many(configuration, indices), dtype=np.float64)


def climb_scores(  # noqa: PLR0913 - all by name but the first two
    problem: ScoredLadder,
    claim: TargetClaim,
    *,
    kind: Kind,
    clusters: Sequence[object] | None,
    seed: int,
    looks: Looks | None,
    classes: Sequence[ClassTarget] = (),
    is_advised: bool = True,
) -> Ledger:
    """Split the samples by their position (their cluster) and climb.

    `is_advised` says whether an open end tells how likely more examples would decide.

    Raises:
        SpecError: If the question makes no sense.
    """
    target, margin = claim.target, claim.margin
    _check_question(problem, target=target, kind=kind, clusters=clusters)
    for name in ("alpha_reached", "alpha_justified"):
        alpha = getattr(claim, name)
        if not 0 < alpha < 1:
            raise SpecError(f"{name}: {alpha} is no probability.", next_step="Write 0.05.")
    if not (_is_number(margin, Real) and 0 <= margin < target):
        raise SpecError(
            f"margin: {margin!r} is not between 0 and the target.", next_step="Write margin=0.02."
        )
    if looks is not None:
        labels = None if clusters is None else [str(label) for label in clusters]
        question: list[Any] = [problem.size, target, kind, labels, seed]
        if margin or classes:
            question += [margin, [[one.label, one.target, sorted(one.members)] for one in classes]]
        question += ["against a reference"] if claim.is_relative else []
        looks.tie_to(digest_of(question))
    looks = looks or Looks()
    closed = looks.record.closed
    selection, confirmation = split_by_index(problem.size, clusters, seed, closed=closed)
    if closed and not len(confirmation):
        selection, confirmation = split_by_index(problem.size, clusters, seed)
        looks = Looks(looks.record.replace(burned=ALL_SHOWN))
    return climb(
        problem,
        claim,
        selection=selection,
        confirmation=confirmation,
        kind=kind,
        clusters=clusters,
        classes=classes,
        seed=seed,
        looks=looks,
        is_advised=is_advised,
    )


def named_classes(
    classes: Sequence[object] | None, at_least: Mapping[Any, float], *, n: int
) -> tuple[ClassTarget, ...]:
    """Return the classes that have a target of their own, with their samples.

    Raises:
        SpecError: A class has no sample, a target is none, or the classes are not one a sample.

    >>> named_classes(["a", "b", "a"], {"a": 0.9}, n=3)[0].members
    frozenset({0, 2})
    """
    if not at_least:
        return ()
    if classes is None or len(classes) != n:
        raise SpecError(
            f"at_least names classes, and {0 if classes is None else len(classes)} of {n} samples "
            "have one.",
            next_step="Give classes=[...], the class of each sample.",
        )
    found = [
        ClassTarget(
            str(label), share, frozenset(at for at, one in enumerate(classes) if one == label)
        )
        for label, share in at_least.items()
    ]
    for each in found:
        if not each.members:
            known = ", ".join(dict.fromkeys(map(str, classes)))
            raise SpecError(
                f"at_least names the class {each.label!r}, and no sample is of it.",
                next_step=f"Write one of these: {known[:200]}.",
            )
        if not (_is_number(each.target, Real) and 0 < each.target <= 1):
            raise SpecError(
                f"at_least: {each.target!r} for {each.label} is not between 0 and 1.",
                next_step="Write a share such as 0.9.",
            )
    return tuple(found)


def _numbered(levers: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    try:
        rows = [tuple(dict.fromkeys(map(operator.index, row))) for row in levers]
    except TypeError:
        raise SpecError(
            "levers: a lever's variants are not whole numbers.",
            next_step="Give a list of numbers for each lever: [[1, 2], [1]].",
        ) from None
    if any(variant < 1 for row in rows for variant in row):
        raise SpecError(
            "A variant's number is below 1; 0 stands for a lever that is not applied.",
            next_step="Number the variants of a lever from 1.",
        )
    return tuple(rows)


def _check_question(
    problem: ScoredLadder, *, target: float, kind: str, clusters: Sequence[object] | None
) -> None:
    if not _is_number(problem.size, Integral) or problem.size < 1:
        raise SpecError(
            f"n: {problem.size!r} is not a number of samples.", next_step="Write n=200."
        )
    if not _is_number(target, Real):
        raise SpecError(f"target: {target!r} is not a number.", next_step="Write target=0.8.")
    if not 0 < target <= 1:
        in_percent = 1 < target <= 100
        raise SpecError(
            f"target: {target} is not between 0 and 1.",
            next_step=f"Write {target / 100} if you mean {target} percent."
            if in_percent
            else "Write target=0.8 for 80 percent.",
        )
    if kind not in ("binary", "graded", "bounded"):
        raise SpecError(
            f"kind: {kind!r} is unknown.", next_step='Say "binary", "graded" or "bounded".'
        )
    if clusters is None:
        return
    if len(clusters) != problem.size:
        raise SpecError(
            f"{len(clusters)} cluster labels for {problem.size} samples.",
            next_step="Give one label a sample.",
        )
    blank = [place for place, label in enumerate(clusters) if label is None or label != label]  # noqa: PLR0124 - only NaN differs from itself
    if blank:
        raise SpecError(
            f"The cluster label of sample {blank[0]} is missing.",
            next_step="Give samples that belong to no cluster a label of their own.",
        )


def _is_number(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)
