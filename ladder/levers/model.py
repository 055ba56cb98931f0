"""Lever 3: the other models that may be used."""

from typing import ClassVar

from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


class Model:
    """Tries each listed model, everything else as it is.

    A chat setup that was repaired for one model does not apply to another: see
    `Candidate.effective_chat`.
    """

    name: ClassVar[str] = "model"
    part: ClassVar[str] = "model"

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return the listed models in the user's order, the one in use left out."""
        material = task.levers.model
        if material.not_applicable is not None:
            return ()
        return variants(best, self.part, material.models)

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether no model is listed, or only the one that is in use."""
        material = task.levers.model
        others = [model for model in material.models if model != task.model]
        return reason_for_nothing(
            material,
            missing="" if others else "no other model given",
            otherwise=f"{best.model.id} is in use, and no other model is listed",
        )
