"""`climb`: a problem, its two parts and a target in; the ledger of all that was measured out."""

from collections.abc import Sequence
from typing import Literal

from ladder.errors import DataError
from ladder.search.climber import Climber
from ladder.search.confirm.locked import Claim, Locked
from ladder.search.confirm.looks import Looks
from ladder.search.confirm.questions import Questions
from ladder.search.ledger import Ledger
from ladder.search.problem import IntArray, Observer, Problem, ignore
from ladder.search.select.race import Effort, Track
from ladder.search.select.scores import Scores
from ladder.search.select.selection import Selection
from ladder.search.select.units import largest_cluster, units_of
from ladder.statistics.sizes import ERROR_BUDGET

Kind = Literal["binary", "graded", "bounded"]


def climb(  # noqa: PLR0913 - every argument but the problem is by name, most have a default
    problem: Problem,
    *,
    selection: IntArray,
    confirmation: IntArray,
    target: float,
    kind: Kind,
    clusters: Sequence[object] | None = None,
    margin: float = 0.0,
    alpha_reached: float = ERROR_BUDGET,
    alpha_justified: float = ERROR_BUDGET,
    effort: Effort = "thrifty",
    seed: int = 0,
    looks: Looks | None = None,
    observer: Observer = ignore,
) -> Ledger:
    """Climb the ladder of a problem and return all that was measured.

    Args:
        problem: Levers, their variants, and the scores.
        selection: Positions on which anything may be tried.
        confirmation: Positions that answer yes or no, under a budget.
        target: The score to reach.
        kind: `binary` for scores that are only 0 and 1: they decide with fewer samples.
        clusters: A label for each of all positions; samples of one are not independent.
        margin: How far below the target still counts as reached.
        alpha_reached: Most probability of a false "reaches the target", for the part's life.
        alpha_justified: Most probability of a false "none tried reaches it".
        effort: `full` keeps every variant in the race that is not clearly behind.
        seed: Orders the units within each part.
        looks: What was asked of this confirmation part before; a fresh one if None.
        observer: Called with progress.

    Raises:
        DataError: If one of the parts is empty.
    """
    if not len(selection) or not len(confirmation):
        raise DataError(
            f"The samples give {len(selection)} to select on and {len(confirmation)} to confirm on.",
            next_step="Add examples: below about 40 hardly anything can be decided.",
        )
    largest = max(largest_cluster(part, clusters) for part in (selection, confirmation))
    is_binary = kind == "binary"
    claim = Claim(
        target=target,
        reach=target - margin,
        is_binary=is_binary and largest == 1,
        alpha_reached=alpha_reached,
        alpha_justified=alpha_justified,
    )
    open_part = Selection(
        problem,
        units_of(selection, clusters, seed=seed, largest=largest),
        Scores(problem, is_binary=is_binary),
        is_raced_whole=effort == "full",
    )
    locked = Locked(
        problem,
        units_of(confirmation, clusters, seed=seed, largest=largest),
        Scores(problem, is_binary=is_binary),
        claim,
        looks or Looks(),
    )
    questions = Questions(Track(open_part, effort, observer), locked, claim)
    return Climber(problem, questions).run()
