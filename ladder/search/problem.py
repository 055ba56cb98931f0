"""`Problem`: what the search climbs. It knows configurations and scores, and no Candidate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ladder.search.ledger import AttemptStatus, Configuration

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


class Problem(Protocol):
    """A ladder of levers over `size` samples.

    `scores` may be asked for any samples; the search asks for samples of the confirmation part
    only inside a test. `signals` are finer readings of the selection part (the lenient reading,
    then the log-likelihood of the target), asked for only where the scores cannot tell apart.
    """

    @property
    def size(self) -> int:
        """Return the number of samples."""
        ...

    @property
    def levers(self) -> tuple[str, ...]:
        """Return the levers' names in the ladder's order: a slot of a Configuration each."""
        ...

    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever, simplest first."""
        ...

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        """Return status and reason when `variants` is empty."""
        ...

    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return a score in [0, 1] a sample, in the order of `indices`."""
        ...

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        """Return finer readings, coarsest first; an empty tuple where there are none."""
        ...


@runtime_checkable
class HasCeilings(Protocol):
    """A Problem that knows what a lever could give at most.

    A ceiling is scored like a configuration, but nobody can deploy it: gold passages in the
    context, gold ranked first, any of k answers right. Its slot holds a number below zero.
    """

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        """Return the upper bound of what the lever can make of `parent`; None without one."""
        ...


@runtime_checkable
class HasDigests(Protocol):
    """A Problem whose configurations mean the same in another run when their digests agree."""

    def digest(self, configuration: Configuration) -> str:
        """Return a name that changes with anything that can change a score."""
        ...


@runtime_checkable
class HasRules(Protocol):
    """A Problem in which not every stack makes sense (reranking without retrieval)."""

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the slots of a configuration can work together."""
        ...


@runtime_checkable
class HasCosts(Protocol):
    """A Problem that knows what its configurations cost."""

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        """Return whether one costs clearly less than another, both scored before."""
        ...


@runtime_checkable
class HasUnknowns(Protocol):
    """A Problem in which a score may be unknown: the call failed, and not by the model's fault.

    `scores` gives 0 for it, so whatever reaches the target does so however it would have ended.
    """

    def unknown(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return which of the samples, asked for before, have no score of their own."""
        ...


@runtime_checkable
class HasTexts(Protocol):
    """A Problem whose scores are those of texts."""

    def empty(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return which of the answers, scored before, came and say nothing at all."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """What a person sees while waiting.

    Attributes:
        lever: Which lever runs ("baseline", a lever's name, "together", "confirmation").
        alive, variants: Variants still in the race, of how many.
        n_seen, n_total: Samples scored in this round, of how many in the part.
        best: Best mean on the selection part so far; None inside a confirmation test.
    """

    lever: str
    alive: int
    variants: int
    n_seen: int
    n_total: int
    best: float | None


Observer = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Observe nothing: the default of everything that takes an Observer."""


def indices_of(positions: Sequence[int]) -> IntArray:
    """Return positions as the index array that `Problem.scores` takes."""
    return np.asarray(positions, dtype=np.int64)


def could_be_right(problem: Problem, configuration: Configuration, indices: IntArray) -> BoolArray:
    """Return which scores could as well be 1; none where the problem knows them all."""
    if not isinstance(problem, HasUnknowns):
        return np.zeros(len(indices), dtype=np.bool_)
    return problem.unknown(configuration, indices)


def count_empty(problem: Problem, configuration: Configuration, indices: IntArray) -> int:
    """Return how many answers, scored before, say nothing; 0 where the problem has no texts."""
    if not isinstance(problem, HasTexts):
        return 0
    return int(problem.empty(configuration, indices).sum())


def composes(problem: Problem, configuration: Configuration) -> bool:
    """Return whether the parts can work together; they can where the problem has no rules."""
    return not isinstance(problem, HasRules) or problem.composes(configuration)
