"""What a server's refusal says: in which words, about which field, and whether waiting helps."""

import html
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ladder.models.endpoint.json_body import json_value

_SENTENCES = ("message", "msg", "detail", "error_description", "description", "title", "reason")
_FIELD_NAMES = ("param", "loc", "pointer", "field", "path", "location", "property")
_SHOWN = 300
CROWDED = 429
_TITLE = re.compile(r"<(title|h1)\b[^>]*>\s*(.{1,200}?)\s*</\1>", re.IGNORECASE | re.DOTALL)
PAGE = "a page in HTML"
"""What is told of a reply that is for people: of a proxy, a firewall or a login mostly."""


# "Per minute" is no used-up quota, even where the sentence goes on about billing (OpenAI's does).
_SOON = re.compile(r"per[ _-]?(?:min|sec|hour)|\b[rt]p[ms]\b", re.IGNORECASE)
_LATER = re.compile(r"per[ _-]?(?:day|month)|\bdaily\b|\bmonthly\b|\b[rt]p[d]\b", re.IGNORECASE)
_USED_UP = re.compile(
    r"insufficient[ _](?:user[ _])?(?:quota|balance|credits?|funds)|current quota"
    r"|credit balance|out of credits?|no credits?|negative balance|payment (?:is )?required"
    r"|billing|quota (?:has been |is )?(?:exceeded|exhausted|used up)|exceeded (?:your|the) quota"
    r"|spending (?:limit|cap)|budget (?:has been )?exceeded|recharge|top up",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(r"credit balance|insufficient[ _](?:quota|balance|funds)", re.IGNORECASE)
_BUDGET_CODES = frozenset({"budget_exceeded", "insufficient_quota", "billing_hard_limit_reached"})
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window|limit)|maximum context|prompt (?:is )?too long"
    r"|(?:input|prompt|request)s? (?:is |are |has |have )?(?:too (?:long|large|many tokens)|exceed)"
    r"|too many (?:input |prompt )?tokens|max_model_len|max_position|n_ctx|token limit"
    r"|reduce (?:the|your) (?:length|prompt|input)|string_above_max_length"
    r"|input token(?:s| count)|inputs?[`'\"]? tokens|longer than the maximum|max_seq_len"
    r"|(?:input|prompt) length\b.{0,40}?(?:too long|should be|is \d|exceed|\d+ exceed)"
    r"|prompt has \d+ tokens",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"(?:unexpected|unknown|unrecognized|unsupported|extra|invalid) "
    r"(?:\w+ )?(?:fields|arguments|parameters|params|keys|inputs)\b",
    re.IGNORECASE,
)
_FILTERED = re.compile(
    r"content_filter|content[ _]?policy|ResponsibleAIPolicy|content management policy"
    r"|safety (?:system|filter|setting)|prohibited_content|data_inspection_failed"
    r"|usage polic(?:y|ies)|invalid_prompt|flagged (?:as|for|by)\b",
    re.IGNORECASE,
)
_NO_SYSTEM = re.compile(
    r"\bsystem\W{0,3} ?(?:role|message|prompt|instruction)s?\b.{0,40}?"
    r"\b(?:not supported|unsupported|not allowed|not enabled)",
    re.IGNORECASE,
)
_NO_CHAT = re.compile(
    r"not a chat model|(?:must provide|does(?: not|n't) have|has no|no|without) (?:a |any )?chat[ _]?template"
    r"|template (?:is )?(?:not found|missing)|does not support chat\b",
    re.IGNORECASE,
)
_OTHER_API = re.compile(
    r"\b(?:only )?(?:supported|available|use)\b.{0,20}\bv1/responses\b", re.IGNORECASE
)
_STARTING = re.compile(
    r"\b(?:loading|starting|booting|warming|initiali[sz]ing|cold start|scaling|not (?:yet )?(?:ready|loaded))\b",
    re.IGNORECASE,
)
_NO_KEY = re.compile(
    r"api[ _-]?key (?:is )?(?:not valid|invalid|missing|expired|required)|AuthenticationError|unauthori[sz]ed"
    r"|(?:invalid|incorrect|missing|wrong|expired|no)[ _](?:api|authentication|access|auth)[ _-]?"
    r"(?:key|token|credentials)",
    re.IGNORECASE,
)
_WANTS_STREAM = re.compile(
    r"only supports? (?:the )?[`'\"]?stream|non-stream\w* |requires? [`'\"]?stream"
    r"|[`'\"]?stream(?:ing)?[`'\"]? (?:\w+ )?(?:must|has to|needs to|should) be|enable (?:the )?[`'\"]?stream"
    r"|streaming is (?:\w+ )?(?:required|recommended)",
    re.IGNORECASE,
)
_TOO_LARGE = re.compile(
    r"request too large|tokens must be reduced|reduce (?:your|the) message size", re.IGNORECASE
)
_CROWD_CODES = frozenset({"rate_limit_error", "rate_limit_exceeded", "too_many_requests"})
_THROTTLED = re.compile(
    r"\bThrottling\w*|\brate[ _-]?limit(?:ed| reached| exceeded)", re.IGNORECASE
)
_OVERLOADED = re.compile(r"\boverloaded|no capacity|at capacity", re.IGNORECASE)
_WAIT = re.compile(
    r"\b(?:try again|retry|wait|retryDelay)\b\W{0,4}(?:in|after|for|at least)?\W{0,3}"
    r"(?:(?P<minutes>\d+)\s?m(?:in(?:ute)?s?)?\s?(?=\d|\b))?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)\s?(?P<unit>ms|milliseconds?|s\b|secs?\b|seconds?))?",
    re.IGNORECASE,
)
_NO_SUCH_MODEL = re.compile(
    r"model[_ ]not[_ ]found|no such model|unknown model|invalid model|deploymentnotfound"
    r"|unexpected model name|not a valid model"
    r"|not? have access to (?:the |this )?model|n[o']t have access to (?:the |this )?model"
    r"|\b(?:models?|deployment)\b.{0,160}?\b(?:not (?:be )?found|not exist|not available|not supported"
    r"|is not valid|does not exist|not served|unknown)",
    re.IGNORECASE | re.DOTALL,
)


