"""How an endpoint is reached: headers, query, own fields, a proxy, certificates, longer names."""

import json
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request as Received
from werkzeug import Response

import ladder
from ladder.errors import EndpointError, LadderError, SpecError
from ladder.models import Answer, Message, Request
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import Candidate, ChatSetup, Decoding, ModelRef

GOOD = {
    "model": "m",
    "choices": [{"message": {"content": "42"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 1},
}


@pytest.fixture(scope="module")
def one_server() -> Iterator[HTTPServer]:
    with HTTPServer(port=0, threaded=True) as server:
        yield server


@pytest.fixture
def server(one_server: HTTPServer) -> Iterator[HTTPServer]:
    yield one_server
    one_server.clear()


def ask(url: str, **fields: Any) -> tuple[Answer, EndpointGenerator]:
    endpoint = EndpointGenerator(ModelRef(**{"id": "m", "base_url": url, **fields}))
    question = Request((Message("user", "a"),), ChatSetup(), Decoding())
    [(_, answer)] = endpoint.generate([question])
    return answer, endpoint


def test_headers_query_and_own_fields_go_with_every_call(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM", "team 7")
    monkeypatch.setenv("ROUTE_KEY", "abcdefgh1")
    server.expect_request("/v1/models").respond_with_json({"data": []})
    server.expect_request("/v1/chat/completions").respond_with_json(GOOD)

    answer, _ = ask(
        server.url_for("/v1?a=1"),
        headers={"X-Team": "TEAM"},
        query={"api-version": "2", "key": "$ROUTE_KEY"},
        extra_body={"reasoning_effort": "low", "options": {"num_ctx": 8192}},
    )

    sent = server.log[-1][0]
    assert answer.text == "42"
    assert sent.headers["X-Team"] == "team 7"
    assert sent.args.to_dict() == {"a": "1", "api-version": "2", "key": "abcdefgh1"}
    body = sent.get_json()
    assert (body["reasoning_effort"], body["options"]) == ("low", {"num_ctx": 8192})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"headers": {"X-Team": "NOT_SET"}}, "NOT_SET is not set"),
        ({"query": {"key": "$NOT_SET"}}, "NOT_SET is not set"),
        ({"headers": {"Host": "PATH"}}, "'Host' is no header"),
        ({"extra_body": {"temperature": 1}}, "'temperature' is set by ladder itself"),
        ({"extra_body": {"stream": True}}, "'stream' is set by ladder itself"),
        ({"ca_file": "absent.pem"}, "'absent.pem' holds no certificates"),
    ],
)
def test_what_cannot_be_sent_is_said_before_any_call(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(LadderError, match=words):
        ask("http://127.0.0.1:9/v1", **fields)


def test_a_header_by_its_value_is_refused_and_not_repeated() -> None:
    model = {"id": "m", "base_url": "http://h/v1", "headers": {"X-Team": "canary-canary"}}
    with pytest.raises(SpecError, match="holds a secret") as caught:
        ladder.load_task({"name": "t", "model": model, "data": "d.jsonl", "target": 0.8})

    assert "canary" not in f"{caught.value} {caught.value.next_step}"


def test_unused_fields_leave_digests_as_they_were() -> None:
    plain = Candidate(model=ModelRef(id="m", base_url="http://h/v1"))

    assert plain.model.model_dump().keys().isdisjoint({"headers", "query", "proxy", "ca_file"})
    assert hash(plain.model) == hash(ModelRef(id="m", base_url="http://h/v1"))


@pytest.mark.parametrize("asked", ["/api", "/api/v1"])
@pytest.mark.parametrize("served", ["/api", "/api/v1"])
def test_the_base_url_may_be_written_with_and_without_v1(
    server: HTTPServer, asked: str, served: str
) -> None:
    server.expect_request(f"{served}/models").respond_with_json({"data": [{"id": "m"}]})
    server.expect_request(f"{served}/chat/completions").respond_with_json(GOOD)
    page = Response("<html>no such page</html>", 404 if asked == "/api" else 200)
    server.expect_request(f"{asked}/models").respond_with_response(page)

    answer, endpoint = ask(server.url_for(asked))

    assert answer.text == "42"
    assert [each.code[:3] for each in endpoint.findings()] == (["N03"] if asked != served else [])


@pytest.mark.parametrize(
    "asked", ["/api", "/api/chat", "/api/generate", "/v1/chat/completions", ""]
)
def test_ollama_is_found_by_each_address_of_its_manual(server: HTTPServer, asked: str) -> None:
    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    server.expect_request("/v1/chat/completions").respond_with_json(GOOD)
    server.expect_request(re.compile("/api/.*")).respond_with_data("404 page not found", status=404)

    assert ask(server.url_for(asked))[0].text == "42"


@pytest.mark.parametrize("known", ["m", "m:latest", "models/m"])
def test_a_name_that_is_not_listed_is_asked_as_it_is_and_by_its_longer_forms(
    server: HTTPServer, known: str
) -> None:
    def reply(received: Received) -> Response:
        if received.get_json()["model"] == known:
            return Response(json.dumps(GOOD), 200)
        return Response(json.dumps({"error": {"message": "model 'm' not found"}}), 404)

    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "other"}]})
    server.expect_request("/v1/chat/completions").respond_with_handler(reply)

    answer, endpoint = ask(server.url_for("/v1"))

    assert answer.text == "42"
    assert [each.code[:3] for each in endpoint.findings()] == ([] if known == "m" else ["N04"])


