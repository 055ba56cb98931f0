"""What gateways and proxies between ladder and a model do, and what is told of it."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from ladder.finding import Finding
from ladder.models import Answer, Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef
from ladder.testing.scripted_server import Behave, Body, ScriptedServer, Sent

LISTED = Sent({"data": [{"id": "m"}]})
GOOD = Sent({"model": "m", "choices": [{"message": {"content": "42"}, "finish_reason": "stop"}]})


def ask(
    server: ScriptedServer, behave: Behave, n: int = 8, **fields: Any
) -> tuple[list[Answer], tuple[Finding, ...]]:
    """Return the answers of a server that lists its model and answers calls as `behave` says."""
    server.behave = lambda path, body: LISTED if path.endswith("/models") else behave(path, body)
    ref = ModelRef(**{"id": "m", "base_url": server.url, "concurrency": 4, **fields})
    with closing(EndpointGenerator(ref, sleep=lambda _: None)) as endpoint:
        requests = [
            Request((Message("user", str(at)),), ChatSetup(), Decoding()) for at in range(n)
        ]
        found = dict(endpoint.generate(requests))
        return [found[at] for at in sorted(found)], endpoint.findings()


def streamed(body: Body) -> Iterator[str]:
    for text in "42":
        yield json.dumps({"model": "m", "choices": [{"delta": {"content": text}}]})
    yield json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    if "stream_options" in body:
        yield json.dumps({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})
    yield "[DONE]"


ONLY_STREAM = (
    "This model only support stream mode, please enable the stream parameter.",
    "parameter.enable_thinking must be set to false for non-streaming calls",
    "Stream must be set to true",
    "Streaming is strongly recommended for operations that may take longer than 10 minutes",
)


@pytest.mark.parametrize("said", ONLY_STREAM)
def test_a_server_that_only_streams_is_asked_to(server: ScriptedServer, said: str) -> None:
    def behave(_: str, body: Body) -> Sent:
        if not body.get("stream"):
            return Sent({"error": {"message": said}}, 400)
        return Sent("".join(f"data: {each}\n\n" for each in streamed(body)))

    answers, _ = ask(server, behave, extra_body={"enable_thinking": True})

    assert {each.text for each in answers} == {"42"}
    assert {each.completion_tokens for each in answers} == {2}


def test_a_server_that_streams_and_counts_no_tokens_is_told(server: ScriptedServer) -> None:
    def behave(_: str, body: Body) -> Sent:
        if not body.get("stream"):
            return Sent({"detail": ONLY_STREAM[2]}, 400)
        if "stream_options" in body:
            return Sent({"error": {"message": "Unknown parameter: stream_options"}}, 400)
        return Sent("".join(f"data: {each}\n\n" for each in streamed(body)))

    answers, findings = ask(server, behave)

    assert {each.text for each in answers} == {"42"}
    assert "how many tokens they have is not told" in findings[0].problem


@pytest.mark.parametrize("code", [429, 502, 503])
def test_an_overload_that_is_told_with_status_200_is_waited_for(
    server: ScriptedServer, code: int
) -> None:
    def behave(_: str, body: Body) -> Sent:
        del body
        error = {"message": "Provider returned error", "code": code}
        return Sent({"error": error}) if len(server.calls) < 5 else GOOD

    [answer], _ = ask(server, behave, n=1)

    assert (answer.text, answer.error) == ("42", None)
