"""A reply that the prompt begins (`chat.prefill`), at servers that go on from it and others."""

import re
from contextlib import closing
from typing import Any

import pytest

from ladder.errors import SpecError
from ladder.models.base import Message, Request
from ladder.models.endpoint.abilities import EndpointAbilities
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.models.endpoint.replicas import Replicas
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef
from ladder.testing.scripted_server import Body, ScriptedServer, Sent

BEGUN = Request((Message("user", "Where is 7?"),), ChatSetup(prefill="It is in "), Decoding())
WORDS = {"Tanger": "ine", "It is in": " Rome"}


class ServerThatGoesOn:
    """Goes on from a reply that is begun, or writes a whole one.

    Args:
        software: What it says that it is.
        goes_on: Whether it does, or needs to be asked (vLLM).
        gives_back: Whether the beginning stands in its answer (llama.cpp).
    """

    def __init__(
        self, software: str, *, goes_on: bool | None = True, gives_back: bool = False
    ) -> None:
        self.headers = {"Server": software}
        self.goes_on = goes_on
        self.gives_back = gives_back

    def __call__(self, path: str, body: Body) -> Sent:
        if path.endswith("/models"):
            return Sent({"data": [{"id": "m"}]}, headers=self.headers)
        if "messages" not in body:
            return Sent("", 404, self.headers)
        turns = body["messages"]
        begun = turns[-1]["content"] if turns[-1]["role"] == "assistant" else ""
        is_asked = self.goes_on is None and body.get("continue_final_message") is True
        goes_on = bool(begun) and (self.goes_on or is_asked)
        if path in ("/apply-template", "/tokenize"):
            text = "user: Where?\nassistant: " + (begun if goes_on else f"{begun}</s>assistant: ")
            return Sent(
                {"prompt": text, "token_strs": list(text), "tokens": [1]}, headers=self.headers
            )
        if not path.endswith("/completions"):
            return Sent("", 404, self.headers)
        end = WORDS.get(begun, "a b c d e")
        text = f"{begun if self.gives_back else ''}{end}" if goes_on else f"{begun}{end}"
        return Sent(answer(text), headers=self.headers)


def answer(text: str) -> dict[str, Any]:
    return {"model": "m", "choices": [{"message": {"content": text}, "finish_reason": "stop"}]}


SERVERS: dict[str, tuple[ServerThatGoesOn, bool]] = {
    "llama.cpp": (ServerThatGoesOn("llama.cpp", gives_back=True), True),
    "vLLM": (ServerThatGoesOn("uvicorn", goes_on=None), True),
    "a service that hides its prompts": (ServerThatGoesOn("cloudflare"), True),
    "a server that closes the reply": (ServerThatGoesOn("llama.cpp", goes_on=False), False),
    "a service that begins anew": (ServerThatGoesOn("cloudflare", goes_on=False), False),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_begun_reply_is_sent_where_the_server_was_seen_to_go_on(
    server: ScriptedServer, name: str
) -> None:
    server.behave, goes_on = SERVERS[name]

    with closing(EndpointGenerator(ModelRef(id="m", base_url=server.url))) as endpoint:
        found = endpoint.find_abilities([BEGUN])
        assert (found["prefill"], found["calls"] <= 12) == (goes_on, True)
        if not goes_on:
            with pytest.raises(SpecError, match=re.escape("chat.prefill")):
                list(endpoint.generate([BEGUN]))
            return
        [(_, given)] = endpoint.generate([BEGUN])
        told = Request(BEGUN.messages, BEGUN.chat.replace(prefill_is_answer=True), Decoding())
        [(_, whole)] = endpoint.generate([told])

    assert (given.text, whole.text) == (" Rome", "It is in Rome")


def test_what_one_of_several_servers_was_seen_to_do_holds_for_all(server: ScriptedServer) -> None:
    server.behave = ServerThatGoesOn("cloudflare")
    urls = [server.url, server.url.replace("127.0.0.1", "localhost")]
    ref = ModelRef(id="m", base_urls=urls, concurrency=1)

    with closing(Replicas(ref)) as servers:
        servers.find_abilities([BEGUN])
        given = [found.text for _, found in servers.generate([BEGUN] * 6)]

    assert given == [" Rome"] * 6


def test_a_candidate_that_begins_replies_is_not_testable_where_they_are_closed() -> None:
    plain = Candidate(model=ModelRef(id="m", base_url="http://h/v1"))
    begun = plain.replace(chat=ChatSetup(prefill="{"))
    seen = EndpointAbilities(base_url="", model="m", prefill=False)

    assert seen.lacking(plain, begun) == "chat.prefill"
    assert not seen.lacking(begun, begun)
