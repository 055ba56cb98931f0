"""Whole runs of `ladder run` against scripted servers that misbehave."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ladder.cli.app import main
from ladder.testing.task_files import triples, write_task

Body = dict[str, Any]


@dataclass
class Sent:
    """What a scripted server sends back."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Behave = Callable[[str, Body], Sent]
"""What a server makes of a path and a body."""


class QuietServer(ThreadingHTTPServer):
    """A server that says nothing of a client that went away."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass


class ScriptedServer:
    """A server in this process that does what a function says, and counts the calls."""

    def __init__(self) -> None:
        self.behave: Behave = lambda *_: Sent(answered(""))
        self.calls: list[Body] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send(outer.behave(self.path, {}))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.calls.append(body)
                self._send(outer.behave(self.path, body))

            def _send(self, sent: Sent) -> None:
                text = sent.body if isinstance(sent.body, str) else json.dumps(sent.body)
                self.send_response(sent.status)
                for name, value in sent.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._http = QuietServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def number_in(body: Body) -> int:
    text = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
    return int(re.findall(r"\d+", text)[-1])


def answered(text: str, **choice: Any) -> Body:
    return {
        "model": "m",
        "choices": [{"message": {"content": text}, "finish_reason": "stop", **choice}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1},
    }


def right(body: Body) -> str:
    return str(3 * number_in(body))


@pytest.fixture(scope="module")
def one_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def server(one_server: ScriptedServer) -> ScriptedServer:
    one_server.calls.clear()
    return one_server


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(server: ScriptedServer, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    def go(
        behave: Behave, *, n: int = 60, model: Body | None = None, **fields: Any
    ) -> tuple[int, str]:
        server.behave = lambda path, body: (
            Sent({"data": [{"id": "m"}]}) if path.startswith("/v1/models") else behave(path, body)
        )
        named = {"id": "m", "base_url": server.url, "concurrency": 8, **(model or {})}
        spec = write_task(tmp_path / "task", named, rows=triples(n), **fields)
        code = main(["run", str(spec), "--runs", str(tmp_path / "runs")])
        told = capfd.readouterr()
        return code, told.out + told.err

    return go


KEY = 'canary/7+"quoted"=='
TEAM = "team-canary-9"
FORMS = (
    KEY,
    json.dumps(KEY)[1:-1],
    quote(KEY, safe=""),
    base64.b64encode(KEY.encode()).decode(),
    base64.b64encode(f"user:{KEY}".encode()).decode(),
    TEAM,
    quote(TEAM),
    base64.b64encode(f"x{TEAM}".encode()).decode(),
)
NEEDLES = ("canary", "Y2FuYXJ5", "jYW5hcnk", "NhbmFye", "3Rlc3Q")


def echoing(path: str, body: Body) -> Sent:
    """Echo the key in ten places: one a sample, whatever its answer."""
    del path
    at, form = number_in(body), FORMS[number_in(body) % len(FORMS)]
    text = right(body)
    places: list[Callable[[], Sent]] = [
        lambda: Sent(answered(f"{text} {form}")),
        lambda: Sent(answered(text, message={"content": text, "reasoning": form})),
        lambda: Sent(answered(text, message={"content": [{"type": "text", "text": form}]})),
        lambda: Sent(answered(text, message={"content": None, "refusal": form})),
        lambda: Sent(answered(text, finish_reason=form)),
        lambda: Sent({**answered(text), "system_fingerprint": form, "id": form}),
        lambda: Sent(answered(text), headers={"Server": quote(form), "X-Echo": quote(form)}),
        lambda: Sent({"error": {"message": f"bad key {form}", "code": form}}, 400),
        lambda: Sent({"error": form}),
        lambda: Sent(f"<html>{form}</html>"),
    ]
    return places[at % 10]()


def with_keys(monkeypatch: pytest.MonkeyPatch) -> Body:
    monkeypatch.setenv("DEMO_KEY", KEY)
    monkeypatch.setenv("DEMO_TEAM", TEAM)
    return {"api_key_env": "DEMO_KEY", "headers": {"X-Team": "DEMO_TEAM"}}


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["stop", "score_zero", "inconclusive"])
def test_no_file_and_no_stream_holds_a_key_that_the_server_echoes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, policy: str
) -> None:
    model = with_keys(monkeypatch)

    _, told = run(echoing, model=model, errors=policy)

    files = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert len(files) > 2
    held = {path.name: path.read_bytes().decode("utf-8", "replace") for path in files}
    assert {
        (name, needle)
        for name, text in {**held, "streams": told}.items()
        for needle in (*FORMS, *NEEDLES)
        if needle in text
    } == set()


@pytest.mark.parametrize("status", [307, 401, 402, 403, 404, 418])
def test_no_stream_holds_a_key_of_a_server_that_ends_the_run(
    run: Run, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    model = with_keys(monkeypatch)
    headers = {"Location": f"/{quote(KEY, safe='')}", "Server": quote(KEY)}
    said = {"error": {"message": " ".join(FORMS)}}

    code, told = run(lambda *_: Sent(said, status, headers), model=model)

    assert code == 4
    assert [needle for needle in (*FORMS, *NEEDLES) if needle in told] == []
