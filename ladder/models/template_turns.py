"""`write_turns`: turns with tool calls and typed parts, in the form that a chat template takes."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from ladder.chat.context import Write
from ladder.data.chat_message import calls_in, content_text
from ladder.errors import RenderError, SpecError
from ladder.models.turn_forms import (
    Turn,
    other_forms,
    renamed,
    with_ids_of_names,
    with_names,
    with_objects,
    with_tool_calls,
)

_SENTINEL = "_zqx"
_ESCAPES = re.compile(r"\\+u[0-9a-fA-F]{4}|\\+.|[^A-Za-z0-9]", re.DOTALL)


def write_turns(turns: Sequence[Turn], write: Write, *, may_lose: bool = False) -> str:
    r"""Return what a template writes, with the turns in the form that it takes.

    Arguments of tool calls go in as objects, as transformers asks for. Where the template fails on
    that, or leaves a call out, the forms of other runtimes are tried (`other_forms`); none may lose
    a call. A template that knows no typed parts fails on them, drops them or prints them as they
    stand: it gets their text, where they are all text.

    Args:
        turns: The conversation.
        write: Renders turns by the template.
        may_lose: Whether a prompt without some of the calls is wanted where there is no better one,
            to look at what is lost.

    Raises:
        RenderError: The template fails on the turns in every form, or leaves out a call.
        SpecError: The template does not know typed parts, and some of them are no text.

    >>> parts = {"role": "user", "content": [{"type": "text", "text": "Hello"}]}
    >>> write_turns([parts], lambda turns, keeps_null=False: str(turns[0]["content"]))
    'Hello'
    """
    turns = [with_tool_calls(turn) for turn in turns]
    typed = [part for turn in turns for part in _parts(turn)]
    if not typed:
        return _with_calls(turns, write, may_lose=may_lose)
    error: RenderError | None = None
    try:
        text = _with_calls(turns, write, may_lose=may_lose)
    except RenderError as raised:
        text, error = "", raised
    if text and all(_is_written(part, text) for part in typed):
        return text
    other = [part for part in typed if not _is_text(part)]
    if other:
        raise error or SpecError(
            f"The chat template does not know typed content such as {str(other[0])[:60]!r}.",
            next_step="Use a model whose template takes such parts, or rows of text alone.",
        )
    return _with_calls([_flat(turn) for turn in turns], write, may_lose=may_lose)


def is_plain(turns: Sequence[Turn]) -> bool:
    """Return whether turns have one form only: texts, without calls of tools.

    >>> is_plain([{"role": "user", "content": "hi"}]), is_plain([{"role": "user", "content": []}])
    (True, False)
    """
    return all(
        isinstance(turn.get("content"), str)
        and not turn.get("tool_calls")
        and with_tool_calls(turn) is turn
        for turn in turns
    )


def _with_calls(turns: Sequence[Turn], write: Write, *, may_lose: bool) -> str:
    """Return the prompt with all calls in it.

    Raises:
        RenderError: The template fails on every form, or leaves a call out.
    """
    as_objects = [with_objects(turn) for turn in turns]
    if not any(turn.get("tool_calls") for turn in turns):
        return _without_calls(turns, write)
    lost, text = None, ""
    try:
        text = write(as_objects)
        if _are_called(as_objects, text) and _names_are_written(as_objects, write):
            return text
        named = _by_ids(as_objects, text, write)
        if named is not None:
            return named
        error = lost = _left_out(turns, text)
    except RenderError as raised:
        error = raised
    for form in other_forms(turns, error.message):
        with suppress(RenderError):
            again = write(form.turns, keeps_null=form.keeps_null)
            if _are_called(turns, again) and _names_are_written(
                form.turns, write, keeps_null=form.keeps_null
            ):
                return again
            lost = lost or _left_out(turns, again)
    if text and may_lose:
        return text
    raise lost or error


def _without_calls(turns: Sequence[Turn], write: Write) -> str:
    try:
        return write(turns)
    except RenderError:
        named = with_names(turns)
        if all(turn.get("content") is not None for turn in turns):
            raise
        return write([{**turn, "content": turn.get("content") or ""} for turn in named])


def _names_are_written(turns: Sequence[Turn], write: Write, *, keeps_null: bool = False) -> bool:
    """Return whether a template writes the name of every call, and not only those of the tools."""
    n_calls = sum(len(calls_in(turn)) for turn in turns)
    with suppress(RenderError):
        return write(renamed(turns, _SENTINEL), keeps_null=keeps_null).count(_SENTINEL) >= n_calls
    return True


def _by_ids(turns: Sequence[Turn], text: str, write: Write) -> str | None:
    """Return the prompt with the tools' names in the ids, where a template writes ids alone.

    Kimi's template writes the id of a call and not its name, as its runtime puts the name there.
    """
    ids = [str(call.get("id") or "") for turn in turns for call in turn.get("tool_calls") or ()]
    if not any(each and each in text for each in ids):
        return None
    named = with_ids_of_names(turns)
    with suppress(RenderError):
        again = write(named)
        if all(each["id"] in again for turn in named for each in turn.get("tool_calls") or ()):
            return again
    return None


def _left_out(turns: Sequence[Turn], text: str) -> RenderError:
    calls = [call for turn in turns for call in calls_in(turn)]
    lost = next((call for call in calls if not _is_called(call, _letters(text))), calls[-1])
    return RenderError(
        f"The chat template leaves out a call of {lost['name']!r} that stands in the conversation.",
        next_step="Use a model or template that writes calls of tools (`ladder template check` "
        "tells which does not), or rows without calls.",
        message="a call is left out",
    )


def _are_called(turns: Sequence[Turn], text: str) -> bool:
    letters = _letters(text)
    return all(_is_called(call, letters) for turn in turns for call in calls_in(turn))


def _is_called(call: Mapping[str, Any], letters: str) -> bool:
    """Return whether the name of a call and the texts among its arguments stand in a prompt."""
    words = [str(call["name"]), *_leaves(call["arguments"])]
    return all(_letters(word) in letters for word in words)


def _letters(text: str) -> str:
    r"""Return the letters and digits of a text, so that no way to escape the others counts.

    >>> _letters('"a\\"b\\u00e9"') == _letters('a"bé') == "ab"
    True
    """
    return _ESCAPES.sub("", text)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value


def _parts(turn: Turn) -> list[Any]:
    content = turn.get("content")
    return content if isinstance(content, list) else []


def _is_written(part: Any, text: str) -> bool:
    """Return whether a part stands in a prompt, and not as a program would print it."""
    if isinstance(part, Mapping) and (str(part) in text or json.dumps(part) in text):
        return False
    return not _is_text(part) or content_text([part]).strip() in text


def _is_text(part: Any) -> bool:
    return isinstance(part, str) or part.get("type") == "text"


def _flat(turn: Turn) -> Turn:
    parts = turn.get("content")
    return {**turn, "content": content_text(parts)} if isinstance(parts, list) else turn
