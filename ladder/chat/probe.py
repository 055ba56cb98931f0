"""Probes: what a template does to words that occur nowhere else.

Every rule reads a template by its effect on the conversations of `ladder.chat.sentinels`.
"""

import dataclasses
import itertools
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ladder.chat.around import after, before, between, common_suffix
from ladder.chat.control import CONTROL, PLACEHOLDERS, TEXT_STARTS, any_of, closes, closing_partner
from ladder.chat.messages import fold_system, has_role
from ladder.chat.render import Job, read_template, render_each
from ladder.chat.sentinels import A1, CONVERSATIONS, TOOL_CONVERSATIONS, TOOLS, U1, U2
from ladder.chat.situation import Situation, Tokenizer
from ladder.errors import LadderError
from ladder.spec.candidate import ChatSetup

_OTHER_DAY = "2024-07-09T08:30:00"


class Probes:
    """One situation with everything that the rules measure of it, each computed once."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation

    @property
    def setup(self) -> ChatSetup:
        """Return the chat setup under test."""
        return self.situation.setup

    @property
    def tokenizer(self) -> Tokenizer | None:
        """Return the tokenizer, where known."""
        return self.situation.tokenizer

    @cached_property
    def template(self) -> str | None:
        """Return the text that is rendered, or None in completion mode or where there is none."""
        if self.setup.mode == "completion":
            return None
        return self.chosen_template

    @cached_property
    def chosen_template(self) -> str | None:
        """Return the template that is used, whatever the mode; a name counts as text."""
        named = self.situation.named_templates
        if self.setup.template is not None:
            return self.setup.template
        if self.situation.tools and "tool_use" in named:
            return named["tool_use"]
        return self.situation.template or named.get("default")

    @property
    def own_template(self) -> str | None:
        """Return the model's own template."""
        return self.situation.template or self.situation.named_templates.get("default")

    @cached_property
    def own(self) -> "Probes":
        """Return the probes of the model's own template under the same call options."""
        setup = self.setup.replace(template=None)
        return Probes(dataclasses.replace(self.situation, setup=setup, messages=()))

    @cached_property
    def special_tokens(self) -> Mapping[str, str]:
        """Return the named special tokens, or placeholders where there is no tokenizer."""
        return PLACEHOLDERS if self.tokenizer is None else self.tokenizer.special_tokens

    @cached_property
    def syntax(self) -> Mapping[str, Any] | LadderError | None:
        """Return what the template's text says, or why it cannot be read."""
        if self.template is None:
            return None
        try:
            return read_template(self.template)
        except LadderError as error:
            return error

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return the syntax facts; empty where the template cannot be read."""
        return self.syntax if isinstance(self.syntax, Mapping) else {}

    @cached_property
    def outcomes(self) -> dict[str, str | LadderError]:
        """Return the rendered text, or the error, of every probe conversation."""
        if not self.facts:
            return {}
        jobs = {name: self._job(name, *turns) for name, turns in CONVERSATIONS.items()}
        if self.uses_tools:
            jobs |= {
                name: self._job(name, *turns, tools=TOOLS)
                for name, turns in TOOL_CONVERSATIONS.items()
            }
        return dict(zip(jobs, render_each(list(jobs.values())), strict=True))

    def _job(
        self,
        name: str,
        messages: list[dict[str, Any]],
        flag: bool,  # noqa: FBT001 - as the tables above hold it
        *,
        tools: list[dict[str, Any]] | None = None,
    ) -> Job:
        arguments = dict(self.setup.template_arguments)
        if name == "other day":
            arguments["strftime_now"] = _OTHER_DAY
        return Job(self.template or "", messages, flag, self.special_tokens, arguments, tools)

    @property
    def uses_tools(self) -> bool:
        """Return whether the task has tools, calls of tools, or their results."""
        calls = any(m.get("tool_calls") for turns in self.conversations for m in turns)
        return bool(self.situation.tools) or calls or has_role(self.conversations, "tool")

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
            return [list(turns) for turns in self.situation.messages]
        return [fold_system(turns) for turns in self.situation.messages]

    @cached_property
    def task_outcomes(self) -> list[str | LadderError]:
        """Return the prompts of the task's own conversations, or their errors."""
        if self.setup.mode == "completion":
            return ["\n\n".join(str(m.get("content")) for m in c) for c in self.conversations]
        if not self.facts:
            return []
        setup, tools = self.setup, self.situation.tools or None
        return render_each(
            [
                Job(
                    self.template or "",
                    messages,
                    setup.add_generation_prompt,
                    self.special_tokens,
                    setup.template_arguments,
                    tools,
                )
                for messages in self.conversations
            ]
        )

    @cached_property
    def prompts(self) -> list[str]:
        """Return the task's prompts that could be rendered; the plain probe where it has none."""
        prompts = [outcome for outcome in self.task_outcomes if isinstance(outcome, str)]
        plain = self.text("u+" if self.setup.add_generation_prompt else "u")
        return prompts or ([plain] if plain is not None else [])

    @cached_property
    def prompt_ids(self) -> list[list[int]]:
        """Return the token ids of the prompts, by the setup's own call options."""
        if self.tokenizer is None:
            return []
        special = self.setup.add_special_tokens
        return [self.tokenizer.encode(text, add_special_tokens=special) for text in self.prompts]

    @property
    def encoded(self) -> list[tuple[str, list[int]]]:
        """Return the prompts with their ids; empty where there is no tokenizer."""
        return list(zip(self.prompts, self.prompt_ids, strict=False))

    @property
    def has_system(self) -> bool:
        """Return whether the template ever sees a system message of the task."""
        return has_role(self.conversations, "system")

    @property
    def has_replies(self) -> bool:
        """Return whether some reply stands in the history: worked examples, or many turns."""
        return has_role(self.conversations, "assistant")

    @cached_property
    def headers(self) -> list[str]:
        """Return the texts between a user turn and the reply: in the last turn, and before."""
        found = [between(self.text("ua"), U1, A1), between(self.text("uau"), U1, A1)]
        return [text for text in dict.fromkeys(found) if text is not None]

    @cached_property
    def tail(self) -> str | None:
        """Return what follows the user's text in the prompt that the model completes."""
        return after(self.text("u+" if self.setup.add_generation_prompt else "u"), U1)

    @cached_property
    def plain_tail(self) -> str | None:
        """Return what follows the user's text without a generation prompt."""
        return after(self.text("u"), U1)

    @property
    def flag_works(self) -> bool:
        """Return whether add_generation_prompt changes anything."""
        return self.text("u") != self.text("u+")

    @cached_property
    def last_end(self) -> str | None:
        """Return what follows the last reply."""
        return after(self.text("ua"), A1)

    @cached_property
    def middle_end(self) -> str | None:
        """Return what stands between a reply and the next user text."""
        return between(self.text("uau"), A1, U2)

    @cached_property
    def user_header(self) -> str:
        """Return what stands before the user's text in the first turn."""
        return before(self.text("u"), U1) or ""

    @cached_property
    def turn_header(self) -> str:
        """Return what opens a user's turn wherever it stands, without what only the first has."""
        shared = common_suffix(self.user_header, self.middle_end or "")
        return shared if shared.strip() else self.user_header

    @cached_property
    def openers(self) -> set[str]:
        """Return the control tokens that open a turn: first and last before the user's text."""
        again = self.control_tokens(self.middle_end)
        once = {self.special_tokens.get("bos_token")} - set(again)
        tokens = [t for t in self.control_tokens(self.user_header) if t not in TEXT_STARTS | once]
        return {*tokens[:1], *tokens[-1:]}

    @cached_property
    def turn_openers(self) -> set[str]:
        """Return all control tokens that open turns: by their place, or by their partner's name."""
        shared = common_suffix(self.user_header, self.middle_end or "")
        tokens = self.control_tokens(self.text("uaua") or self.text("ua"))
        paired = {token for token in tokens if (closing_partner(token) or "\0") in tokens}
        return {*self.openers, *self._opening(shared), *paired}

    @cached_property
    def closers(self) -> list[str]:
        """Return the control tokens after the last reply that belong to it, in order.

        A header that is always written, flag or not, is no part of the reply.
        """
        end, headers = self.last_end or "", "".join(self.headers)
        tokens = self.control_tokens(end)
        if tokens and (self.middle_end or "").startswith(end.rstrip()):
            return tokens  # the next turn's header may be what closes a reply
        opening = {*self.openers, *TEXT_STARTS}
        if not self.flag_works:
            opening |= self._opening(headers)
        return list(itertools.takewhile(lambda token: token not in opening, tokens))

    def _opening(self, text: str) -> set[str]:
        """Return the control tokens of a text that close nothing."""
        eos = self.special_tokens.get("eos_token")
        return {t for t in self.control_tokens(text) if not closes(t) and t != eos}

    def control_tokens(self, text: str | None) -> list[str]:
        """Return the control tokens in a text, in order: added ones, or token-shaped words."""
        return [token for _, token in self.placed_tokens(text or "")]

    def placed_tokens(self, text: str) -> list[tuple[int, str]]:
        """Return the control tokens in a text, each with the place where it begins."""
        shaped = {(match.start(), match.group()) for match in CONTROL.finditer(text)}
        if self._added_pattern is not None:
            shaped |= {
                (match.start(), match.group()) for match in self._added_pattern.finditer(text)
            }
        return sorted(shaped)

    @cached_property
    def added_tokens(self) -> dict[str, int]:
        """Return the tokenizer's added tokens that are more than white space."""
        if self.tokenizer is None:
            return {}
        return {token: id_ for token, id_ in self.tokenizer.added_tokens.items() if token.strip()}

    @cached_property
    def _added_pattern(self) -> re.Pattern[str] | None:
        return any_of(self.added_tokens)

    @cached_property
    def stop_ids(self) -> set[int]:
        """Return the ids on which generation stops, the setup's own choice included."""
        listed = () if self.setup.stop_tokens is not None else self.situation.stop_token_ids
        named = [self.ids_of(token) for token in self.named_stops]
        return {*listed, *(ids[0] for ids in named if len(ids) == 1)}

    @property
    def named_stops(self) -> tuple[str, ...]:
        """Return the tokens on which the setup itself says to stop."""
        setup = self.setup
        return setup.extra_stop_tokens if setup.stop_tokens is None else setup.stop_tokens

    def ids_of(self, text: str) -> list[int]:
        """Return the ids of a text alone, nothing added; empty where there is no tokenizer."""
        if self.tokenizer is None:
            return []
        known = self.added_tokens.get(text)
        return [known] if known is not None else self.tokenizer.encode(text)

    def special_id(self, name: str) -> int | None:
        """Return the id of `bos_token`, `eos_token`, ..., or None where it is not set."""
        token = self.special_tokens.get(name) if self.tokenizer is not None else None
        ids = self.ids_of(token) if token else []
        return ids[0] if len(ids) == 1 else None
