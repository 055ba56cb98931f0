"""The answer, its thoughts and why it ended, read from what an endpoint sent.

A status of 200 proves nothing, so everything is checked.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ladder.data.chat_message import calls_in
from ladder.errors import BusyError, CallError, CrowdedError, MalformedError
from ladder.models.base import FinishReason
from ladder.models.endpoint.error_body import (
    CROWDED,
    error_in,
    error_text,
    page_in,
    parsed,
    status_told,
)
from ladder.models.endpoint.event_stream import BrokenStreamError, from_stream, is_stream
from ladder.models.endpoint.first_word import FirstWord
from ladder.models.endpoint.json_body import json_value
from ladder.scoring.calls.tool_call import calls_as_text
from ladder.text import REASONING_KEYS

MOST_CHARACTERS = 65_536
"""The longest text that is kept of an answer, or of its thoughts."""

_THOUGHTS = (*REASONING_KEYS, "thoughts", "reasoning_details")
"""Where servers put what a model says before its answer."""

_THOUGHT_PARTS = frozenset({"thinking", "reasoning", "thought", "redacted_thinking", "summary"})
_TEXT_PARTS = frozenset({"text", "output_text", "input_text"})
_INNER = ("text", "thinking", "reasoning", "content", "value", "summary", "refusal")

# Those of OpenAI, Azure, Anthropic, Google, Mistral, Cohere, Bedrock, DeepSeek, vLLM, SGLang, TGI,
# llama.cpp, Ollama and Together, in small letters. Without a reason, or under an unknown one, an
# answer ended by itself, unless it has as many tokens as were asked for.
_ENDINGS: dict[str, FinishReason] = {
    **dict.fromkeys(
        (
            "stop", "eos", "eos_token", "eos_found", "stop_sequence", "stop_token", "end_turn",
            "endoftext", "end", "complete", "completed", "finished", "finish", "done", "success",
            "tool_calls", "tool_call", "tool_use", "function_call", "stop_str", "matched_stop",
        ),
        "stop",
    ),
    **dict.fromkeys(
        (
            "length", "max_tokens", "max_token", "max_output_tokens", "max_new_tokens", "limit",
            "max_length", "model_length", "token_limit", "model_context_window_exceeded",
            "context_length", "context_length_exceeded", "incomplete",
        ),
        "length",
    ),
    **dict.fromkeys(
        (
            "content_filter", "content_filtered", "filtered", "safety", "recitation", "blocklist",
            "prohibited_content", "spii", "guardrail", "guardrails", "guardrail_intervened",
            "error_toxic", "sensitive", "moderation", "image_safety", "blocked",
        ),
        "filtered",
    ),
    "refusal": "refused",
    "refused": "refused",
}  # fmt: skip
_BROKEN_OFF = frozenset(
    {"abort", "aborted", "cancelled", "canceled", "error", "timeout", "network_error"}
    | {"insufficient_system_resource", "load_shedding", "malformed_function_call"}
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One completion, checked.

    Attributes:
        text: What the model said, then its calls of tools, an element `<tool_call>` each
            (`calls_as_text`); its refusal where it refused, and empty where a filter or the
            length stands for the text.
        finish_reason: Why it ended.
        prompt_tokens, completion_tokens: As the server counts them; 0 where it does not.
        model: The name that the server says has answered.
        thoughts: What the server gives as thoughts, apart from the text.
        unknown_reason: The server's own word for why it ended, where ladder does not know it.
        fingerprint: What the server says of its weights and software.
        first_word: What it tells of the likelihoods of the first tokens, where it was asked.
    """

    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    model: str
    thoughts: str = ""
    unknown_reason: str = ""
    fingerprint: str = ""
    first_word: FirstWord = field(default_factory=FirstWord)


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object that the body is.

    Raises:
        BusyError: It breaks off, or is the error of a gateway whose server is overloaded or failed.
        MalformedError: It is anything else.
    """
    try:
        value = from_stream(body) if is_stream(body) else json_value(body)
    except BrokenStreamError as error:
        raise BusyError(f"The answer broke off: {error}, and ends with {_end(body)!r}.") from error
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        what = page_in(body[:4_096].decode("utf-8", "replace")) or f"not JSON: {_start(body)!r}"
        raise MalformedError(what) from error
    if not isinstance(value, dict):
        raise MalformedError(f"no JSON object: {_start(body)!r}")
    if error_in(value):
        raise _error_told(value)
    return value


def _error_told(value: Mapping[str, Any]) -> CallError:
    """Return the error that a gateway tells with status 200, by the status that it names in it."""
    status, said = status_told(value), error_text({"error": error_in(value)})
    if status is None or status in range(400, 429):
        return MalformedError(f"an error with status 200: {said!r}")
    kind = CrowdedError if status == CROWDED else BusyError
    return kind(f"The endpoint answered {status} with status 200 ({said}).")


def read_completion(body: bytes, *, chat: bool, max_new_tokens: int = 0) -> Reply:
    """Return the first choice of a completion; raise MalformedError for anything else.

    Args:
        body: What the server sent.
        chat: Whether a chat was asked for, or a plain completion.
        max_new_tokens: The limit that was asked for; 0 stands for none.

    >>> body = b'{"model": "m", "choices": [{"text": "4", "finish_reason": "stop"}]}'
    >>> read_completion(body, chat=False).text
    '4'
    """
    value = read_json(body)
    choice = _first_choice(value.get("choices"))
    if choice is None:
        raise MalformedError(f"no choices: {_start(body)!r}")
    usage = value.get("usage")
    counts: Mapping[str, Any] = usage if isinstance(usage, dict) else {}
    prompt_tokens, completion_tokens = _prompt_count(counts), _count(counts, "completion_tokens")
    said = _reason_of(choice)
    is_full = 0 < max_new_tokens <= completion_tokens
    reason = _ENDINGS.get(said.lower(), "length" if is_full else "stop")
    text, thoughts, reason = _content(choice, chat=chat, reason=reason)
    if len(text) > MOST_CHARACTERS:
        text, reason = text[:MOST_CHARACTERS], "length"
    return Reply(
        text=text,
        thoughts=thoughts[:MOST_CHARACTERS],
        finish_reason=reason,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        model=str(value.get("model") or ""),
        unknown_reason="" if not said or said.lower() in _ENDINGS else said,
        fingerprint=str(value.get("system_fingerprint") or "")[:200],
        first_word=FirstWord.of(choice),
    )


def read_models(body: bytes) -> tuple[str, ...]:
    """Return the names in a `/models` list; raise MalformedError for anything else."""
    return tuple(filter(None, (_name_of(entry) for entry in listed_models(body))))


def listed_models(body: bytes) -> list[dict[str, Any]]:
    """Return the entries of a `/models` list; some services send them without anything around.

    Raises:
        MalformedError: It is none.

    >>> listed_models(b'[{"id": "m"}]'), listed_models(b'{"models": [{"name": "m"}]}')
    ([{'id': 'm'}], [{'name': 'm'}])
    """
    is_bare = body.lstrip().startswith(b"[")
    value = parsed(body) if is_bare else read_json(body)
    listed = value.get("data", value.get("models")) if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise MalformedError(f"no list of models: {_start(body)!r}")
    return [each for each in listed if isinstance(each, dict)]


def _name_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("id") or entry.get("name") or "")


def _first_choice(choices: object) -> dict[str, Any] | None:
    """Return the choice that calls itself the first, else the one that stands first; None for none."""
    if not isinstance(choices, list) or not choices:
        return None
    named = [each for each in choices if isinstance(each, dict) and each.get("index") == 0]
    first = named[0] if named else choices[0]
    return first if isinstance(first, dict) else None


def _reason_of(choice: Mapping[str, Any]) -> str:
    """Return the server's word for why the answer ended; raise where the call broke off."""
    reason = choice.get("finish_reason")
    if reason is None:
        reason = choice.get("stop_reason")
    said = reason if isinstance(reason, str) else ""
    if said.lower() in _BROKEN_OFF:
        raise MalformedError(f"the server broke off: finish_reason {said!r}")
    return said[:60]


