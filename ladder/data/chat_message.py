"""`Message`: one turn of a conversation, with all that its row says of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation.

    Attributes:
        role: Who speaks: `system`, `user`, `assistant`, `tool`, or another that a template knows.
        content: Its text; of typed content the text parts, a line each.
        given: The whole turn as JSON where it holds more than a role and a text: typed parts,
            `tool_calls`, `tool_call_id`, `name`. Keys stand in the order in which they were given.
    """

    role: str
    content: str
    given: str | None = None

    @classmethod
    def of(cls, turn: Mapping[str, Any]) -> Self:
        """Return a turn from its mapping. A key without a value counts as absent.

        >>> Message.of({"role": "user", "content": "Hello"})
        Message(role='user', content='Hello', given=None)
        >>> Message.of({"role": "user", "content": [{"type": "text", "text": "Hello"}]}).content
        'Hello'
        """
        kept = {key: value for key, value in turn.items() if value is not None or key == "content"}
        content = kept.get("content")
        if list(kept) == ["role", "content"] and isinstance(content, str):
            return cls(str(kept["role"]), content)
        return cls(str(kept["role"]), content_text(content), json.dumps(kept, ensure_ascii=False))

    @property
    def turn(self) -> dict[str, Any]:
        """Return the turn as chat templates, servers and training libraries take it."""
        if self.given is None:
            return {"role": self.role, "content": self.content}
        turn: dict[str, Any] = json.loads(self.given)
        return turn

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """Return the calls of this turn, each with its `name` and `arguments`, read from JSON text.

        >>> call = {"type": "function", "function": {"name": "time", "arguments": '{"zone": "UTC"}'}}
        >>> Message.of({"role": "assistant", "content": None, "tool_calls": [call]}).tool_calls
        [{'name': 'time', 'arguments': {'zone': 'UTC'}}]
        """
        turn = {} if self.given is None else self.turn
        return calls_in(turn)

    @property
    def text(self) -> str:
        """Return all that stands in the turn, its tool calls included, as a person reads it."""
        calls = [json.dumps(call, ensure_ascii=False) for call in self.tool_calls]
        return "\n".join(part for part in (self.content, *calls) if part)

    def with_text(self, text: str) -> "Message":
        """Return the turn with another text; parts that are no text stay where they are.

        >>> Message("user", "Hello").with_text("Goodbye").content
        'Goodbye'
        """
        if text == self.content:
            return self
        turn = self.turn
        parts = turn.get("content")
        if not isinstance(parts, list):
            return Message.of({**turn, "content": text})
        kept = [part for part in parts if not _is_text(part)]
        first = next((at for at, part in enumerate(parts) if _is_text(part)), 0)
        kept.insert(min(first, len(kept)), {"type": "text", "text": text})
        return Message.of({**turn, "content": kept})


def calls_in(turn: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the calls of a turn as `Message.tool_calls` has them; one without a name is none.

    >>> calls_in({"function_call": {"name": "time", "arguments": "{}"}}), calls_in({"tool_calls": []})
    ([{'name': 'time', 'arguments': {}}], [])
    """
    calls = turn.get("tool_calls") or [turn.get("function_call")]
    named = [
        call.get("function", call)
        for call in (calls if isinstance(calls, list) else [calls])
        if isinstance(call, Mapping)
    ]
    return [
        {"name": each["name"], "arguments": arguments_of(each)}
        for each in named
        if isinstance(each, Mapping) and each.get("name")
    ]


def content_text(content: Any) -> str:  # noqa: ANN401 - text, typed parts or nothing
    r"""Return the text of a turn's content; of typed parts those that are text, a line each.

    >>> content_text([{"type": "text", "text": "What is it?"}, {"type": "image", "url": "a.png"}])
    'What is it?'
    """
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part if isinstance(part, str) else part.get("text") for part in parts if part)
    return "\n".join(str(text) for text in texts if text)


def arguments_of(function: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON value
    """Return the arguments of a call as a value, also where they are written as JSON text."""
    arguments = function.get("arguments")
    if not isinstance(arguments, str):
        return arguments if arguments is not None else {}
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def transcript(messages: Sequence[Message]) -> str:
    r"""Return a conversation as text in which each turn says who speaks.

    >>> transcript([Message("user", "Hello"), Message("assistant", "Yes?")])
    'User: Hello\n\nAssistant: Yes?'
    """
    return "\n\n".join(f"{each.role.capitalize()}: {each.text}" for each in messages)


def _is_text(part: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(part, str) or (isinstance(part, Mapping) and "text" in part)
