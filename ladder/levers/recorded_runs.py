"""`with_recorded_runs` and `with_heard_settings`: a lever that proposes only what reaches the model.

Recorded answers tell nothing of other settings, and a function may not be told of them.
"""

from collections.abc import Callable, Sequence
from typing import cast

from ladder.errors import SpecError
from ladder.levers.base import Lever, Nothing, reason_for_nothing
from ladder.spec.candidate import Candidate, ModelRef
from ladder.spec.lever_sections import LeverSection
from ladder.spec.task import TaskSpec

NOT_RECORDED = "no run of it is recorded"
NOT_TOLD = "the function is not told of decoding settings; write def model(request)"


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


def with_heard_settings(lever: Lever, is_told: Callable[[ModelRef], bool]) -> Lever:
    """Return the lever itself, or one that proposes settings only where the model is told of them.

    A function that gets the text of a prompt answers the same under any decoding and template: to
    race those would count a lever as tried that never was. `is_told` says whether a model gets the
    settings of a candidate, and not its text alone.
    """
    if lever.part in _SETTINGS:
        return cast("Lever", HeardSettings(lever, is_told))  # its name is its own
    return lever


_SETTINGS = frozenset({"chat", "decoding"})
"""The parts of a candidate that are no part of its messages."""


class HeardSettings:
    """Proposes what a lever does, but nothing for a model that is not told of settings.

    Args:
        lever: The lever that it stands for.
        is_told: Whether a model gets the settings of a candidate.
    """

    def __init__(self, lever: Lever, is_told: Callable[[ModelRef], bool]) -> None:
        self.name = lever.name
        self.part = lever.part
        self._lever = lever
        self._is_told = is_told

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return what the lever proposes, where the model of the best so far would notice."""
        return self._lever.propose(task, best) if self._is_told(best.model) else ()

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return the lever's own reason, or that the model is not told of its settings."""
        status, reason = self._lever.why_nothing(task, best)
        is_untried = status == "nothing_to_try" and not self._is_told(best.model)
        return ("untested", NOT_TOLD) if is_untried else (status, reason)


class RecordedRuns:
    """Proposes recorded runs; each stands for itself, as nothing was recorded of it with more."""

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
