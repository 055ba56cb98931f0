"""`ScriptedServer`: an HTTP server in this process that does what a function says."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """What a scripted server sends back: a text, or a value to be sent as JSON."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Behave = Callable[[str, Body], Sent]
"""What a server makes of a path and a body; a GET has an empty one."""


class ScriptedServer:
    """Answers as `behave` says, each call in a thread of its own.

    Attributes:
        behave: May be replaced at any time.
        calls: The bodies of all POSTs so far.
        url: The base URL for a ModelRef.
    """

    def __init__(self) -> None:
        self.behave: Behave = lambda *_: Sent("", 404)
        self.calls: list[Body] = []
        self._http = _QuietServer(("127.0.0.1", 0), _ScriptedHandler)
        self._http.script = self
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def close(self) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()


class _QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that go away."""

    daemon_threads = True
    script: ScriptedServer

    def handle_error(self, *_: object) -> None:
        pass


class _ScriptedHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: apart, the second waits 40 ms for an ACK
    server: _QuietServer

    def do_GET(self) -> None:
        self._send(self.server.script.behave(self.path, {}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.script.calls.append(body)
        self._send(self.server.script.behave(self.path, body))

    def version_string(self) -> str:
        return ""

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, sent: Sent) -> None:
        text = sent.body if isinstance(sent.body, str) else json.dumps(sent.body)
        self.send_response_only(sent.status)
        for name, value in sent.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())
