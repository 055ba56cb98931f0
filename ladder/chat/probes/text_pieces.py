"""`lost_pieces`: which texts of a conversation do not stand in the prompt that a template made of it.

A text is looked for as it stands, white space and capitals passed over, and as JSON. One that is
short, or that stands there in several places, proves nothing so: it is marked with a word that
occurs nowhere else, and the conversation is rendered again.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ladder.errors import LadderError
from ladder.text import REASONING_KEYS

Turns = list[dict[str, Any]]
Render = Callable[[list[Turns]], Sequence[str | LadderError]]

MARK = "quollmark"
_SHORT = 12
_SYSTEM = ("system", "developer")
_THOUGHT = re.compile(r"<think>(.*?)</think>", re.DOTALL)
_ARGUMENTS = "the arguments of a tool call"
_NAMES = {
    "system": "a system message",
    "developer": "a developer message",
    "user": "a user message",
    "assistant": "a reply",
    "tool": "a tool result",
}


@dataclass(frozen=True)
class TextPiece:
    """One text of a conversation.

    Attributes:
        turn: Position of its message.
        where: What it is, in words.
        text: As the message has it; empty for an image and the like.
        kind: `text`, `reasoning`, `call`, or `media`.
        key: The message's key in which it stands.
        part: Position among typed parts, where the content is given so.
    """

    turn: int
    where: str
    text: str
    kind: str = "text"
    key: str = "content"
    part: int | None = None


@dataclass(frozen=True)
class LostPiece:
    """A text that the prompt does not hold; `is_changed` where its beginning or end still does."""

    piece: TextPiece
    is_changed: bool = False


def pieces_of(turns: Turns) -> Iterator[TextPiece]:
    """Yield every text of a conversation: content, each typed part, reasoning, calls.

    >>> [piece.where for piece in pieces_of([{"role": "user", "content": "Hi"}])]
    ['a user message']
    """
    for at, turn in enumerate(turns):
        name = _name(turns, at)
        content = turn.get("content")
        if isinstance(content, list):
            yield from _of_parts(at, name, content)
        elif isinstance(content, str) and turn.get("role") == "assistant":
            yield from _of_reply(at, name, content)
        elif isinstance(content, str):
            yield TextPiece(at, name, content)
        for key in REASONING_KEYS:
            if isinstance(turn.get(key), str):
                yield TextPiece(at, f"the reasoning of {name}", turn[key], "reasoning", key)
                break
        yield from _of_calls(at, turn.get("tool_calls"))


def _name(turns: Turns, at: int) -> str:
    role = str(turns[at].get("role"))
    name = _NAMES.get(role, f"a message of role {role}")
    if role in _SYSTEM and any(each.get("role") not in _SYSTEM for each in turns[:at]):
        return f"a late {role} message"
    return f"{name} beside its tool call" if turns[at].get("tool_calls") else name


def _of_parts(at: int, name: str, parts: list[Any]) -> Iterator[TextPiece]:
    texts = 0
    for place, part in enumerate(parts):
        text = part if isinstance(part, str) else _get(part, "text")
        if isinstance(text, str):
            texts += 1
            where = name if texts == 1 else f"text part {texts} of {name}"
            yield TextPiece(at, where, text, part=place)
        elif isinstance(part, Mapping):
            yield TextPiece(at, f"the {part.get('type')} in {name}", "", "media", part=place)


def _of_reply(at: int, name: str, content: str) -> Iterator[TextPiece]:
    """Yield a reply's thoughts apart from the rest: templates treat them apart."""
    for thought in _THOUGHT.findall(content):
        yield TextPiece(at, f"the reasoning of {name}", thought, "reasoning")
    yield TextPiece(at, name, _THOUGHT.sub("", content))


def _of_calls(at: int, calls: Any) -> Iterator[TextPiece]:  # noqa: ANN401 - whatever the data hold
    for place, call in enumerate(calls if isinstance(calls, list) else ()):
        function = _get(call, "function") or call
        name, arguments = _get(function, "name"), _get(function, "arguments")
        if isinstance(name, str):
            yield TextPiece(at, "the name of a tool call", name, "call", "tool_calls", place)
        if arguments:
            is_text = isinstance(arguments, str)
            text = arguments if is_text else json.dumps(arguments, ensure_ascii=False)
            value = _json(text)
            mark_at = place if value is not None and _first_text(value) is not None else None
            yield TextPiece(at, _ARGUMENTS, text, "call", "tool_calls", mark_at)


def _get(value: Any, key: str) -> Any:  # noqa: ANN401 - any JSON value
    return value.get(key) if isinstance(value, Mapping) else None


