"""`ServerFields`: which fields of a request one server takes, learnt from what it refuses."""

import json
import re
import threading
from collections.abc import Collection, Mapping
from typing import Any

from ladder.errors import CallRefusedError, CandidateRefusedError
from ladder.finding import Finding
from ladder.models.endpoint.error_body import is_too_long, named_field, wants_stream

LIMITS = ("max_tokens", "max_completion_tokens")
"""The limit on new tokens: its usual name, and that which OpenAI's newer models take alone."""

_LIMITS_BEHIND = ("max_output_tokens", "max_new_tokens", "maxOutputTokens", "maxTokens")
"""What services behind a gateway call the limit: their refusals name it so."""

_TWINS = {"repetition_penalty": "repeat_penalty", "repeat_penalty": "repetition_penalty"}
_SPEC_NAMES = {
    "temperature": "generation.temperature",
    "top_p": "generation.top_p",
    "top_k": "generation.top_k",
    "min_p": "generation.min_p",
    "repetition_penalty": "generation.repetition_penalty",
    "repeat_penalty": "generation.repetition_penalty",
    **dict.fromkeys(
        (
            *("response_format", "structured_outputs", "regex", "ebnf", "grammar"),
            *("guided_json", "guided_choice", "guided_regex", "guided_grammar"),
        ),
        "generation.constraint",
    ),
    "chat_template_kwargs": "chat.template_arguments",
    "max_tokens": "generation.max_new_tokens",
    "max_completion_tokens": "generation.max_new_tokens",
}
_EFFECTS = {
    "seed": "sampled answers cannot be asked for again",
    "stop": "ladder cuts the answers itself, and pays for what comes after",
    "temperature": "answers are sampled as the server likes, where greedy ones were wanted",
    **dict.fromkeys(
        ("frequency_penalty", "presence_penalty"), "answers repeat themselves as they do without it"
    ),
    "stream_options": "it streams its answers, and how many tokens they have is not told",
    "limit": "answers may be longer than asked for",
}
_DROPPABLE = frozenset({"seed", "stop", "stream_options", "frequency_penalty", "presence_penalty"})
STREAMED: Mapping[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
"""What asks for an answer piece by piece, with its tokens counted."""

_BOUND = re.compile(
    r"too (?:large|high|big|small|low)|at most|at least|less than|maximum (?:value|of|allowed)|exceed"
    r"|(?:upper|lower) bound|(?:below|minimum) (?:the )?(?:minimum|value)|greater than",
    re.IGNORECASE,
)


class ServerFields:
    """What one server takes; all threads that ask it share what one of them has learnt.

    A field that stands in a request for ladder's own sake (the seed, temperature 0) or that ladder
    can do without (stop strings, which it cuts at itself) is left out once it is refused, and
    noted. A setting that makes the candidate what it is (a temperature above 0, top_k, template
    arguments) is never left out in silence: then the candidate cannot be tried on this server.

    Args:
        own: The names of fields that the user adds to every request.
    """

    def __init__(self, own: Collection[str] = ()) -> None:
        self._own = frozenset(own)
        self._lock = threading.Lock()
        self._left_out: dict[tuple[str, str], str] = {}
        self._limits = list(LIMITS)
        self._said_of_limit = ""
        self._is_streamed = False

    @property
    def limit_field(self) -> str | None:
        """Return under which name the limit on new tokens is sent now."""
        with self._lock:
            return self._limits[0] if self._limits else None

    @property
    def left_out(self) -> frozenset[str]:
        """Return the names of the fields that are left out now."""
        with self._lock:
            return frozenset(name for name, _ in self._left_out)

    @property
    def is_streamed(self) -> bool:
        """Return whether answers are asked for piece by piece."""
        with self._lock:
            return self._is_streamed

    def taken(self, payload: Mapping[str, Any], max_new_tokens: int) -> dict[str, Any]:
        """Return the fields to send: those of a payload that are not refused, and the limit."""
        with self._lock:
            streamed = STREAMED if self._is_streamed else {}
            sent = {
                name: value
                for name, value in {**payload, **streamed}.items()
                if _key(name, value) not in self._left_out
            }
            limit = self._limits[0] if self._limits else None
        return sent if limit is None else {**sent, limit: max_new_tokens}

    def learn(self, sent: Mapping[str, Any], error: CallRefusedError) -> None:
        """Learn from the refusal of what one call sent; that call is then worth another try.

        Raises:
            CallRefusedError: The refusal is about no field, or about one that every call needs.
            CandidateRefusedError: It is about what the candidate asks for.
        """
        if is_too_long(error.body):
            raise error
        if "stream" not in sent and wants_stream(error.body):
            with self._lock:
                self._is_streamed = True
            return
        name = named_field(error.body, sent) or _limit_meant(sent, error)
        if name is None:
            raise error
        with self._lock:
            self._leave_out(name, sent, error)

    def is_outdated(self, sent: Mapping[str, Any]) -> bool:
        """Return whether another call has learnt since that some of this is not to be sent."""
        with self._lock:
            return any(
                _key(name, value) in self._left_out or (name in LIMITS and name not in self._limits)
                for name, value in sent.items()
            )

    def leave_out(self, names: Mapping[str, Any], error: CallRefusedError) -> None:
        """Leave fields out from now on, as calls without them went well."""
        with self._lock:
            for name, value in names.items():
                self._left_out.setdefault(_key(name, value), str(error))

    def findings(self) -> tuple[Finding, ...]:
        """Return what the server does not honour, a finding a field."""
        with self._lock:
            said = {name: words for (name, _), words in self._left_out.items() if name in _EFFECTS}
            if not self._limits:
                said["limit"] = self._said_of_limit
        return tuple(
            Finding(
                code="N01 field-not-honoured",
                severity="info" if name in ("seed", "stop") else "warning",
                problem=f"The server does not take {name}, so it is left out: {_EFFECTS[name]}.",
                evidence=words,
                next_step="Nothing, if that is good enough; else ask a server that takes it.",
            )
            for name, words in said.items()
        )

    def _leave_out(self, name: str, sent: Mapping[str, Any], error: CallRefusedError) -> None:
        if name in LIMITS:
            self._leave_out_limit(name, error)
        elif is_droppable(name, sent) or sent.get(_TWINS.get(name, "")) is not None:
            self._left_out[_key(name, sent[name])] = str(error)
        elif name in _SPEC_NAMES:
            raise _needed(_SPEC_NAMES[name], name, sent[name], error)
        elif name in self._own:
            raise _needed(f"model.extra_body.{name}", name, sent[name], error)
        else:
            raise error

    def _leave_out_limit(self, name: str, error: CallRefusedError) -> None:
        other = LIMITS[1 - LIMITS.index(name)]
        is_bound = _BOUND.search(str(error)) is not None
        if name in self._limits and is_bound and other not in str(error):
            raise _needed(_SPEC_NAMES[name], name, "", error)
        if name in self._limits:
            self._limits.remove(name)
            self._said_of_limit = str(error)


def is_droppable(name: str, sent: Mapping[str, Any]) -> bool:
    """Return whether a field can be left out without changing what is measured.

    >>> is_droppable("temperature", {"temperature": 0.0})
    True
    >>> is_droppable("temperature", {"temperature": 0.7})
    False
    """
    return name in sent and (name in _DROPPABLE or (name == "temperature" and not sent[name]))


def _limit_meant(sent: Mapping[str, Any], error: CallRefusedError) -> str | None:
    """Return the limit that was sent where the server names the other one as the right one."""
    for name, other in zip(LIMITS, reversed(LIMITS), strict=True):
        if name in sent and named_field(error.body, [other, *_LIMITS_BEHIND]) is not None:
            return name
    return None


def _key(name: str, value: object) -> tuple[str, str]:
    """Return under what a refusal is remembered: some servers refuse one value, not the field."""
    return name, "" if name == "seed" else json.dumps(value, sort_keys=True)


def _needed(place: str, name: str, value: object, error: CallRefusedError) -> CandidateRefusedError:
    shown = f" ({name}: {json.dumps(value)})" if value != "" else ""
    return CandidateRefusedError(
        f"{place}: the server refuses it{shown}. {error}",
        next_step=f"Leave {place} out or change it, or ask a server that takes it.",
    )
