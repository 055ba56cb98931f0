"""`fold_system` moves the system text into the first user turn; `has_role` looks for a role."""

from collections.abc import Mapping, Sequence
from typing import Any


def fold_system(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    r"""Put the system text before the first user text, for templates without a system turn.

    >>> fold_system([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}])
    [{'role': 'user', 'content': 'Be brief.\n\nHi'}]
    >>> fold_system([{"role": "user", "content": "Hi"}])
    [{'role': 'user', 'content': 'Hi'}]
    """
    system = [_text(m.get("content", "")) for m in messages if m.get("role") == "system"]
    rest = [dict(message) for message in messages if message.get("role") != "system"]
    first = next((message for message in rest if message.get("role") == "user"), None)
    if system and first is not None:
        first["content"] = _before(system, first.get("content", ""))
    elif system:
        rest.insert(0, {"role": "user", "content": "\n\n".join(system)})
    return rest


def _before(system: Sequence[str], content: Any) -> Any:  # noqa: ANN401 - text or typed parts
    """Return content with the system text before it, as a part of its own before typed parts."""
    if isinstance(content, list):
        return [{"type": "text", "text": "\n\n".join(system)}, *content]
    return "\n\n".join([*system, str(content)])


def _text(content: Any) -> str:  # noqa: ANN401 - text or typed parts
    if not isinstance(content, list):
        return str(content)
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))


def has_role(conversations: Sequence[Sequence[Mapping[str, Any]]], role: str) -> bool:
    """Return whether some message of some conversation has the role."""
    return any(message.get("role") == role for turns in conversations for message in turns)
