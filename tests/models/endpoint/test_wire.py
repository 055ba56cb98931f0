"""No echo of the key leaves the wire: not in an answer, not in an error, in no form."""

import base64
import json
from urllib.parse import quote

import pytest
from pytest_httpserver import HTTPServer

from ladder.errors import EndpointError
from ladder.models import Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.models.endpoint.redaction import Redaction
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

KEY = 'canary/7+"quoted"=='
CHAT = "/v1/chat/completions"
ECHOES = {
    "raw": KEY,
    "quoted": json.dumps(KEY)[1:-1],
    "in a URL": quote(KEY, safe=""),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 of the header": base64.b64encode(f"Bearer {KEY}".encode()).decode(),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_every_form_of_a_key_is_struck_out(echo: str) -> None:
    assert Redaction([KEY]).struck(f"a {echo} b".encode()) == b"a *** b"


def test_a_word_that_stands_in_for_a_key_is_left_in_answers() -> None:
    assert Redaction(["EMPTY"]).struck(b"EMPTY") == b"EMPTY"
    assert Redaction([]).struck(b"anything") == b"anything"


@pytest.mark.parametrize("place", ["content", "reasoning", "model", "finish_reason"])
@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
def test_no_answer_holds_the_key(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, place: str, echo: str
) -> None:
    monkeypatch.setenv("DEMO_KEY", KEY)
    message = {"content": "42", place: echo} if place in ("content", "reasoning") else {}
    choice = {"message": {"content": "42", **message}, "finish_reason": "stop"}
    body = {"model": "m", "choices": [choice]}
    (choice if place == "finish_reason" else body)[place] = echo
    httpserver.expect_request(CHAT).respond_with_json(body)
    ref = ModelRef(id="m", base_url=httpserver.url_for("/v1"), api_key_env="DEMO_KEY")
    endpoint = EndpointGenerator(ref)

    [(_, answer)] = endpoint.generate([Request((Message("user", "a"),), ChatSetup(), Decoding())])

    assert answer.error is None
    assert "canary" not in f"{answer} {endpoint.findings()}"
    assert echo not in f"{answer} {endpoint.findings()}"


@pytest.mark.parametrize("status", [307, 400, 401, 402, 418, 422, 429, 503])
def test_no_error_holds_the_key(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("DEMO_KEY", KEY)
    said = {"error": {"message": " ".join(ECHOES.values())}}
    headers = {"Location": f"/{quote(KEY, safe='')}", "Retry-After": "0"}
    httpserver.expect_request(CHAT).respond_with_json(said, status=status, headers=headers)
    ref = ModelRef(id="m", base_url=httpserver.url_for("/v1"), api_key_env="DEMO_KEY")
    endpoint = EndpointGenerator(ref, sleep=lambda _: None)

    try:
        told = str(
            list(endpoint.generate([Request((Message("user", "a"),), ChatSetup(), Decoding())]))
        )
    except EndpointError as error:
        told = f"{error} {error.next_step} {error.__notes__}"

    assert not [form for form in ECHOES.values() if form in told]
    assert "canary" not in told
