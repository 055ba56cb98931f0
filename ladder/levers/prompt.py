"""Lever 2: other prompts: the user's own texts and a few built-in edits."""

from typing import ClassVar

from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.levers.prompt_edits import edits
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


class PromptVariants:
    """Tries the user's texts, and a few honest edits of the prompt in use."""

    name: ClassVar[str] = "prompt"
    part: ClassVar[str] = "prompt"

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return the user's prompts in order, then the edits, the smallest first."""
        material = task.levers.prompt
        if material.not_applicable is not None:
            return ()
        edited = edits(best.prompt, task.metric) if material.edits else ()
        return variants(best, self.part, (*material.prompts, *edited))

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether no prompt is given, or the one in use leaves nothing to change."""
        material = task.levers.prompt
        return reason_for_nothing(
            material,
            missing=""
            if material.prompts or material.edits
            else "no other prompt given, and edits are off",
            otherwise="the prompt in use leaves nothing to change",
        )
