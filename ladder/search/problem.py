"""`Problem`: the interface that gives the search a ladder's variants and their scores."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ladder.finding import Finding
from ladder.frozen import digest_of
from ladder.search.candidate_costs import CostBound
from ladder.search.ledger import Attempt, AttemptStatus, Configuration
from ladder.spec.lever_sections import ReviewRule
from ladder.spec.limits import LimitName
from ladder.statistics.arrays import BoolArray, FloatArray, IntArray
from ladder.statistics.cost_ranges import BoundErrors

Wanted = tuple[Configuration, IntArray]
"""Samples that a configuration is about to be scored on."""

MaybeWanted = tuple[Configuration, IntArray, float]
"""The same, where it is only likely, and the chance that it is."""


class Problem(ABC):
    """A ladder of levers over `size` samples.

    `scores` may be asked for any samples; the search asks for samples of the confirmation part
    only inside a test. All else has a default, for problems of which nothing but scores is known.
    """

    @property
    @abstractmethod
    def size(self) -> int:
        """Return the number of samples."""

    @property
    @abstractmethod
    def levers(self) -> tuple[str, ...]:
        """Return the levers' names in the ladder's order: a slot of a Configuration each."""

    @abstractmethod
    def variants(self, lever: int, parent: Configuration) -> tuple[Configuration, ...]:
        """Return the children of `parent` by one lever, simplest first."""

    def is_asked_again(self, lever: int) -> bool:
        """Return whether a lever that helped is asked once more, for changes on top."""
        return False

    def rewritten(
        self, lever: int, parent: Configuration, positions: IntArray
    ) -> tuple[tuple[Configuration, ...], str]:
        """Return what a model makes of `parent` that sees which samples it fails; else why nothing.

        Both are empty where no such model is asked. `positions` are of the selection part, and
        `parent` was scored on them.
        """
        return (), ""

    @abstractmethod
    def scores(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return a score in [0, 1] a sample, in the order of `indices`."""

    def why_nothing(self, lever: int, parent: Configuration) -> tuple[AttemptStatus, str]:
        """Return status and reason when `variants` is empty."""
        return "untested", "no variants given"

    def signals(self, configuration: Configuration, indices: IntArray) -> tuple[FloatArray, ...]:
        """Return finer readings, coarsest first: the lenient one, then the target's likelihood.

        They are asked for on the selection part, where the scores cannot tell apart.
        """
        return ()

    def ceiling(self, lever: int, parent: Configuration) -> Configuration | None:
        """Return the upper bound of what the lever can make of `parent`; None without one.

        A ceiling is scored like a configuration, but nobody can deploy it: gold passages in the
        context, gold ranked first. Its slot holds a number below zero.
        """
        return None

    def missing_material(self, lever: int, parent: Configuration) -> str:
        """Return why nothing that a lever makes of `parent` could have helped: its material lacks it.

        A corpus without any answer, a pool without the labels, nothing to rank. Such a lever is
        tried, and counts as untested where it does not help.
        """
        return ""

    def why_same(self, configuration: Configuration, others: Sequence[Configuration]) -> str:
        """Return why one can only answer as one of some others does, on both parts.

        Then a race would tell nothing: a reranker that gives the same passages for every question.
        """
        return ""

    def composes(self, configuration: Configuration) -> bool:
        """Return whether the slots make a candidate: a reranker needs passages, and the reference is none."""
        return True

    def stands_alone(self, configuration: Configuration) -> bool:
        """Return whether no other lever can be added: a classifier reads no prompt.

        Such a one is tried and tested, and the climb goes on without it.
        """
        return False

    def why_thrown_away(self, configuration: Configuration) -> str:
        """Return why one is not worth a score, by its own material; that bars no verdict."""
        return ""

    @property
    def review(self) -> ReviewRule | None:
        """Return how answers may be handed on to a person; None where they may not."""
        return None

    def reviewed(self, configuration: Configuration, below: float) -> Configuration:
        """Return the cascade in which a person answers where a configuration is less sure than that.

        Its answers, and their scores, are those of the configuration.
        """
        return configuration

    def sureness(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return how sure answers, scored before, are; NaN where nobody knows."""
        return np.full(len(indices), np.nan)

    def digest(self, configuration: Configuration) -> str:
        """Return a name that changes with anything that can change a score, from run to run."""
        return digest_of(list(configuration))

    def is_cheaper(self, one: Configuration, other: Configuration) -> bool:
        """Return whether one costs clearly less than another, both scored before."""
        return False

    @property
    def limits(self) -> Mapping[LimitName, float]:
        """Return the most that a candidate may cost to win; empty without limits."""
        return {}

    def limit_bounds(
        self, configuration: Configuration, indices: IntArray, errors: BoundErrors, *, may_ask: bool
    ) -> tuple[CostBound, ...]:
        """Return what one costs by each limit, by answers to samples that were scored before.

        Args:
            configuration: Which one.
            indices: Samples of the selection part.
            errors: How likely the bounds may be wrong.
            may_ask: Whether calls may be made for it.
        """
        return ()

    def can_be_trained(self, configuration: Configuration) -> bool:
        """Return whether a training could start from one: not from another model than the task's."""
        return not self.stands_alone(configuration)

    def could_score(self, configuration: Configuration, indices: IntArray) -> FloatArray:
        """Return the most that each answer, scored before, may be worth; 0 where that is its score.

        The better one of two readings, and 1 for an answer that was lost, empty or cut: `scores`
        gives 0 for it, so whatever reaches the target does so however it would have ended, and
        whatever stays below does so too.
        """
        return np.zeros(len(indices))

    def unknown(self, configuration: Configuration, indices: IntArray) -> BoolArray:
        """Return of answers, scored before, which nobody knows: lost, empty, or cut before their end.

        A comparison with a reference takes them against its claim, whichever of both they are of.
        """
        return np.zeros(len(indices), dtype=bool)

    def why_not_tried(self, configuration: Configuration, indices: IntArray) -> str:
        """Return what shows that answers, scored before, are no try: all empty, cut or the same."""
        return ""

    def why_no_evidence(self, configuration: Configuration, indices: IntArray) -> str:
        """Return why answers, scored before, must not justify fine-tuning: mostly cut, not read."""
        return ""

    @property
    def asks_at_once(self) -> int:
        """Return how many answers may be asked for side by side."""
        return 1

    def ask_ahead(self, needed: Sequence[Wanted], maybe: Sequence[MaybeWanted] = ()) -> None:
        """Ask side by side for answers that are scored next, where that saves time.

        It changes no score, and an answer that is never scored is never read. It may do nothing.

        Args:
            needed: What will be scored whatever the answers are.
            maybe: What may be, the likeliest first; asked only where it costs hardly anything.
        """
        del needed, maybe

    def at_hand(
        self, configuration: Configuration, indices: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return `scores` and `could_score` of the leading samples whose answers are at hand.

        They serve to foresee what will be asked, and nothing else: no test reads them.
        """
        return np.empty(0), np.empty(0)

    def room_check(self, configuration: Configuration) -> str:
        """Return what speaks against "none reaches the target" where answers have room to end."""
        return ""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a person sees while waiting.

    Attributes:
        lever: Which lever runs ("baseline", a lever's name, "together", "confirmation").
        alive, variants: Variants still in the race, of how many.
        n_seen, n_total: Samples scored in this round, of how many in the part.
        best: Best mean on the selection part so far; None inside a confirmation test.
        note: Something to read now, such as what spoils the baseline's answers; mostly empty.
        n_best: Samples that `best` is the mean of.
        spoils: What the note says that spoils the answers, where it says so.
        attempt: What came of the lever, where it just ended.
    """

    lever: str
    alive: int
    variants: int
    n_seen: int
    n_total: int
    best: float | None
    note: str = ""
    n_best: int = 0
    spoils: tuple[Finding, ...] = ()
    attempt: Attempt | None = None


Observer = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Observe nothing: the default of everything that takes an Observer."""
