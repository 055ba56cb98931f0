"""`answers_to`: what the measured model answers behind an OpenAI-compatible address.

It needs nothing but Python. `OPENAI_BASE_URL` names the address and `SERVED_AS` the model's name
there, where they differ from what `stack.json` says; keys come from variables alone.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from ladder.exporting.standalone.read_answers import until_stop
from ladder.exporting.standalone.reply_stream import from_stream, is_stream
from ladder.exporting.standalone.row_messages import Stack, Turn

_TRIES, _BUSY = 4, (408, 429, 500, 502, 503, 504)


class ServedModel:
    """The model behind an address, asked as it was measured."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.served: dict[str, Any] = stack.settings["served"]
        url = os.environ.get("OPENAI_BASE_URL") or self.served["base_url"]
        if not url:
            raise SystemExit("Set OPENAI_BASE_URL to the server's address, such as http://…/v1.")
        self.url = str(url).rstrip("/")
        self.name = os.environ.get("SERVED_AS") or self.served["model"]

    @property
    def is_chat(self) -> bool:
        """Return whether messages are sent; else one text."""
        return bool(self.stack.settings["chat"]["mode"] == "chat")

    def body(self, messages: Sequence[Turn]) -> dict[str, Any]:
        """Return the body of a request for these messages."""
        parameters = {"model": self.name, **self.served["parameters"]}
        if not self.is_chat:
            return {**parameters, "prompt": self.stack.one_text(messages)}
        return {**parameters, "messages": [*messages, *self.served["begun"]]}

    def answer(self, messages: Sequence[Turn]) -> str:
        """Return the answer to some messages."""
        path = "chat/completions" if self.is_chat else "completions"
        reply = self._posted(f"{self.url}/{path}{self._query}", self.body(messages))
        text = _text_in(reply, is_chat=self.is_chat)
        chat = self.stack.settings["chat"]
        begun = str(chat["prefill"]).rstrip()
        text = text.removeprefix(begun) if begun else text
        stops = self.stack.settings["decoding"]["stop_strings"]
        return str(chat["counted_prefill"]) + until_stop(text, stops)

    @property
    def _query(self) -> str:
        query = {name: _value(each) for name, each in self.served["query"].items()}
        return f"?{urlencode(query)}" if query else ""

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        key = os.environ.get(self.served["api_key_env"] or "OPENAI_API_KEY", "")
        if key and self.served["key_header"] == "Authorization":
            headers["Authorization"] = f"Bearer {key}"
        elif key:
            headers[self.served["key_header"]] = key
        named = self.served["headers"].items()
        return headers | {name: os.environ.get(each.lstrip("$"), "") for name, each in named}

    def _posted(self, url: str, body: Mapping[str, Any]) -> dict[str, Any]:
        request = Request(url, json.dumps(body).encode(), self._headers())  # noqa: S310 - the user's own address
        for tried in range(_TRIES):
            try:
                with urlopen(request, timeout=self.served["timeout_seconds"]) as reply:  # noqa: S310
                    return _value_of(reply.read())
            except HTTPError as error:
                told = error.read().decode("utf-8", "replace")[:300]
                if error.code not in _BUSY or tried == _TRIES - 1:
                    raise SystemExit(f"{url} answers {error.code}: {told}") from error
            except OSError as error:
                if tried == _TRIES - 1:
                    raise SystemExit(f"{url} does not answer: {error}") from error
            time.sleep(2**tried)
        raise SystemExit(f"{url} does not answer.")


def answers_to(stack: Stack, several: Sequence[Sequence[Turn]]) -> Iterator[tuple[None, str]]:
    """Yield the answer to each list of messages; a server does not show its prompts."""
    model = ServedModel(stack)
    with ThreadPoolExecutor(stack.settings["served"]["at_once"]) as pool:
        yield from ((None, answer) for answer in pool.map(model.answer, several))


def _value_of(body: bytes) -> dict[str, Any]:
    """Return the reply that a body is, also where it came piece by piece."""
    found: dict[str, Any] = from_stream(body) if is_stream(body) else json.loads(body)
    return found


def _text_in(reply: Mapping[str, Any], *, is_chat: bool) -> str:
    """Return the text of the first choice: plain, or in parts."""
    if not reply.get("choices"):
        raise SystemExit(f"The server gave no answer: {json.dumps(reply)[:300]}")
    choice = reply["choices"][0]
    content = choice["message"].get("content") if is_chat else choice["text"]
    parts = content if isinstance(content, list) else [content or ""]
    return "".join(part if isinstance(part, str) else part.get("text") or "" for part in parts)


def _value(written: str) -> str:
    return os.environ.get(written[1:], "") if written.startswith("$") else written
