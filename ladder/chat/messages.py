"""`fold_system` moves the system text into the first user turn; `continued` cuts a text after a beginning."""

from collections.abc import Mapping, Sequence
from typing import Any

CUES = (":", "\uff1a", "=", "->", "→", "=>")
"""Ends of a prompt that ask for the answer on the same line."""


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


def continued(text: str, prefill: str) -> str | None:
    """Return a rendered conversation up to the end of its last message; None where it is not there.

    White space at the end of the prefill is left out: a token may hold it and a word.

    >>> continued("<user>Hi</user><bot>The code is</bot>", "The code is ")
    '<user>Hi</user><bot>The code is'
    """
    wanted = prefill.rstrip()
    at = text.rfind(wanted)
    return None if not wanted or at < 0 else text[: at + len(wanted)]


def headed(messages: Sequence[Mapping[str, Any]], headings: Mapping[str, str]) -> str:
    r"""Return turns as one text with a heading before each, ending with the one of the reply.

    >>> headed([{"role": "user", "content": "Hi"}], {"user": "### In:", "assistant": "### Out:"})
    '### In:\nHi\n\n### Out:\n'
    """
    written = [
        "\n".join(
            filter(None, (headings.get(str(turn.get("role"))), _text(turn.get("content", ""))))
        )
        for turn in messages
    ]
    cue = headings.get("assistant", "")
    return "\n\n".join([*written, f"{cue}\n" if cue else ""])