def test_a_name_in_another_spelling_than_the_servers_is_asked_for_as_it_is_listed(
    server: HTTPServer,
) -> None:
    def reply(received: Received) -> Response:
        if received.get_json()["model"] == "Maker/M":
            return Response(json.dumps(GOOD), 200)
        return Response(json.dumps({"message": "The model `m` does not exist."}), 404)

    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "Maker/M"}]})
    server.expect_request("/v1/chat/completions").respond_with_handler(reply)

    answer, endpoint = ask(server.url_for("/v1"))

    assert answer.text == "42"
    [told] = [each for each in endpoint.findings() if each.code.startswith("N04")]
    assert told.next_step.startswith("Write 'Maker/M' as model.id")


def test_a_name_that_nobody_knows_ends_in_the_list(server: HTTPServer) -> None:
    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "other"}]})
    said = {"error": {"message": "model 'm' not found"}}
    server.expect_request("/v1/chat/completions").respond_with_json(said, status=404)

    with pytest.raises(EndpointError, match="it lists other"):
        ask(server.url_for("/v1"))


@pytest.mark.parametrize("said", ["bad format", "unexpected model name format", "no such thing"])
def test_a_longer_name_that_is_refused_in_whatever_words_is_not_taken(
    server: HTTPServer, said: str
) -> None:
    def reply(received: Received) -> Response:
        if received.get_json()["model"] == "m":
            return Response(json.dumps({"error": "model 'm' not found"}), 404)
        return Response(json.dumps({"error": said}), 400)

    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "other"}]})
    server.expect_request("/v1/chat/completions").respond_with_handler(reply)

    with pytest.raises(EndpointError, match="does not serve 'm'; it lists other"):
        ask(server.url_for("/v1"))


@pytest.mark.parametrize("named", ["by its address", "by the environment"])
def test_calls_go_by_way_of_the_proxy(
    server: HTTPServer, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    server.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
    server.expect_request("/v1/chat/completions").respond_with_json(GOOD)
    monkeypatch.setenv("http_proxy", server.url_for("/").rstrip("/"))
    proxy = "env" if named == "by the environment" else server.url_for("/").rstrip("/")

    answer, _ = ask("http://model.invalid/v1", proxy=proxy)

    assert answer.text == "42"
    assert server.log[-1][0].headers["Host"] == "model.invalid"


def test_a_proxy_that_is_gone_is_named() -> None:
    with pytest.raises(EndpointError, match="by way of the proxy") as caught:
        ask("http://model.invalid/v1", proxy="http://127.0.0.1:9")

    assert "model.proxy" in caught.value.next_step


@pytest.mark.parametrize("url", ["http://model.invalid/v1", "http://127.0.0.1:1/v1"])
def test_a_proxy_that_the_environment_names_and_nobody_takes_is_told(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "elsewhere.invalid")
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://proxy.invalid:3128")

    with pytest.raises(EndpointError) as caught:
        ask(url)

    assert "model.proxy: env" in caught.value.next_step
    assert "proxy.invalid" not in f"{caught.value} {caught.value.next_step}"


@pytest.mark.slow
def test_the_certificate_of_a_private_authority_is_trusted_by_name(tmp_path: Path) -> None:
    made = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, tmp_path / "key.pem")
    with HTTPServer(host="localhost", port=0, ssl_context=context) as server:
        server.expect_request("/v1/models").respond_with_json({"data": [{"id": "m"}]})
        server.expect_request("/v1/chat/completions").respond_with_json(GOOD)
        url = server.url_for("/v1")

        assert ask(url, ca_file=str(made))[0].text == "42"
        with pytest.raises(EndpointError, match="certificate verify failed") as caught:
            ask(url)
        with pytest.raises(EndpointError, match="speaks https") as plain:
            ask(url.replace("https:", "http:"))
        with pytest.raises(EndpointError, match="mismatch") as named:
            ask(url.replace("localhost", "127.0.0.1"), ca_file=str(made))

    assert "model.ca_file" in caught.value.next_step
    assert plain.value.next_step == f"Write {url} as model.base_url."
    assert "a name that the server's certificate holds" in named.value.next_step


def test_a_server_without_tls_is_told_with_the_address_to_write(server: HTTPServer) -> None:
    plain = server.url_for("/v1")

    with pytest.raises(EndpointError, match="speaks http, and") as caught:
        ask(plain.replace("http:", "https:"))

    assert caught.value.next_step == f"Write {plain} as model.base_url."


def test_what_is_no_web_server_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_greet_as_ssh, args=(listening,), daemon=True).start()
        port = listening.getsockname()[1]

        with pytest.raises(EndpointError, match="neither http nor https"):
            ask(f"https://127.0.0.1:{port}/v1")


def _greet_as_ssh(listening: socket.socket) -> None:
    with suppress(OSError):
        while True:
            plug, _ = listening.accept()
            plug.sendall(b"SSH-2.0-OpenSSH_9\r\n")
            plug.close()


def test_an_address_without_its_scheme_is_shown_with_it() -> None:
    with pytest.raises(SpecError) as caught:
        ask("localhost:8000")

    assert "http://localhost:8000/v1" in caught.value.next_step


def _certificate(folder: Path) -> Path:
    made = folder / "cert.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(made)]
    name = ["/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", *words.split(), *name, *files]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return made
