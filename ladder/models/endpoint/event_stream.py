"""The completion that a stream of events adds up to: some gateways stream, asked or not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ladder.models.endpoint.json_body import json_value

_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""How a line of a stream of events begins; one that begins with the colon is a comment."""

_MARK = b"\xef\xbb\xbf"
_END = b"[DONE]"
_LAST_LINE = re.compile(rb"^data:\s*\[DONE\]", re.MULTILINE)
_MOST_CALLS = 128
_WORDS = ("role", "id", "type", "name", "model")
"""Texts that are said once and whole, where other texts come in pieces."""


class BrokenStreamError(ValueError):
    """A stream that ends before the answer does."""


def is_stream(body: bytes) -> bool:
    r"""Return whether a body is a stream of events, or has a JSON object in each of its lines.

    >>> is_stream(b": wait\n\ndata: {}"), is_stream(b'{"a": 1}\n{"b": 2}'), is_stream(b'{"a":\n1}')
    (True, True, False)
    """
    start = body.removeprefix(_MARK).lstrip()
    return start.startswith(_FIELDS) or (start.startswith(b"{") and _ends_first_line(start))


def from_stream(body: bytes) -> dict[str, Any]:
    r"""Return the completion that a stream of events adds up to, its first answer; empty for none.

    Raises:
        BrokenStreamError: The stream breaks off.
        ValueError: An event is no JSON object.

    >>> one = b'data: {"model": "m", "choices": [{"delta": {"content": "4"}}]}\n\n'
    >>> last = b'data: {"choices": [{"delta": {"content": "2"}, "finish_reason": "stop"}]}\n\n'
    >>> whole = from_stream(one + last + b"data: [DONE]\n\n")
    >>> whole["choices"], whole["model"]
    ([{'message': {'content': '42'}, 'text': '42', 'finish_reason': 'stop'}], 'm')
    """
    whole: dict[str, Any] = {}
    choices: dict[object, _Choice] = {}
    for event in _events(body.removeprefix(_MARK)):
        whole |= {name: value for name, value in event.items() if value and name != "choices"}
        for piece in event.get("choices") or ():
            whole |= {"error": piece["error"]} if piece.get("error") else {}
            choices.setdefault(piece.get("index") or 0, _Choice()).add(piece)
    if not choices:
        return whole
    first = choices[min(choices, key=str)]
    is_over = first.reason is not None or whole.get("error") or _LAST_LINE.search(body)
    if not is_over:
        raise BrokenStreamError("a stream that breaks off")
    return {**whole, "choices": [first.joined()]}


@dataclass
class _Choice:
    """One answer, of which a piece comes at a time.

    Attributes:
        said: What all pieces add up to.
        message: A whole message, which some gateways send in the place of pieces or beside them.
        others: What stands beside the message, such as likelihoods.
        reason: Why the answer ended.
    """

    said: dict[str, Any] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    reason: object = None

    def add(self, piece: Mapping[str, Any]) -> None:
        ended = piece.get("finish_reason")
        ended = piece.get("stop_reason") if ended is None else ended
        self.reason = self.reason if ended is None else ended
        _extend(self.said, piece.get("delta") or {})
        self.message = piece.get("message") or self.message
        if isinstance(piece.get("text"), str):
            _extend(self.said, {"content": piece["text"]})
        if isinstance(piece.get("logprobs"), dict):
            _extend(self.others.setdefault("logprobs", {}), piece["logprobs"])

    def joined(self) -> dict[str, Any]:
        """Return the choice as it comes where nothing is streamed."""
        said = {name: value for name, value in self.said.items() if value or name == "content"}
        message = said if any(said[name] for name in said if name != "role") else self.message
        message = {"content": "", **message} if not message.get("tool_calls") else message
        text = message.get("content")
        return {
            "message": {name: value for name, value in message.items() if name != "role"},
            "text": text if isinstance(text, str) else "",
            "finish_reason": self.reason,
            **self.others,
        }


def _extend(said: dict[str, Any], piece: Mapping[str, Any]) -> None:
    """Add a piece to what was said: texts and lists grow, all else is taken as it is."""
    for name, value in piece.items():
        if name == "tool_calls" and isinstance(value, list):
            _extend_calls(said.setdefault(name, []), value)
        else:
            said[name] = _longer(said.get(name), value, is_word=name in _WORDS)


def _longer(before: Any, piece: Any, *, is_word: bool = False) -> Any:
    if not piece or (is_word and before):
        return piece if before is None else before
    if isinstance(before, str) and isinstance(piece, str):
        return before + piece
    if isinstance(before, list) or isinstance(piece, list):
        return _joined_parts(_as_list(before), _as_list(piece))
    if isinstance(before, dict) and isinstance(piece, dict):
        _extend(before, piece)
        return before
    return piece


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if value else []


def _joined_parts(before: list[Any], pieces: list[Any]) -> list[Any]:
    """Return parts in their order; one that goes on with the kind before it grows that part.

    >>> _joined_parts([{"type": "text", "text": "4"}], [{"type": "text", "text": "2"}])
    [{'type': 'text', 'text': '42'}]
    """
    parts = list(before)
    for piece in pieces:
        last = parts[-1] if parts else None
        if isinstance(last, dict) and isinstance(piece, dict) and _goes_on(last, piece):
            parts[-1] = dict(last)
            _extend(parts[-1], piece)
        else:
            parts.append(piece)
    return parts


def _goes_on(last: Mapping[str, Any], piece: Mapping[str, Any]) -> bool:
    return "type" in piece and last.keys() == piece.keys() and last["type"] == piece["type"]


def _extend_calls(calls: list[dict[str, Any]], pieces: list[Any]) -> None:
    """Add pieces of tool calls: one with another id, or without a place, begins a call of its own."""
    for piece in pieces:
        place = piece.get("index")
        same = [call for call in calls if place is not None and call.get("index") == place]
        last = same[-1] if same else (calls[-1] if calls and place is None else None)
        begins = bool((piece.get("function") or {}).get("name")) and (
            place is None
            or (last is not None and piece.get("id") not in (None, "", last.get("id")))
        )
        if last is not None and not begins:
            _extend(last, piece)
        elif len(calls) < _MOST_CALLS:
            calls.append({**piece, "function": dict(piece.get("function") or {})})


def _events(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the objects of a stream; one may stand in several lines, up to an empty one."""
    held = b""
    for line in body.splitlines():
        value = _data_in(line)
        if value is None:
            if not line.strip() and held:
                raise ValueError("an event that is no JSON")
            continue
        held = held + b"\n" + value if held else value
        try:
            event = json_value(held)
        except ValueError:
            continue
        held = b""
        if not isinstance(event, dict):
            raise ValueError("an event that is no JSON object")  # noqa: TRY004 - as json.loads
        yield event
    if held:
        raise BrokenStreamError("a stream that breaks off within an event")


def _data_in(line: bytes) -> bytes | None:
    """Return the data in a line, with or without its name before it; None where it has none."""
    if line.startswith(b"{"):
        return line
    name, _, value = line.partition(b":")
    is_data = name.strip() == b"data" and value.strip() not in (b"", _END)
    return value.strip() if is_data else None


def _ends_first_line(start: bytes) -> bool:
    """Return whether the first line is a JSON object, and another one follows."""
    first, *others = start.split(b"\n", 2)
    if not others or not others[0].lstrip().startswith(b"{"):
        return False
    try:
        json_value(first)
    except (ValueError, RecursionError):
        return False
    return True
