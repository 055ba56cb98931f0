"""`SlowServer`: a scripted OpenAI-compatible server whose answers take a set time each."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from ladder.models.base import Message, Request
from ladder.spec.candidate import ChatSetup, Decoding

Answers = Callable[[Request], str]


class SlowServer:
    """Answers what a function says, each answer after some seconds. Use it in a `with` block.

    Args:
        answer: Takes a request, returns the text.
        seconds: How long an answer takes, however many are worked on.
        slots: Calls that it works on at once; the rest is turned away with status 429.
        model: The name that it answers as.
        decode: Reads the token ids of `/completions`, which is not served without it.

    Attributes:
        url: To be written as `model.base_url`.
        busiest: Most calls that it worked on at once.
        rounds: How often it had nothing to do and then a call came.
        n_answered: Calls that it answered, for each prompt how often.
        model: The name that it answers as.
        is_dead: Set it, and every call is broken off.
    """

    def __init__(
        self,
        answer: Answers,
        *,
        seconds: float = 0.5,
        slots: int = 1000,
        model: str = "m",
        decode: Callable[[list[int]], str] | None = None,
    ) -> None:
        self.seconds = seconds
        self.busiest = 0
        self.rounds = 0
        self.n_answered: dict[str, int] = {}
        self.is_dead = False
        self.model = model
        self._answer, self._slots, self._decode = answer, slots, decode
        self._lock = threading.Lock()
        self._n_open = 0
        self._http = _Http(("127.0.0.1", 0), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def reply_to(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body for one completion, after the time that it takes."""
        with self._lock:
            if self._n_open >= self._slots:
                return 429, {"error": {"message": "too many requests"}}
            self.rounds += not self._n_open
            self._n_open += 1
            self.busiest = max(self.busiest, self._n_open)
        time.sleep(self.seconds)
        asked = self._asked(body)
        text = self._answer(Request(asked, ChatSetup(), Decoding()))
        prompt = "\n\n".join(f"{message.role}: {message.content}" for message in asked)
        with self._lock:
            self._n_open -= 1
            self.n_answered[prompt] = self.n_answered.get(prompt, 0) + 1
        return 200, {
            "model": self.model,
            "choices": [
                {
                    "message": {"role": "assistant", "content": text},
                    "text": text,
                    "finish_reason": "stop",
                }
            ],
            "usage": {
                "prompt_tokens": len(prompt.split()),
                "completion_tokens": len(text.split()),
            },
        }

    def serves(self, path: str) -> bool:
        """Return whether a path is one of a completion that is served."""
        is_text = path.endswith("/completions") and self._decode is not None
        return path.endswith("/chat/completions") or is_text

    def _asked(self, body: dict[str, Any]) -> tuple[Message, ...]:
        if "messages" in body:
            return tuple(Message(each["role"], each["content"]) for each in body["messages"])
        prompt = body["prompt"]
        if isinstance(prompt, list) and self._decode is not None:
            prompt = self._decode(prompt)
        return (Message("user", str(prompt)),)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256


def _handler_of(server: SlowServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together: apart, the second waits 40 ms for an ACK

        def do_GET(self) -> None:
            is_list = self.path.endswith("/models")
            self._send(200 if is_list else 404, {"data": [{"id": "m"}]} if is_list else {})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if server.is_dead:
                self.close_connection = True
                return
            if not server.serves(self.path):
                self._send(404, {})
                return
            self._send(*server.reply_to(body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def _send(self, status: int, body: dict[str, Any]) -> None:
            written = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)
            self.wfile.flush()

    return Handler