def parsed(body: bytes) -> object:
    """Return the JSON value that a body is, or its text."""
    try:
        value: object = json_value(body)
    except (ValueError, RecursionError):
        value = body[:4_096].decode("utf-8", "replace")
    return value


def error_text(value: object) -> str:
    """Return the sentence inside an error, whatever its shape, cut to 300 characters.

    >>> error_text({"error": {"message": "too long"}})
    'too long'
    >>> error_text({"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]})
    'seed: Extra inputs are not permitted'
    >>> error_text([{"error": {"message": "Unknown name"}}])
    'Unknown name'
    """
    if isinstance(value, str) and value.lstrip().startswith("<"):
        return ""  # a page for people, of a proxy mostly
    return " ".join("; ".join(dict.fromkeys(_sentences(value, depth=6))).split())[:_SHOWN]


def page_in(text: str) -> str:
    """Return what is told of a page for people, with its title; empty for a text that is none.

    >>> page_in("<!DOCTYPE html><title>Sign in</title>"), page_in("too long")
    ("a page in HTML ('Sign in')", '')
    """
    start = text.lstrip("\ufeff \r\n\t").lower()
    if not start.startswith(
        ("<!doctype html", "<html", "<head", "<body", "<?xml", "<title", "<h1", "<!--")
    ):
        return ""
    title = _TITLE.search(text)
    named = " ".join(re.sub(r"<[^>]*>", " ", html.unescape(title[2])).split())[:80] if title else ""
    return f"{PAGE} ({named!r})" if named else PAGE


def named_field(value: object, sent: Collection[str]) -> str | None:
    """Return which of the fields that were sent a refusal is about; None where it names none.

    What stands in a place of its own (`param`, `loc`) comes first, then the first name in the
    text: what follows is often a list of what would be allowed.

    >>> named_field({"error": {"message": "no", "param": "seed"}}, ["seed", "stop"])
    'seed'
    >>> named_field("unknown field `seed`, expected one of `stop`, `model`", ["seed", "stop"])
    'seed'
    >>> named_field({"error": "Please stop."}, ["seed", "stop"])
    """
    for name in _structured(value, depth=6):
        if name in sent:
            return name
    text = error_text(value)
    places = {name: found.start() for name in sent if (found := _mention(name).search(text))}
    return min(places, key=places.__getitem__) if places else None


def named_fields(value: object, sent: Collection[str]) -> list[str]:
    r"""Return all fields that a refusal is about, where it lists several.

    They stand in an entry or a line each, or in one sentence about fields in the plural.

    >>> named_fields({"detail": [{"loc": ["body", "n"]}, {"loc": ["body", "seed"]}]}, ["seed", "n"])
    ['n', 'seed']
    >>> named_fields('Unknown name "n".\nUnknown name "seed".', ["seed", "n"])
    ['n', 'seed']
    >>> named_fields("Unexpected fields in the request: {'seed', 'n'}", ["n", "seed", "stop"])
    ['seed', 'n']
    """
    listed: list[str] = []
    for each in _entries(value, depth=6):
        name = named_field(each, sent)
        text = error_text(each)
        others = sent if name is not None and _SEVERAL.search(text) else ()
        listed += [] if name is None else [name]
        listed += [other for other in others if _mention(other).search(text)]
    return list(dict.fromkeys(listed))


