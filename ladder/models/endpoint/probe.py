"""`probe_abilities`: ask a server at most twelve short questions, and see what it does."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ladder.errors import BusyError, CallError, CallRefusedError
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.error_body import named_field

MOST_CALLS = 12

_TOKENS = 12
_RANDOM = "Write twelve random letters with a space after each, and nothing else."
_NO_JSON = "Say hello in plain words, and not in JSON."
_WORD = "Tangerine"
_FEW_LINES = 20
_TOKENS_A_LINE = 13
_FEWEST_TOKENS = 500
_MOST_TOKENS = 120_000
_LEAST_COUNTED = 0.88
"""Share of the foretold tokens below which a prompt was cut: the frame around it counts too."""

_TOOL = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}

Json = dict[str, Any]


class Caller(Protocol):
    """How the questions reach the server."""

    @property
    def server(self) -> str:
        """Return what the server says of its software."""
        ...

    def chat(self, fields: Mapping[str, Any], question: str, *, max_new_tokens: int) -> Json:
        """Return the reply to a question; raise CallError."""
        ...

    def beside(self, path: str, payload: Mapping[str, Any] | None) -> Json:
        """Return what lies beside `/v1`: a GET without a payload; raise CallError."""
        ...


class _NoMoreError(Exception):
    """The questions are used up, or the server fails: what is not known stays so."""


class Prober:
    """Asks one server, and keeps what it was seen to do.

    Args:
        caller: How the questions reach the server.
        n_asked: Calls that were made before.
        context_tokens: What the list of models says of the model's context.
    """

    def __init__(
        self, caller: Caller, *, n_asked: int = 0, context_tokens: int | None = None
    ) -> None:
        self._caller = caller
        self._context_tokens = context_tokens
        self._most = MOST_CALLS
        self.calls = n_asked
        self.seen: Json = {}
        self._refused: dict[str, set[object]] = {}

    def run(self, *, tokens: int) -> None:
        """Ask everything that there are questions left for, the most useful first.

        Args:
            tokens: About how long the longest prompt will be.
        """
        steps: tuple[Callable[[], None], ...] = (
            self._see_sampling,
            self._see_stop,
            self._see_template,
            lambda: self._see_needle(tokens),
            self._see_json,
            self._see_top_k,
            self._see_tools,
        )
        try:
            for step in steps:
                step()
        except _NoMoreError:
            return

    def _see_sampling(self) -> None:
        hot = {"temperature": 1.0, "seed": 11}
        both = self._chat({**hot, "n": 2, "logprobs": True}, optional=("n", "logprobs", "seed"))
        if both is not None:
            texts = _texts(both)
            self._note(n=len(texts) > 1)
            self._note(logprobs=bool(_first(both).get("logprobs")))
        again = self._chat(hot, optional=("seed",), about="seed")
        cold = self._chat({"temperature": 0.0})
        self.seen["cold"] = _text(cold)
        first, second = _text(both), _text(again)
        if not (first and self.seen["cold"]):
            return
        varied = {first, second or first, self.seen["cold"], *_texts(both or {})}
        if len(varied) == 1:
            self._note(temperature=False)
        elif second:
            self._note(seed=first == second and first != self.seen["cold"])

    def _see_stop(self) -> None:
        cold = self.seen.get("cold") or ""
        later = (each for each in cold[len(cold) // 3 :].split() for each in each)
        mark = next((each for each in later if cold.find(each) > 1), "")
        if not mark:
            return
        cut = self._chat({"temperature": 0.0, "stop": [mark]}, optional=("stop",), about="stop")
        if cut is None:
            return
        text, expected = _text(cut), cold.partition(mark)[0]
        if text.rstrip() == expected.rstrip():
            self._note(stop=True)
            self._note(temperature=True)
        elif mark in text:
            self._note(stop=False)
            self._note(temperature=text == cold)
        elif text and not cold.startswith(text[:4]):
            self._note(temperature=False)

    def _see_needle(self, tokens: int) -> None:
        """See whether a long prompt is read from its start.

        Its count is foretold by that of a short one of the same lines, so that it tells a cut
        prompt even where the model is too small to find a needle.
        """
        few = self._counted(_hay(_FEW_LINES))
        lines = max(_FEWEST_TOKENS, tokens * 5 // 4) // _TOKENS_A_LINE
        most = self.seen.get("context_tokens") or self._context_tokens or _MOST_TOKENS
        lines = min(lines, (min(most, _MOST_TOKENS) - 200) // _TOKENS_A_LINE)
        reply = self._chat({"temperature": 0.0}, question=_hay(lines)) if lines > 0 else None
        if reply is None:
            return
        counted = _prompt_tokens(reply)
        expected = few * lines // _FEW_LINES if few else 0
        self.seen["needle_tokens"] = counted or expected
        if counted and expected and counted < _LEAST_COUNTED * expected:
            self._note(needle=False)
            self.seen["needle_tokens"] = expected
        elif _WORD.lower() in f"{_text(reply)} {_thoughts(reply)}".lower():
            self._note(needle=True)

    def _counted(self, question: str) -> int:
        """Return how many tokens a short prompt has by the server's count."""
        reply = self._chat({"temperature": 0.0}, question=question)
        return _prompt_tokens(reply) if reply is not None else 0

    def _see_json(self) -> None:
        kind = {"response_format": {"type": "json_object"}, "temperature": 0.0}
        reply = self._chat(
            kind, optional=("response_format",), about="response_format", question=_NO_JSON
        )
        text = _text(reply).lstrip()
        if text:
            self._note(json_object=text.startswith(("{", "[")))

    def _see_template(self) -> None:
        messages = [{"role": "user", "content": "Hello"}]
        if self._caller.server.startswith("llama.cpp"):
            props = self._beside("/props", None)
            self.seen["shows_props"] = props is not None
            settings = (props or {}).get("default_generation_settings")
            if isinstance(settings, dict) and isinstance(settings.get("n_ctx"), int):
                self.seen["context_tokens"] = settings["n_ctx"]
            self._see_arguments("/apply-template", {"messages": messages}, "shows_prompts")
        elif self._caller.server.startswith("uvicorn"):
            self._see_arguments("/tokenize", {"messages": messages}, "shows_tokens")

    def _see_arguments(self, path: str, payload: Json, name: str) -> None:
        off, on = (
            self._beside(path, {**payload, "chat_template_kwargs": {"enable_thinking": is_on}})
            for is_on in (False, True)
        )
        self.seen[name] = off is not None
        if off is not None and on is not None and off != on:
            self._note(template_arguments=True)
        if off is not None and isinstance(off.get("max_model_len"), int):
            self.seen["context_tokens"] = off["max_model_len"]

    def _see_top_k(self) -> None:
        if self.seen.get("temperature") is not True:
            return
        fields = {"temperature": 1.0, "top_k": 1, "seed": 12}
        reply = self._chat(fields, optional=("top_k", "seed"), about="top_k")
        if _text(reply) and "top_k" not in self.seen:
            self._note(top_k=_text(reply) == self.seen["cold"])

    def _see_tools(self) -> None:
        fields = {"tools": [_TOOL], "tool_choice": "required"}
        question = "Look up the word river."
        reply = self._chat(
            fields, optional=("tools", "tool_choice"), about="tools", question=question
        )
        if reply is not None:
            message = _first(reply).get("message")
            self._note(tools=isinstance(message, dict) and bool(message.get("tool_calls")))

    def _note(self, **seen: bool) -> None:
        """Keep what was seen first: a refusal says more than what comes without the field."""
        self.seen = {**seen, **self.seen}

    def _chat(
        self,
        fields: Json,
        *,
        optional: tuple[str, ...] = (),
        about: str = "",
        question: str = _RANDOM,
    ) -> Json | None:
        """Return a reply, without those of the optional fields that the server refuses.

        None where it refuses the field that the question is about.
        """
        left = {name: value for name, value in fields.items() if not self._is_refused(name, value)}
        while not self._is_refused(about, fields.get(about)):
            self._count()
            try:
                reply = self._caller.chat(left, question, max_new_tokens=_TOKENS)
            except BusyError as error:
                raise _NoMoreError from error
            except CallRefusedError as error:
                name = named_field(error.body, left)
                if name is None or name not in (*optional, "temperature"):
                    return None
                self._note(**{_NAMES.get(name, name): False})
                self._refused.setdefault(name, set()).add(str(left.pop(name)))
                continue
            except CallError:
                return None
            self.seen.setdefault("answers_as", str(reply.get("model") or "")[:200])
            self.seen.setdefault("fingerprint", str(reply.get("system_fingerprint") or "")[:200])
            return reply
        return None

    def _is_refused(self, name: str, value: object) -> bool:
        return str(value) in self._refused.get(name, ())

    def _beside(self, path: str, payload: Json | None) -> Json | None:
        self._count()
        try:
            return self._caller.beside(path, payload)
        except CallError:
            return None

    def _count(self) -> None:
        if self.calls >= self._most:
            raise _NoMoreError
        self.calls += 1


