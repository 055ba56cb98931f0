"""`Requirement`: one mean that a candidate must reach: over all samples, or over those of a class."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.search.class_target import ClassTarget
from ladder.search.select.units import Units, units_within
from ladder.statistics.sizes import QuestionName


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
