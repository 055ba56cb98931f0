"""`with_recorded_runs`: a lever of which only recorded answers of another tool are tried."""

from collections.abc import Sequence
from typing import cast

from ladder.errors import SpecError
from ladder.levers.base import Lever, Nothing, reason_for_nothing
from ladder.spec.candidate import Candidate, ModelRef
from ladder.spec.lever_sections import LeverSection
from ladder.spec.task import TaskSpec

NOT_RECORDED = "no run of it is recorded"


def with_recorded_runs(task: TaskSpec, lever: Lever) -> Lever:
    """Return the lever itself, or in its place one that proposes the runs recorded of it.

    Recorded answers tell nothing about another decoding, so that lever has none but such runs where
    the task's own answers are recorded.

    Raises:
        SpecError: The lever is given recorded runs and something else to try.
    """
    section: LeverSection = getattr(task.levers, lever.name)
    if section.recorded and section.replace(recorded=(), not_applicable=None) != type(section)():
        raise SpecError(
            f"levers.{lever.name}.recorded stands beside other material, which would not be tried.",
            next_step="Give recorded runs or material to try, not both.",
        )
    if section.recorded or (task.model.is_recorded and lever.name == "decoding"):
        # Its name is its own, not that of its class.
        return cast("Lever", RecordedRuns(lever.name, section.recorded))
    return lever


class RecordedRuns:
    """Proposes recorded runs; each stands for itself, as nothing was recorded of it with more.

    Args:
        name: The lever that was tried in them.
        runs: The recordings.
    """

    part = "model"

    def __init__(self, name: str, runs: Sequence[ModelRef]) -> None:
        self.name = name
        self._runs = tuple(runs)

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return the recorded runs, whatever the best so far is."""
        del best
        section: LeverSection = getattr(task.levers, self.name)
        if section.not_applicable is not None:
            return ()
        return tuple(task.baseline().replace(model=run) for run in self._runs)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return the user's reason, or that no run is recorded."""
        del best
        return reason_for_nothing(getattr(task.levers, self.name), missing=NOT_RECORDED)