def _content(
    choice: Mapping[str, Any], *, chat: bool, reason: FinishReason
) -> tuple[str, str, FinishReason]:
    """Return text, thoughts and finish reason of a choice.

    Raises:
        MalformedError: There is no text, and nothing says why.
    """
    place = _message_of(choice, is_ended=reason != "stop") if chat else choice
    key = "content" if chat else "text"
    if not isinstance(place, Mapping):
        raise MalformedError(f"a choice without {'message' if chat else 'text'}")
    fields = [name for name in _THOUGHTS if place.get(name)]
    is_said = fields or place.get("refusal") or _calls_tools(place) or reason != "stop"
    if key not in place and not is_said:
        raise MalformedError(f"a choice without {key}")
    text, inner_thoughts, refusal = _parts(place.get(key), key)
    outer_thoughts = _texts(place[fields[0]]) if fields else ""
    thoughts = "\n\n".join(filter(None, (outer_thoughts, inner_thoughts)))
    refusal = refusal or _texts(place.get("refusal"))
    calls = calls_in(place) if chat else []
    if calls:
        called = calls_as_text(calls)
        return "\n".join(filter(None, (text.strip(), called))), thoughts, reason
    if text.strip():
        return text, thoughts, reason
    if refusal:
        return refusal, thoughts, "refused"
    if reason != "stop" or _calls_tools(place):
        return "", thoughts, reason
    if thoughts:
        raise MalformedError(_all_in_thoughts(place.get(key), key, fields))
    if place.get(key) is None:
        raise MalformedError(f"{key} is null, and nothing says why; see the server's log")
    return text, "", reason


