"""What a template makes of the probe conversations, and of the task's own."""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from ladder.chat.context import TemplateContext, Tokenizer
from ladder.chat.messages import fold_system, has_role
from ladder.chat.probes.control import PLACEHOLDERS
from ladder.chat.probes.conversations import CONVERSATIONS, TOOL_CONVERSATIONS, TOOLS, U1, in_parts
from ladder.chat.probes.text_pieces import LostPiece, lost_pieces
from ladder.chat.sandbox.render import Job, read_template, render_each, render_job
from ladder.errors import LadderError
from ladder.spec.candidate import ChatSetup

_OTHER_DAY = "2024-07-09T08:30:00"


class RenderedProbes:
    """One context, its template, and the texts that it gives; each computed once."""

    def __init__(self, context: TemplateContext) -> None:
        self.context = context

    def with_setup(self, setup: ChatSetup, **changes: Any) -> Self:  # noqa: ANN401 - of the context
        """Return the probes of the same context under another setup."""
        return type(self)(dataclasses.replace(self.context, setup=setup, **changes))

    @property
    def setup(self) -> ChatSetup:
        """Return the chat setup under test."""
        return self.context.setup

    @property
    def tokenizer(self) -> Tokenizer | None:
        """Return the tokenizer, where known."""
        return self.context.tokenizer

    @cached_property
    def template(self) -> str | None:
        """Return the text that is rendered, or None in completion mode or where there is none."""
        if self.setup.mode == "completion":
            return None
        return self.chosen_template

    @cached_property
    def chosen_template(self) -> str | None:
        """Return the template that is used, whatever the mode; a name counts as text."""
        named = self.context.named_templates
        if self.setup.template is not None:
            return self.setup.template
        if self.context.tools and "tool_use" in named:
            return named["tool_use"]
        return self.context.template or named.get("default")

    @property
    def own_template(self) -> str | None:
        """Return the model's own template."""
        return self.context.template or self.context.named_templates.get("default")

    @cached_property
    def own(self) -> Self:
        """Return the probes of the model's own template under the same call options."""
        return self.with_setup(self.setup.replace(template=None), messages=())

    @cached_property
    def base(self) -> Self | None:
        """Return the probes of the template of the model that this one was tuned from."""
        template = self.context.base_template
        if template is None:
            return None
        return self.with_setup(self.setup.replace(template=template), messages=())

    @cached_property
    def special_tokens(self) -> Mapping[str, str]:
        """Return the named special tokens, or placeholders where there is no tokenizer."""
        return PLACEHOLDERS if self.tokenizer is None else self.tokenizer.special_tokens

    @cached_property
    def syntax(self) -> Mapping[str, Any] | LadderError | None:
        """Return what the template's text says, or why it cannot be read."""
        return None if self.template is None else read_template(self.template)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return the syntax facts; empty where the template cannot be read."""
        return self.syntax if isinstance(self.syntax, Mapping) else {}

    @cached_property
    def outcomes(self) -> dict[str, str | LadderError]:
        """Return the rendered text, or the error, of every probe conversation."""
        if not self.facts:
            return {}
        plain = self._rendered_probes(frozenset())
        roles = self._roles_in_parts
        if not roles or _holds(plain["u+"], U1) or not _holds(plain["parts+"], U1):
            return plain
        return self._rendered_probes(roles)

    def _rendered_probes(self, in_parts_of: frozenset[str]) -> dict[str, str | LadderError]:
        """Return the probes' outcomes, with the content of some roles as typed parts."""
        probes = [
            (CONVERSATIONS, None),
            *([(TOOL_CONVERSATIONS, TOOLS)] if self.uses_tools else []),
        ]
        jobs = {
            name: self._job(name, in_parts(turns, in_parts_of), flag, tools=tools)
            for conversations, tools in probes
            for name, (turns, flag) in conversations.items()
        }
        return dict(zip(jobs, render_each(list(jobs.values())), strict=True))

    def _job(
        self,
        name: str,
        messages: list[dict[str, Any]],
        flag: bool,  # noqa: FBT001 - as the tables above hold it
        *,
        tools: Sequence[dict[str, Any]] | None = None,
    ) -> Job:
        arguments = dict(self.setup.template_arguments)
        if name == "other day":
            arguments["strftime_now"] = _OTHER_DAY
        return Job(self.template or "", messages, flag, self.special_tokens, arguments, tools)

    @property
    def _roles_in_parts(self) -> frozenset[str]:
        """Return the roles whose content is to be typed parts: all but those that are given as text.

        Empty where the task gives none so.
        """
        turns = [turn for talk in self.every_conversation for turn in talk if turn.get("content")]
        if not any(isinstance(turn["content"], list) for turn in turns):
            return frozenset()
        as_text = {str(turn.get("role")) for turn in turns if isinstance(turn["content"], str)}
        return frozenset({"system", "user", "assistant"} - as_text)

    @property
    def every_conversation(self) -> list[list[dict[str, Any]]]:
        """Return the task's conversations and the training rows: what a template has to take."""
        return [*self.conversations, *self.rows]

    @property
    def uses_tools(self) -> bool:
        """Return whether the task has tools, calls of tools, or their results."""
        has_results = has_role(self.every_conversation, "tool")
        return bool(self.context.tools) or self.makes_calls or has_results

    @property
    def makes_calls(self) -> bool:
        """Return whether some message of the task calls a tool."""
        return any(m.get("tool_calls") for turns in self.every_conversation for m in turns)

    def text(self, name: str) -> str | None:
        """Return the rendered text of a probe, or None where it fails."""
        outcome = self.outcomes.get(name)
        return outcome if isinstance(outcome, str) else None

    def error(self, name: str) -> LadderError | None:
        """Return the error of a probe, or None where it renders."""
        outcome = self.outcomes.get(name)
        return outcome if isinstance(outcome, LadderError) else None

    @cached_property
    def conversations(self) -> list[list[dict[str, Any]]]:
        """Return the task's conversations as the template gets them."""
        if not self.setup.fold_system:
            return [list(turns) for turns in self.context.messages]
        return [fold_system(turns) for turns in self.context.messages]

    @cached_property
    def task_outcomes(self) -> list[str | LadderError]:
        """Return the prompts of the task's own conversations, or their errors."""
        if self.setup.mode == "completion":
            return ["\n\n".join(str(m.get("content")) for m in c) for c in self.conversations]
        if not self.facts:
            return []
        return self.render_own(self.conversations, flag=self.setup.add_generation_prompt)

    def render_own(
        self, conversations: Sequence[list[dict[str, Any]]], *, flag: bool
    ) -> list[str | LadderError]:
        """Return the texts of conversations with the task's tools, or the errors, as ladder writes them."""
        tools = self.context.tools or None
        plain = [turns if not _has_forms(turns) else [] for turns in conversations]
        if self.context.write_turns is None:
            plain = list(conversations)
        rendered = iter(render_each([self._job("", c, flag, tools=tools) for c in plain if c]))
        return [
            next(rendered) if turns else self._in_form(whole, flag=flag)
            for turns, whole in zip(plain, conversations, strict=True)
        ]

    def _in_form(self, turns: list[dict[str, Any]], *, flag: bool) -> str | LadderError:
        """Return the text of a conversation whose turns the template may take in one form only."""

        def write(turns: Sequence[Mapping[str, Any]], /, *, keeps_null: bool = False) -> str:
            job = self._job("", [], flag, tools=self.context.tools or None)
            return render_job(dataclasses.replace(job, messages=turns, keeps_null=keeps_null))

        try:
            return (
                write(turns)
                if self.context.write_turns is None
                else self.context.write_turns(turns, write)
            )
        except LadderError as error:
            return error

    @cached_property
    def is_written_whole(self) -> bool:
        """Return whether ladder brings the task's turns into a form in which the template loses none.

        Another library that trains on the rows does not.
        """
        if self.context.write_turns is None or self.context.trainer is not None:
            return False
        outcomes = [*self.task_outcomes, *self.row_outcomes]
        texts = [
            each for _, each in (*self.lost, *self.lost_from_rows) if each.piece.kind != "reasoning"
        ]
        return not texts and all(isinstance(outcome, str) for outcome in outcomes)

    @cached_property
    def rows(self) -> list[list[dict[str, Any]]]:
        """Return training rows as the template gets them, the reply included."""
        fold = self.setup.fold_system
        return [fold_system(turns) if fold else list(turns) for turns in self.context.rows]

    @cached_property
    def row_outcomes(self) -> list[str | LadderError]:
        """Return the texts of the training rows, or their errors."""
        return self.render_own(self.rows, flag=False) if self.facts else []

    @cached_property
    def lost(self) -> list[tuple[list[dict[str, Any]], LostPiece]]:
        """Return what the prompts lack of the task's own texts, each with its conversation."""
        if not self.facts:
            return []
        flag = self.setup.add_generation_prompt
        return self._lost_of(self.conversations, self.task_outcomes, flag=flag)

    @cached_property
    def lost_from_rows(self) -> list[tuple[list[dict[str, Any]], LostPiece]]:
        """Return what the training texts lack of the rows, each with its row."""
        return self._lost_of(self.rows, self.row_outcomes, flag=False) if self.facts else []

    def _lost_of(
        self,
        conversations: list[list[dict[str, Any]]],
        texts: Sequence[str | LadderError],
        *,
        flag: bool,
    ) -> list[tuple[list[dict[str, Any]], LostPiece]]:
        found = lost_pieces(conversations, texts, lambda some: self.render_own(some, flag=flag))
        return [
            (turns, piece)
            for turns, pieces in zip(conversations, found, strict=True)
            for piece in pieces
        ]

    @cached_property
    def prompts(self) -> list[str]:
        """Return the task's prompts that could be rendered; the plain probe where it has none."""
        prompts = [outcome for outcome in self.task_outcomes if isinstance(outcome, str)]
        plain = self.text("u+" if self.setup.add_generation_prompt else "u")
        return prompts or ([plain] if plain is not None else [])

    @property
    def has_system(self) -> bool:
        """Return whether the template ever sees a system message of the task."""
        return has_role(self.every_conversation, "system")

    @property
    def has_replies(self) -> bool:
        """Return whether some reply stands in the history: worked examples, or many turns."""
        return has_role(self.conversations, "assistant")


def _has_forms(turns: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether turns hold what a template may take in one form only: calls, typed parts."""
    return any(turn.get("tool_calls") or not isinstance(turn.get("content"), str) for turn in turns)


def _holds(outcome: str | LadderError, word: str) -> bool:
    return isinstance(outcome, str) and word in outcome
