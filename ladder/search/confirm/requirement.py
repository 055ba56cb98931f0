"""`TargetClaim`, `ClassTarget` and `Requirement`: what is to be shown of a candidate.

A claim is about the mean over all samples, and about that over the samples of each class with a target
of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.search.select.units import Units, units_within
from ladder.statistics.sizes import ERROR_BUDGET, QuestionName


@dataclass(frozen=True, slots=True)
class TargetClaim:
    """What is to be shown, and how often it may be wrong.

    Attributes:
        target: The score to reach; fine-tuning is justified only if all are below it. Where
            candidates are held against a reference, what the mean of (difference + 1) / 2 must reach:
            0.5, less half of what a candidate may be worse.
        margin: How far below the target still counts as reached.
        alpha_reached: Most probability of a false "reaches the target", for the part's life.
        alpha_justified: Most probability of a false "none tried reaches it".
        is_relative: Whether candidates are held against the problem's reference.
    """

    target: float
    margin: float = 0.0
    alpha_reached: float = ERROR_BUDGET
    alpha_justified: float = ERROR_BUDGET
    is_relative: bool = False

    @property
    def reach(self) -> float:
        """Return the score from which on a configuration reaches the target."""
        return self.target - self.margin

    @property
    def allowed(self) -> float:
        """Return by how much a candidate may score less than the reference, where there is one.

        >>> claim = TargetClaim(0.48, is_relative=True)
        >>> round(claim.allowed, 6)
        0.04
        """
        return 1 - 2 * self.reach


@dataclass(frozen=True, slots=True)
class ClassTarget:
    """A target for the samples of one class.

    Attributes:
        label: What the class is called.
        target: The mean score that its samples must reach.
        members: Positions of its samples.
    """

    label: str
    target: float
    members: frozenset[int]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One mean, and what it must reach.

    Attributes:
        label: The class whose samples it is over; empty for all samples.
        target: "Below" is tested against this.
        reach: "Reached" is tested against this: the target minus the margin.
        is_binary: Whether scores are only 0 and 1, and units single samples of the class.
        is_paired: Whether they are differences of pass and fail to a reference, of single samples.
        selection, confirmation: The units of each part that hold such samples, with no others.
    """

    label: str
    target: float
    reach: float
    is_binary: bool
    selection: Units
    confirmation: Units
    is_paired: bool = False

    def edge(self, question: QuestionName) -> float:
        """Return the score that a question is about."""
        return self.reach if question == "reached" else self.target


def requirements_of(
    whole: Requirement, classes: Sequence[ClassTarget], *, margin: float, is_binary: bool
) -> tuple[Requirement, ...]:
    """Return what a candidate must reach: the mean over all samples first, then over each class.

    Args:
        whole: The mean over all samples.
        classes: Those with a target of their own.
        margin: How far below a target still counts as reached, for each of them.
        is_binary: Whether scores are only 0 and 1.
    """
    found = [whole]
    for each in classes:
        selection, confirmation = (
            units_within(units, each.members) for units in (whole.selection, whole.confirmation)
        )
        largest = max(selection.largest, confirmation.largest)
        found.append(
            Requirement(
                label=each.label,
                target=each.target,
                reach=each.target - margin,
                is_binary=is_binary and largest == 1,
                selection=selection.with_largest(largest),
                confirmation=confirmation.with_largest(largest),
            )
        )
    return tuple(found)
