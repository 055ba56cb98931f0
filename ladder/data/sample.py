"""`Sample`: one eval item."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ladder.data.chat_message import Message, transcript
from ladder.data.conversation import Conversation
from ladder.spec.data_source import TargetKind

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sample:
    """One eval item: what goes in, and what should come out.

    Attributes:
        id: From the id column, else a hash of the content; unique in a data set.
        input: The text of the input column; of a conversation that of its last user turn.
        targets: Acceptable answers, at least one; all are kept as text, never as numbers. Where
            the spec says that there are none, one empty text.
        cluster: Samples that belong together (a passage, a user) never part across the split.
        columns: Every other column of the row, by name; the prompt and slices may use them.
        where: The place of its row, such as `eval.jsonl:12`, to name it by; no part of what it is.
        conversation: All turns, the answer as a turn and the tools, where the row holds them.
        form: The form in which its row was recognised; empty for an input and a target column.
        kind: What the row gives as the answer: a text, an object (as JSON), calls of tools, or
            none (an empty text).
        left_out: What stands in its row and is in no sample, in words.
    """

    id: str
    input: str
    targets: tuple[str, ...]
    cluster: str | None = None
    columns: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    where: str = field(default="", compare=False)
    conversation: Conversation | None = None
    form: str = field(default="", compare=False)
    kind: TargetKind = field(default="text", compare=False)
    left_out: str = field(default="", compare=False)

    @property
    def asked(self) -> str:
        """Return the text that tells this sample from others: its input, or all its turns."""
        return self.input if self.conversation is None else self.conversation.asked

    @property
    def transcript(self) -> str:
        """Return what was asked, for a reader: the input, or all turns with who said them."""
        return self.input if self.conversation is None else transcript(self.conversation.turns)

    @property
    def answer(self) -> Message:
        """Return the wanted answer as a turn: the first target, or the turn that its row holds."""
        if self.conversation is None:
            return Message("assistant", self.targets[0])
        return self.conversation.answer

    @property
    def texts(self) -> list[str]:
        """Return every text of the row: input, turns, targets and the columns that hold text."""
        turns = () if self.conversation is None else self.conversation.turns
        columns = [value for value in self.columns.values() if isinstance(value, str)]
        said = [turn.text for turn in turns]
        return list(dict.fromkeys([self.input, *said, *self.targets, *columns]))
