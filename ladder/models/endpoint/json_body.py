"""The JSON value that a server's body is, also where it comes as a stream of events."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

_JOINED = ("content", "text", "reasoning_content", "reasoning", "refusal")
_END = b"[DONE]"
_LONE_HALF = b"\\ud"
"""How a body writes half of a pair of UTF-16: no file can hold it without the other half."""


def json_value(body: bytes) -> Any:  # noqa: ANN401 - whatever the server sent
    r"""Return the value that a body is; half of a character is a question mark.

    Raises:
        ValueError: It is none.
        RecursionError: It is too deep.

    >>> json_value(b'["\\ud83d", 1]')
    ['?', 1]
    """
    value = json.loads(body)
    if _LONE_HALF not in body.lower():
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


def is_stream(body: bytes) -> bool:
    """Return whether a body is a stream of events, which some gateways send unasked."""
    return body.lstrip().startswith((b"data:", b": ", b"event:"))


def from_stream(body: bytes) -> dict[str, Any]:
    r"""Return the completion that a stream of events adds up to, its first answer; empty for none.

    Raises:
        ValueError: An event is no JSON object, or holds tools, which come in pieces; or the
            stream breaks off.

    >>> one = b'data: {"model": "m", "choices": [{"delta": {"content": "4"}}]}\n\n'
    >>> last = b'data: {"choices": [{"delta": {"content": "2"}, "finish_reason": "stop"}]}\n\n'
    >>> whole = from_stream(one + last + b"data: [DONE]\n\n")
    >>> whole["choices"], whole["model"]
    ([{'message': {'content': '42'}, 'text': '42', 'finish_reason': 'stop'}], 'm')
    """
    whole: dict[str, Any] = {}
    said: dict[object, dict[str, str]] = {}
    reasons: dict[object, object] = {}
    for event in _events(body):
        whole |= {name: value for name, value in event.items() if value and name != "choices"}
        for choice in event.get("choices") or ():
            place = choice.get("index") or 0
            reasons[place] = choice.get("finish_reason") or reasons.get(place)
            _add(said.setdefault(place, {}), choice.get("delta") or choice)
    first = next(iter(sorted(reasons, key=str)), 0)
    parts, reason = said.get(first, {}), reasons.get(first)
    if not parts and reason is None:
        return whole
    if reason is None and not whole.get("error") and _END not in body:
        raise ValueError("a stream that breaks off")
    text = parts.get("content", parts.get("text", ""))
    message = {**{name: parts[name] for name in parts if name != "text"}, "content": text}
    return {**whole, "choices": [{"message": message, "text": text, "finish_reason": reason}]}


def _add(parts: dict[str, str], piece: Mapping[str, Any]) -> None:
    if piece.get("tool_calls"):
        raise ValueError("tool calls in a stream")
    for name in _JOINED:
        if isinstance(piece.get(name), str):
            parts[name] = parts.get(name, "") + piece[name]


def _events(body: bytes) -> Iterator[dict[str, Any]]:
    for line in body.splitlines():
        name, _, value = line.partition(b":")
        if name.strip() != b"data" or value.strip() in (b"", _END):
            continue
        event = json_value(value)
        if not isinstance(event, dict):
            raise ValueError("an event that is no JSON object")  # noqa: TRY004 - as json.loads
        yield event
