"""Intervals, tests and sample sizes: pure functions."""

from ladder.statistics.betting import (
    ConfirmationTest,
    Guess,
    Outcome,
    test,
    units_needed,
    units_to_pass,
)
from ladder.statistics.intervals import Interval, clopper_pearson, watched_bounds, wilson
from ladder.statistics.paired import (
    Difference,
    holm,
    mcnemar,
    mcnemar_worse,
    paired_difference,
    prefix_difference,
)
from ladder.statistics.sizes import confirmation_needed, examples_needed, smallest_gap

__all__ = [
    "ConfirmationTest",
    "Difference",
    "Guess",
    "Interval",
    "Outcome",
    "clopper_pearson",
    "confirmation_needed",
    "examples_needed",
    "holm",
    "mcnemar",
    "mcnemar_worse",
    "paired_difference",
    "prefix_difference",
    "smallest_gap",
    "test",
    "units_needed",
    "units_to_pass",
    "watched_bounds",
    "wilson",
]