_NAMES = {"response_format": "json_object", "tool_choice": "tools"}


def abilities_from(
    seen: Mapping[str, Any],
    *,
    base_url: str,
    model: str,
    **known: Any,  # noqa: ANN401
) -> EndpointAbilities:
    """Return what a Prober saw, and what is known besides."""
    fields = EndpointAbilities.model_fields
    kept = {name: value for name, value in seen.items() if name in fields}
    return EndpointAbilities.model_validate({**known, **kept, "base_url": base_url, "model": model})


def context_in(models: bytes, name: str) -> int | None:
    """Return the longest text that a list of models names for one of them, in tokens.

    >>> context_in(b'{"data": [{"id": "m", "max_model_len": 4096}]}', "m")
    4096
    """
    try:
        entries = json.loads(models).get("data")
    except (ValueError, AttributeError, RecursionError):
        return None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict) and entry.get("id") == name:
            meta = entry.get("meta")
            both = {**(meta if isinstance(meta, dict) else {}), **entry}
            found = (both.get(key) for key in _CONTEXT)
            return next((each for each in found if isinstance(each, int)), None)
    return None


_CONTEXT = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")


def _hay(n_lines: int) -> str:
    """Return a prompt whose first line has the answer to its last."""
    lines = "\n".join(f"Line {at}: the river is calm and wide today." for at in range(n_lines))
    return f"The code word is {_WORD}.\n{lines}\nWhat is the code word? Say it alone."


def _prompt_tokens(reply: Mapping[str, Any]) -> int:
    usage = reply.get("usage")
    counted = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return counted if isinstance(counted, int) else 0


def _first(reply: Mapping[str, Any] | None) -> Json:
    choices = (reply or {}).get("choices")
    first = choices[0] if isinstance(choices, list) and choices else {}
    return first if isinstance(first, dict) else {}


def _texts(reply: Mapping[str, Any]) -> list[str]:
    choices = reply.get("choices")
    return [_text({"choices": [each]}) for each in choices] if isinstance(choices, list) else []


def _text(reply: Mapping[str, Any] | None) -> str:
    message = _first(reply).get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def _thoughts(reply: Mapping[str, Any]) -> str:
    message = _first(reply).get("message")
    if not isinstance(message, dict):
        return ""
    return "".join(str(message.get(name) or "") for name in ("reasoning_content", "reasoning"))