def _message_of(choice: Mapping[str, Any], *, is_ended: bool) -> object:
    """Return the message of a choice, under whatever name it stands.

    A filter, or a limit that the thoughts used up, may leave none.
    """
    message = choice.get("message") or choice.get("delta")
    if message is None and isinstance(choice.get("text"), str):
        return {"content": choice["text"]}
    return {} if message is None and is_ended else message


def _calls_tools(place: Mapping[str, Any]) -> bool:
    return bool(place.get("tool_calls") or place.get("function_call"))


def _all_in_thoughts(content: object, key: str, fields: list[str]) -> str:
    what = "null" if content is None else "empty"
    where = fields[0] if fields else "parts of type thinking"
    return (
        f"{key} is {what} and all text stands in {where}: the model ended within its thoughts, or "
        "the server's reasoning parser took the answer for thoughts. Start the server without "
        "that parser, or turn thinking off (chat.template_arguments: {enable_thinking: false})"
    )


def _parts(content: object, key: str) -> tuple[str, str, str]:
    """Return the text, the thoughts and the refusal of a content: plain text or typed parts."""
    if content is None or isinstance(content, str):
        return content or "", "", ""
    if isinstance(content, dict) and not _is_part(content):
        return json.dumps(content, ensure_ascii=False), "", ""
    parts = content if isinstance(content, list) else [content]
    if not parts:
        raise MalformedError(f"{key} is an empty list")
    found: dict[str, list[str]] = {"text": [], "thoughts": [], "refusal": []}
    for part in parts:
        found[_kind_of(part, key)].append(_texts(part))
    return "".join(found["text"]), "\n\n".join(found["thoughts"]), "".join(found["refusal"])


def _is_part(content: Mapping[str, Any]) -> bool:
    """Return whether a content is a typed part, and not a JSON answer that a gateway has read already."""
    kind = str(content.get("type", "")).lower()
    is_known = kind.partition(".")[0] in {*_THOUGHT_PARTS, *_TEXT_PARTS, "refusal"}
    return is_known or content.keys() == {"text"}


def _kind_of(part: object, key: str) -> str:
    """Return whether a part is text, thoughts or a refusal; raise where it is none of these."""
    if isinstance(part, str):
        return "text"
    if not isinstance(part, dict):
        raise MalformedError(f"{key} is a {type(part).__name__}, not a text")
    kind = str(part.get("type", "text")).lower()
    if kind.partition(".")[0] in _THOUGHT_PARTS or part.get("thought") is True:
        return "thoughts"
    if kind == "refusal":
        return "refusal"
    if kind not in _TEXT_PARTS:
        raise MalformedError(f"{key} has a part of type {kind[:60]!r}, which is no text")
    return "text"


def _texts(value: object) -> str:
    r"""Return the texts in a value of whatever depth, joined.

    >>> _texts([{"type": "thinking", "thinking": [{"type": "text", "text": "One more."}]}])
    'One more.'
    """
    return "".join(_each_text(value, depth=8))


def _each_text(value: object, *, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for each in value:
            yield from _each_text(each, depth=depth - 1)
    elif isinstance(value, dict) and depth:
        name = next((name for name in _INNER if value.get(name)), None)
        if name is not None:
            yield from _each_text(value[name], depth=depth - 1)


def _prompt_count(usage: Mapping[str, Any]) -> int:
    """Return the tokens of a prompt; some services leave out those that they remembered.

    >>> _prompt_count({"prompt_tokens": 40, "cache_read_input_tokens": 3000})
    3040
    >>> _prompt_count({"prompt_tokens": 3040, "prompt_tokens_details": {"cached_tokens": 3000}})
    3040
    """
    counted, details = _count(usage, "prompt_tokens"), usage.get("prompt_tokens_details")
    cached = _count(usage, "cache_read_input_tokens")
    if isinstance(details, dict):
        cached = max(cached, _count(details, "cached_tokens"))
    return counted + cached if cached > counted else counted


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name) or 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.isdecimal() and len(value) < 16:
        value = int(value)
    # The answer is there, whatever is said of its length.
    is_count = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return int(value) if is_count else 0


def _start(body: bytes) -> str:
    return body[:120].decode("utf-8", "replace")


def _end(body: bytes) -> str:
    return body.strip()[-60:].decode("utf-8", "replace")
