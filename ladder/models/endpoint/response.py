"""Read what an endpoint sent. A status of 200 proves nothing, so everything is checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ladder.errors import MalformedError

_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Where servers put what a model says before its answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One completion, checked.

    Attributes:
        text: What the model said; its refusal where it refused, and empty where a tool call or the
            length stands for the text.
        finish_reason: Why it ended.
        prompt_tokens, completion_tokens: As the server counts them; 0 where it does not.
        model: The name that the server says has answered.
    """

    text: str
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    model: str


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object that the body is; raise MalformedError for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"not JSON: {_start(body)!r}") from error
    if not isinstance(value, dict):
        raise MalformedError(f"no JSON object: {_start(body)!r}")
    if value.get("error"):
        raise MalformedError(f"an error with status 200: {error_text(value)!r}")
    return value


def read_completion(body: bytes, *, chat: bool) -> Reply:
    """Return the first choice of a completion; raise MalformedError for anything else.

    >>> body = b'{"model": "m", "choices": [{"text": "4", "finish_reason": "stop"}]}'
    >>> read_completion(body, chat=False).text
    '4'
    """
    value = read_json(body)
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise MalformedError(f"no choices: {_start(body)!r}")
    reason = choices[0].get("finish_reason")
    if reason not in ("stop", "length"):
        raise MalformedError(f"finish_reason {reason!r}")
    usage = value.get("usage")
    counts: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
    return Reply(
        text=_text(choices[0], chat=chat, reason=reason),
        finish_reason=reason,
        prompt_tokens=_count(counts, "prompt_tokens"),
        completion_tokens=_count(counts, "completion_tokens"),
        model=str(value.get("model") or ""),
    )


def read_models(body: bytes) -> tuple[str, ...]:
    """Return the names in a `/models` list; raise MalformedError for anything else."""
    data = read_json(body).get("data")
    if not isinstance(data, list):
        raise MalformedError(f"no list of models: {_start(body)!r}")
    return tuple(str(entry["id"]) for entry in data if isinstance(entry, dict) and "id" in entry)


def error_text(value: Mapping[str, Any]) -> str:
    """Return the sentence inside an error object, whatever its shape, cut to 300 characters.

    >>> error_text({"error": {"message": "too long"}})
    'too long'
    """
    error = value.get("error", value.get("detail", value.get("message", "")))
    if isinstance(error, dict):
        error = error.get("message", error)
    return str(error)[:300]


def _text(choice: Mapping[str, Any], *, chat: bool, reason: str) -> str:
    place = choice.get("message") if chat else choice
    key = "content" if chat else "text"
    if not isinstance(place, dict) or key not in place:
        raise MalformedError(f"a choice without {key}")
    text = place[key]
    if text is None:
        return _text_of_null(place, key, reason)
    if not isinstance(text, str):
        raise MalformedError(f"{key} is a {type(text).__name__}, not a text")
    return text


def _text_of_null(place: Mapping[str, Any], key: str, reason: str) -> str:
    """Return what stands for an answer of null: a refusal, or nothing where that explains it."""
    refusal = place.get("refusal")
    if isinstance(refusal, str) and refusal:
        return refusal
    if reason == "length" or place.get("tool_calls") or place.get("function_call"):
        return ""
    thoughts = next((name for name in _THOUGHTS if place.get(name)), None)
    if thoughts is None:
        raise MalformedError(f"{key} is null, and nothing says why; see the server's log")
    raise MalformedError(
        f"{key} is null and all text stands in {thoughts}: the server's reasoning parser took the "
        "answer for thoughts. Start the server without that parser, or turn thinking off "
        "(chat.template_arguments: {enable_thinking: false})"
    )


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name) or 0
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedError(f"usage.{name} is {value!r}")
    return value


def _start(body: bytes) -> str:
    return body[:120].decode("utf-8", "replace")
