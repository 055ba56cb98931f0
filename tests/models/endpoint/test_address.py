"""A name that was harmless when it was looked up, and leads elsewhere with the next connection."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from ladder.errors import UnsafeError
from ladder.models import Message, Request
from ladder.models.endpoint import address
from ladder.models.endpoint.endpoint import EndpointGenerator
from ladder.spec.candidate import ChatSetup, Decoding, ModelRef

GOOD = (
    b'{"data": [{"id": "m"}], "model": "m", '
    b'"choices": [{"message": {"content": "42"}, "finish_reason": "stop"}]}'
)


class Server(HTTPServer):
    """Answers at every address of this machine, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("0.0.0.0", 0), Handler)  # noqa: S104 - for the length of a test
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    """Answers each request alike, and closes the connection."""

    server: Server

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        self.server.asked.append(f"{self.server.socket.getsockname()[0]} {self.path}")
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", str(len(GOOD)))
        self.end_headers()
        self.wfile.write(GOOD)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return where `rebound.test` leads, one address a look-up; the last holds from then on.

    127.0.0.9 stands for the address at which a cloud machine hands out credentials.
    """
    addresses: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **named: Any) -> Any:
        if host != "rebound.test":
            return real(host, *rest, **named)
        found = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        return real(found, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    refused = (*address._REFUSED, ipaddress.ip_network("127.0.0.9/32"))
    monkeypatch.setattr(address, "_REFUSED", refused)
    return addresses


def ask(server: Server, text: str = "hi") -> str:
    url = f"http://rebound.test:{server.server_port}"
    generator = EndpointGenerator(ModelRef(id="m", base_url=url, concurrency=1))
    request = Request((Message("user", text),), ChatSetup(), Decoding())
    try:
        return next(generator.generate([request]))[1].text
    finally:
        generator.close()


def test_a_name_that_stays_is_asked(server: Server, leads: list[str]) -> None:
    leads.append("127.0.0.1")

    assert ask(server) == "42"


@pytest.mark.parametrize(
    "later", [["127.0.0.9"], ["127.0.0.1", "127.0.0.9"]], ids=["the probe", "the first question"]
)
def test_a_name_that_leads_elsewhere_after_the_look_up_is_told_nothing(
    server: Server, leads: list[str], later: list[str]
) -> None:
    leads += ["127.0.0.1", *later]

    with pytest.raises(UnsafeError, match=r"127\.0\.0\.9, a link-local or metadata address"):
        ask(server)

    assert not any("chat" in each for each in server.asked)
