"""Probes: what a template does to words that occur nowhere else.

Every rule reads a template by its effect on the conversations of `ladder.chat.probes.conversations`.
"""

import itertools
import re
from functools import cached_property

from ladder.chat.probes.control import CONTROL, TEXT_STARTS, any_of, closes, closing_partner
from ladder.chat.probes.conversations import A1, U1, U2
from ladder.chat.probes.rendered_probes import RenderedProbes
from ladder.chat.probes.text_around import after, before, between, common_suffix


class Probes(RenderedProbes):
    """One context with everything that the rules measure of it: its tokens, where turns begin and end."""

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
        listed = () if self.setup.stop_tokens is not None else self.context.stop_token_ids
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