def lost_pieces(
    conversations: Sequence[Turns], texts: Sequence[str | LadderError], render: Render
) -> list[list[LostPiece]]:
    """Return, for each conversation, what its text lacks; nothing where it has none."""
    lost: list[list[LostPiece]] = []
    doubtful: list[tuple[int, TextPiece]] = []
    for number, (turns, text) in enumerate(zip(conversations, texts, strict=True)):
        lost.append([])
        if not isinstance(text, str):
            continue
        prompt, pieces = _dense(text), list(pieces_of(turns))
        same = Counter(_dense(piece.text) for piece in pieces)
        for piece in pieces:
            wanted = _dense(piece.text)
            if piece.kind == "media" or (wanted and _needs_mark(piece, prompt, same[wanted])):
                doubtful.append((number, piece))
            elif wanted and not _stands(piece.text, prompt):
                lost[-1].append(LostPiece(piece, _is_partly(wanted, prompt)))
    again = render([_marked(conversations[number], piece) for number, piece in doubtful])
    for (number, piece), outcome in zip(doubtful, again, strict=True):
        if isinstance(outcome, str) and not _shows(piece, outcome, texts[number]):
            lost[number].append(LostPiece(piece))
    return lost


def _needs_mark(piece: TextPiece, prompt: str, times: int) -> bool:
    """Return whether finding the text, or not, says too little."""
    if piece.kind == "call":
        return piece.part is not None  # the name stands among the tools, and a value may be short
    if _json(piece.text) is not None:
        return False
    wanted = _dense(piece.text)
    return len(wanted) < _SHORT or (wanted in prompt and prompt.count(wanted) != times)


def _stands(text: str, prompt: str) -> bool:
    """Return whether a text stands in a prompt without white space, as text or as JSON."""
    if _is_in(text, prompt):
        return True
    value = _json(text)
    return value is not None and all(_is_in(leaf, prompt) for leaf in _leaves(value))


def _is_in(text: str, prompt: str) -> bool:
    forms = (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    return any(_dense(form) in prompt for form in forms)


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return the object or list that a text holds as JSON, or None."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield json.dumps(value)


def _is_partly(wanted: str, prompt: str) -> bool:
    return wanted[:_SHORT] in prompt or wanted[-_SHORT:] in prompt


def _shows(piece: TextPiece, outcome: str, plain: str | LadderError) -> bool:
    return outcome != plain if piece.kind == "media" else MARK in outcome


def _marked(turns: Turns, piece: TextPiece) -> Turns:
    """Return the conversation with a mark after one text, or without one image."""
    turn = dict(turns[piece.turn])
    value = turn[piece.key]
    if piece.kind == "call":
        change = _with_other_value if piece.where == _ARGUMENTS else _renamed
        turn[piece.key] = [
            change(call) if place == piece.part else call for place, call in enumerate(value)
        ]
    elif piece.part is not None:
        parts = list(value)
        if piece.kind == "media":
            del parts[piece.part]
        else:
            part = parts[piece.part]
            parts[piece.part] = (
                f"{part} {MARK}"
                if isinstance(part, str)
                else {**part, "text": _after(part["text"])}
            )
        turn[piece.key] = parts
    elif piece.kind == "reasoning" and piece.key == "content":
        turn[piece.key] = value.replace(f"{piece.text}</think>", f"{_after(piece.text)}</think>", 1)
    else:
        turn[piece.key] = _after(value)
    return [*turns[: piece.turn], turn, *turns[piece.turn + 1 :]]


def _renamed(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function")
    if isinstance(function, Mapping):
        return {**call, "function": {**function, "name": f"{function['name']}_{MARK}"}}
    return {**call, "name": f"{call['name']}_{MARK}"}


def _with_other_value(call: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call with a mark after the first text among its arguments."""
    inner = call.get("function")
    function: Mapping[str, Any] = inner if isinstance(inner, Mapping) else call
    arguments = function["arguments"]
    is_text = isinstance(arguments, str)
    value = json.loads(arguments) if is_text else arguments
    old = json.dumps(_first_text(value), ensure_ascii=False)
    new = json.dumps(_after(str(_first_text(value))), ensure_ascii=False)
    changed = json.dumps(value, ensure_ascii=False).replace(f": {old}", f": {new}", 1)
    other = {**function, "arguments": changed if is_text else json.loads(changed)}
    return {**call, "function": other} if function is not call else other


def _first_text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    """Return the first value among arguments that is a text.

    >>> _first_text({"n": 1, "city": "Oslo"})
    'Oslo'
    """
    values = value.values() if isinstance(value, Mapping) else ()
    return next((each for each in values if isinstance(each, str)), None)


def _after(text: str) -> str:
    kept = text.rstrip()
    return f"{kept} {MARK}{text[len(kept) :]}"


def _dense(text: str) -> str:
    r"""Return a text without white space and capitals.

    >>> _dense("A b\n")
    'ab'
    """
    return "".join(text.split()).casefold()