def _entries(value: object, *, depth: int) -> Iterator[object]:
    """Yield the parts of a refusal that are one each; all of it where there are none."""
    if isinstance(value, list) and value and depth:
        for each in value[:20]:
            yield from _entries(each, depth=depth - 1)
        return
    inner = value
    if isinstance(value, dict):
        keys = ("detail", "errors", "error", "message")
        inner = next((value[key] for key in keys if value.get(key)), None)
    if isinstance(inner, str) and "\n" in inner.strip():
        yield from inner.strip().splitlines()
    elif isinstance(inner, dict | list) and inner is not value and depth:
        yield from _entries(inner, depth=depth - 1)
    else:
        yield value


def is_used_up(value: object, *, status: int) -> bool:
    """Return whether a refusal is about a quota or credit that no short wait brings back.

    >>> is_used_up({"error": {"code": "insufficient_quota"}}, status=429)
    True
    >>> is_used_up("Limit on requests per min. Add a payment method: /account/billing", status=429)
    False
    >>> is_used_up("You exceeded your current quota, check billing. Please retry in 34.07s.", status=429)
    False
    """
    text = _all_text(value)
    if status not in (402, 403, 429):  # such a reply may quote the prompt
        is_told = _NO_CREDIT.search(error_text(value)) or _BUDGET_CODES.intersection(_codes(value))
        return status == 400 and bool(is_told)
    if status == 402 or _LATER.search(text):
        return True
    # Google speaks of plan and billing where it asks to wait half a minute.
    is_soon = _SOON.search(text) is not None or told_wait(value) is not None
    return _USED_UP.search(text) is not None and not is_soon


def is_crowd(value: object, *, status: int = CROWDED) -> bool:
    """Return whether a refusal asks for fewer calls; a prompt too large is none.

    Its code tells that under whatever status. Its words count under 429 and those of a server that
    failed: a refusal of the request may quote the prompt.

    >>> is_crowd({"__type": "ThrottlingException", "message": "Too many tokens"}, status=400)
    True
    >>> is_crowd({"error": {"message": "Bad JSON: 'rate limit exceeded'"}}, status=400)
    False
    >>> is_crowd({"error": {"message": "Request too large", "code": "rate_limit_exceeded"}})
    False
    """
    if is_too_large(value):
        return False
    named = not _CROWD_CODES.isdisjoint(_codes(value))
    words = [error_text(value)] if status == CROWDED or status >= 500 else []
    return named or _THROTTLED.search(" ".join((*_codes(value), *words))) is not None


def is_too_large(value: object) -> bool:
    """Return whether one request is larger than all that a limit of tokens ever lets through.

    >>> is_too_large("Request too large for m on tokens per min: Limit 30000, Requested 45000.")
    True
    """
    return _TOO_LARGE.search(error_text(value)) is not None


def told_wait(value: object) -> float | None:
    """Return how many seconds an error asks to wait in its words; None where it does not.

    >>> told_wait("Please try again in 7.66s."), told_wait("Please try again in 1m12s.")
    (7.66, 72.0)
    >>> told_wait([{"error": {"details": [{"retryDelay": "34s"}]}}]), told_wait("retry after 26 seconds")
    (34.0, 26.0)
    >>> told_wait("Please try again in 20ms."), told_wait("Please try again with less.")
    (0.02, None)
    """
    for found in _WAIT.finditer(_all_text(value)):
        if found["minutes"] is None and found["seconds"] is None:
            continue
        is_milli = (found["unit"] or "").lower().startswith("m")
        seconds = float(found["seconds"] or 0) / (1000 if is_milli else 1)
        return 60 * int(found["minutes"] or 0) + seconds
    return None


def status_told(value: object) -> int | None:
    """Return the status of an error that comes with status 200; None where nothing of the kind is told.

    Gateways tell it beside the answer, or in the place of one, once they have begun to reply.

    >>> status_told({"error": {"message": "Upstream failed", "code": 502}})
    502
    >>> status_told({"choices": [{"message": {"content": "4"}, "error": {"code": "429"}}]})
    429
    >>> status_told({"choices": [{"message": {"content": "4"}}], "error": None}) is None
    True
    """
    error = error_in(value)
    if not error:
        return None
    code = error.get("code") if isinstance(error, dict) else None
    number = int(str(code)) if str(code).isdecimal() else 0
    if 400 <= number < 600:
        return number
    if is_crowd({"error": error}):
        return CROWDED
    return 503 if _OVERLOADED.search(error_text({"error": error})) else None


def error_in(value: object) -> object:
    """Return the error that a reply holds, also one in its first choice; nothing where it holds none."""
    if not isinstance(value, dict):
        return None
    choices = value.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return value.get("error") or (first.get("error") if isinstance(first, dict) else None)


