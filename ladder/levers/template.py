"""Lever 1: the chat template, and the call options around it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from ladder.chat import TemplateContext, propose_repairs
from ladder.chat.repairs.propose import changes_prompts
from ladder.errors import SpecError
from ladder.levers.base import Nothing, reason_for_nothing, variants
from ladder.spec.candidate import Candidate, ChatSetup
from ladder.spec.task import TaskSpec


class Template:
    """Repair what is wrong with the prompt's form, and try the user's own templates.

    Args:
        situation: Gives everything that decides whether a prompt is well-formed, or None where
            the model does not show its template (most endpoints).
    """

    name: ClassVar[str] = "template"
    part: ClassVar[str] = "chat"

    def __init__(self, situation: Callable[[TaskSpec, Candidate], TemplateContext | None]) -> None:
        self.context = situation

    def propose(self, task: TaskSpec, best: Candidate) -> tuple[Candidate, ...]:
        """Return candidates with a repaired setup first, then the user's templates."""
        if task.levers.template.not_applicable is not None:
            return ()
        situation = self.context(task, best)
        repairs = [] if situation is None else propose_repairs(situation, model=best.model.id)
        found = [each for each in repairs if situation and changes_prompts(situation, each)]
        return variants(
            best, self.part, (*found, *_rendered_here(best, situation), *_given(task, best))
        )

    def why_nothing(self, task: TaskSpec, best: Candidate) -> tuple[Nothing, str]:
        """Return whether the template is hidden, or there is nothing to repair."""
        hidden = self.context(task, best) is None
        return reason_for_nothing(
            task.levers.template,
            missing=_hidden(best) if hidden else "",
            otherwise="nothing to repair",
        )


def _rendered_here(best: Candidate, situation: TemplateContext | None) -> Iterator[ChatSetup]:
    """Yield the model's own template in place of what its server fills in, where it is known."""
    setup = best.effective_chat
    if not best.model.is_endpoint or situation is None or situation.template is None:
        return
    if setup.template is None and setup.mode == "chat":
        yield setup.replace(template=situation.template, model=best.model.id)


def _hidden(best: Candidate) -> str:
    if best.model.is_endpoint:
        return "the server fills in the chat template itself; model.tokenizer names what it serves"
    return "the model does not show its chat template"


def _given(task: TaskSpec, best: Candidate) -> Iterator[ChatSetup]:
    for template in task.levers.template.templates:
        text = _read(template)
        yield best.effective_chat.replace(template=text, mode="chat", model=best.model.id)


def _read(template: str) -> str:
    """Return a template's text: given as such, or as the name of a file."""
    if "{" in template or "\n" in template:
        return template
    path = Path(template)
    if not path.is_file():
        raise SpecError(
            f"levers.template.templates: there is no file {template!r}.",
            next_step="Give the path of a .jinja file, or the template's text.",
        )
    return path.read_text(encoding="utf-8-sig")
