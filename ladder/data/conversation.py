"""`Conversation`: the turns of a sample, the answer that should follow, and the tools at hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from ladder.data.chat_message import Message

SYSTEM_ROLES = ("system", "developer")
"""Roles of the turns that instruct the model."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a sample's row holds where it is more than one text.

    Attributes:
        turns: What was said before the answer: system text, questions, answers, tool results.
        answer: The turn that should follow.
        tools: The schemas of the tools that the model may call, as JSON; empty without any.
    """

    turns: tuple[Message, ...]
    answer: Message
    tools: str = ""

    @property
    def system(self) -> str:
        """Return the text of the system turns."""
        return "\n\n".join(turn.content for turn in self.turns if turn.role in SYSTEM_ROLES)

    @property
    def asked(self) -> str:
        """Return the turns before the answer without the system text: by these, samples are told apart."""
        return "\n".join(turn.text for turn in self.turns if turn.role not in SYSTEM_ROLES)

    @property
    def question(self) -> str:
        """Return the text of the last user turn."""
        at = last_question(self.turns)
        return "" if at is None else self.turns[at].content

    @property
    def whole(self) -> list[Any]:
        """Return everything, as JSON values: two conversations are the same where these are."""
        turns = [turn.turn for turn in (*self.turns, self.answer)]
        return [turns, json.loads(self.tools) if self.tools else []]


def leading_system(turns: Sequence[Message]) -> tuple[Message, ...]:
    """Return the system turns with which a conversation begins.

    >>> leading_system([Message("system", "Be brief."), Message("user", "2 + 2")])
    (Message(role='system', content='Be brief.', given=None),)
    """
    return tuple(takewhile(lambda turn: turn.role in SYSTEM_ROLES, turns))


def last_question(turns: Sequence[Message]) -> int | None:
    """Return the position of the last user turn, or None where nobody asks.

    >>> last_question([Message("user", "2 + 2"), Message("assistant", "4")])
    0
    """
    return next((at for at in reversed(range(len(turns))) if turns[at].role == "user"), None)