def is_too_long(value: object) -> bool:
    """Return whether a refusal says that the prompt does not fit the model's context.

    >>> is_too_long("This model's maximum context length is 2048 tokens.")
    True
    """
    return _TOO_LONG.search(_all_text(value)) is not None


def is_filtered(value: object) -> bool:
    """Return whether a refusal is that of a filter, which takes the prompt for harmful.

    >>> is_filtered({"error": {"code": "content_filter", "innererror": {}}})
    True
    """
    return _FILTERED.search(_all_text(value)) is not None


def refuses_system(value: object) -> bool:
    """Return whether a refusal is about the system message: some templates have no place for one.

    >>> refuses_system({"error": {"message": "System role not supported"}})
    True
    """
    return _NO_SYSTEM.search(_all_text(value)) is not None


def is_no_chat(value: object) -> bool:
    """Return whether a refusal says that a model takes plain text alone, as a base model does.

    >>> is_no_chat("default chat template is no longer allowed, so you must provide a chat template")
    True
    """
    return _NO_CHAT.search(error_text(value)) is not None


def wants_other_api(value: object) -> bool:
    """Return whether a refusal says that a model answers in OpenAI's Responses API alone.

    >>> wants_other_api("This model is only supported in v1/responses and not in v1/chat/completions.")
    True
    """
    return _OTHER_API.search(error_text(value)) is not None


def is_starting(value: object) -> bool:
    """Return whether a server says that its model is not loaded yet.

    >>> is_starting({"error": {"message": "Loading model", "type": "unavailable_error"}})
    True
    """
    return _STARTING.search(error_text(value)) is not None


def is_about_key(value: object) -> bool:
    """Return whether a refusal is about the key; some gateways tell that with status 400.

    >>> is_about_key([{"error": {"message": "API key not valid. Please pass a valid API key."}}])
    True
    """
    return _NO_KEY.search(error_text(value)) is not None


def wants_stream(value: object) -> bool:
    """Return whether a refusal says that answers are given piece by piece alone.

    >>> wants_stream({"error": {"message": "This model only support stream mode"}})
    True
    >>> wants_stream({"error": {"message": "Streaming is not supported"}})
    False
    """
    return _WANTS_STREAM.search(error_text(value)) is not None


def is_unknown_model(value: object) -> bool:
    """Return whether a refusal says that no model of this name is served.

    >>> is_unknown_model({"error": {"message": "The model `x` does not exist"}})
    True
    """
    return _NO_SUCH_MODEL.search(_all_text(value)) is not None


def _codes(value: object) -> Iterator[str]:
    """Yield what stands in places meant for the kind of an error."""
    error = value.get("error", value) if isinstance(value, dict) else None
    if isinstance(error, dict):
        yield from (str(error.get(key)) for key in ("code", "type", "__type") if error.get(key))


def _all_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _mention(name: str) -> re.Pattern[str]:
    """Return how a text names a field: `stop` only in quotes, as it is a word of every day."""
    if name in ("stop", "model", "messages", "prompt"):
        return re.compile(rf"[`'\"]{name}[`'\"]|\b{name}:(?=\s)")
    return re.compile(rf"\b{re.escape(name)}\b")


def _sentences(value: object, *, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth:
        for each in value[:8]:
            yield from _sentences(each, depth=depth - 1)
    elif isinstance(value, dict) and depth:
        yield from _sentences_of(value, depth=depth)


def _sentences_of(value: Mapping[str, Any], *, depth: int) -> Iterator[str]:
    inner = value.get("error", value.get("errors"))
    if inner:
        yield from _sentences(inner, depth=depth - 1)
        return
    place = value.get("loc")
    name = f"{place[-1]}: " if isinstance(place, list) and place else ""
    for key in _SENTENCES:
        if value.get(key):
            yield from (f"{name}{each}" for each in _sentences(value[key], depth=depth - 1))
            return
    code = value.get("code", value.get("type"))
    if code:
        yield f"{name}{code}"


def _structured(value: object, *, depth: int) -> Iterator[str]:
    """Yield the names that stand in places meant for the name of a field."""
    if isinstance(value, list) and depth:
        for each in value[:20]:
            yield from _structured(each, depth=depth - 1)
    elif isinstance(value, dict) and depth:
        for key in _FIELD_NAMES:
            yield from _names(value.get(key))
        for each in value.values():
            if isinstance(each, (dict, list)):
                yield from _structured(each, depth=depth - 1)


def _names(place: object) -> Iterator[str]:
    r"""Yield the names in a place: `seed`, `/seed`, `$.seed`, `["body", "seed"]`, `stop[4]`.

    >>> list(_names("$.stop[4]")), list(_names(["body", "seed"]))
    (['stop', '4'], ['seed', 'body'])
    """
    if isinstance(place, str):
        yield from re.findall(r"\w+", place)
    elif isinstance(place, list):
        for each in reversed(place):
            yield from _names(each)
