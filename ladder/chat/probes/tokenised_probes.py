"""What the tokenizer makes of the rendered texts: control tokens, ids, and the stop set."""

import re
from functools import cached_property

from ladder.chat.probes.control import CONTROL, any_of
from ladder.chat.probes.rendered_probes import RenderedProbes


class TokenisedProbes(RenderedProbes):
    """Rendered texts with their tokens."""

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
