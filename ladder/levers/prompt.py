"""Lever 2: other prompts: the user's own texts and seven built-in edits."""

from collections.abc import Sequence
from typing import ClassVar

from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.levers.prompt_edits import edit_name, edits_together, named_edits
from ladder.spec.candidate import Candidate, Prompt
from ladder.spec.task import TaskSpec


class PromptVariants:
    """Tries the user's texts, and a few honest edits of the prompt in use."""

    name: ClassVar[str] = "prompt"
    part: ClassVar[str] = "prompt"
    is_asked_again: ClassVar[bool] = True

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return the user's prompts in order, then the edits, the smallest first, then pairs of them."""
        material = task.levers.prompt
        if material.not_applicable is not None:
            return ()
        made = (named_edits, edits_together) if material.edits else ()
        edits = [each.prompt for edit in made for each in edit(best.prompt, task.metric)]
        return variants(best, self.part, (*material.prompts, *edits))

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether no prompt is given, or the one in use leaves nothing to change."""
        material = task.levers.prompt
        return reason_for_nothing(
            material,
            missing=""
            if material.prompts or material.edits or material.rewrite
            else "no other prompt given, and edits are off",
            otherwise="the prompt in use leaves nothing to change"
            if material.prompts or material.edits
            else "the rewriter is asked next",
        )


def prompt_name(task: TaskSpec, prompt: Prompt, rewritten: Sequence[Prompt] = ()) -> str:
    """Return which edits make a prompt of the task's own, of a listed one or of a rewritten one.

    A rewritten prompt has its number; empty for a prompt that is neither.
    """
    if prompt in rewritten:
        return f"rewritten {rewritten.index(prompt) + 1}"
    given = {"": task.prompt}
    given |= {f"prompt {at} + ": each for at, each in enumerate(task.levers.prompt.prompts, 1)}
    if prompt in given.values():
        return ""
    given |= {f"rewritten {at} + ": each for at, each in enumerate(rewritten, 1)}
    found = ((start, edit_name(before, prompt, task.metric)) for start, before in given.items())
    return next((f"{start}{name}" for start, name in found if name), "")
