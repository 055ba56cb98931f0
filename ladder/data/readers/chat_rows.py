"""`chat_form`: whether a row holds a conversation, and the command that turns such rows into columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_FORMS = (("content", "role", ("user",)), ("value", "from", ("human", "user")))
"""Where a turn's text stands, where its speaker stands, and what the person who asks is called."""


@dataclass(frozen=True, slots=True)
class ChatForm:
    """How a row holds a conversation.

    Attributes:
        column: The column that holds the turns.
        text, speaker: The keys of a turn.
        asker: What the person who asks is called.
    """

    column: str
    text: str
    speaker: str
    asker: str

    @property
    def command(self) -> str:
        """Return a jq filter: the last question as `input`, the answer after it as `target`.

        Earlier turns and a system message go into columns of their own, so that nothing is lost.
        """
        turns = f".{self.column}"
        asked = f'map(select(.{self.speaker} == "{self.asker}"))'
        return (
            f'{{system: ({turns} | map(select(.{self.speaker} == "system")) | '
            f'map(.{self.text}) | join("\\n")), '
            f'earlier: ({turns}[:-2] | map(select(.{self.speaker} != "system") | '
            f'.{self.speaker} + ": " + .{self.text}) | join("\\n")), '
            f"input: ({turns} | {asked} | last.{self.text}), target: ({turns} | last.{self.text})}}"
        )


def chat_form(columns: Mapping[str, Any]) -> ChatForm | None:
    """Return how a row holds a conversation: OpenAI's `messages`, ShareGPT's `conversations`.

    >>> row = {"messages": [{"role": "user", "content": "2 + 2"}]}
    >>> chat_form(row).column
    'messages'
    >>> chat_form({"question": "2 + 2", "answer": "4"}) is None
    True
    """
    for column, turns in columns.items():
        if not isinstance(turns, list) or not turns or not isinstance(turns[0], Mapping):
            continue
        for text, speaker, askers in _FORMS:
            if all(isinstance(turn, Mapping) and {text, speaker} <= turn.keys() for turn in turns):
                speakers = {str(turn[speaker]) for turn in turns}
                asker = next((name for name in askers if name in speakers), askers[0])
                return ChatForm(str(column), text, speaker, asker)
    return None
