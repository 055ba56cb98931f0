"""`LabelServer`: a page on this machine on which people label answers, one key an answer.

It listens on 127.0.0.1 alone and answers only requests that know its token and name it as the host,
so that no other page in the same browser can read or write labels. Nothing is loaded from elsewhere.
"""

import hmac
import json
import queue
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any, Final

from ladder.errors import LadderError
from ladder.labelling.label_item import Choice, LabelItem
from ladder.labelling.label_session import LabelSession
from ladder.labelling.label_words import FEWEST, agreement_words, how_many

MOST_BYTES: Final = 10_000
_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_Wanted = tuple[str, Mapping[str, Any], "Future[dict[str, Any] | None]"]


class LabelServer:
    """Serves the labelling of one session until it is finished or stopped.

    Args:
        session: What is labelled.
        port: Where to listen; any free port unless given.
        page: The page's HTML; the one beside this file unless given.

    Attributes:
        is_finished: Whether somebody said that the labels are to be counted.
    """

    def __init__(self, session: LabelSession, *, port: int = 0, page: str | None = None) -> None:
        self.is_finished = False
        self.token = secrets.token_urlsafe(24)
        self.nonce = secrets.token_urlsafe(16)
        self._session = session
        self._wanted: queue.Queue[_Wanted] = queue.Queue()
        self._is_stopped = False
        self._item: LabelItem | None = None
        self._told = ""
        self._told_at = 0
        self._page = page or resources.files("ladder.labelling").joinpath(
            "label_page.html"
        ).read_text("utf-8")
        self._http = _LocalServer(("127.0.0.1", port), _LabelRequest)
        self._http.labels = self

    @property
    def host(self) -> str:
        """Return the only host name under which it answers."""
        return f"127.0.0.1:{self._http.server_address[1]}"

    @property
    def url(self) -> str:
        """Return the address of the page; it holds the token."""
        return f"http://{self.host}/{self.token}/"

    def serve(self) -> None:
        """Serve until the labelling is finished, or `stop` is called.

        Requests are taken in threads, as browsers keep connections open; what they ask for is done
        here, in the thread that made the session.
        """
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        try:
            while not (self.is_finished or self._is_stopped):
                with suppress(queue.Empty):
                    self._do_one()
        finally:
            self._http.shutdown()
            self._http.server_close()

    def stop(self) -> None:
        """End `serve`, from another thread."""
        self._is_stopped = True

    @property
    def policy(self) -> str:
        """Return what the page may load: itself."""
        return _POLICY.format(nonce=self.nonce)

    def page(self) -> str:
        """Return the page."""
        return self._page.replace("NONCE", self.nonce)

    def answer(self, action: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return what the page is to show after an action; None where there is no such action."""
        reply: Future[dict[str, Any] | None] = Future()
        self._wanted.put((action, body, reply))
        return reply.result()

    def _do_one(self) -> None:
        action, body, reply = self._wanted.get(timeout=0.1)
        try:
            reply.set_result(self._done(action, body))
        except LadderError as error:
            reply.set_result({"error": f"{error} {error.next_step}"})

    def _done(self, action: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        if action == "finish":
            return self._finish()
        if action == "undo":
            self._item = self._session.undo() or self._item
            return self._state()
        if action == "label":
            self._say(body)
        elif action != "state":
            return None
        self._item = self._session.next()
        return self._state()

    def _say(self, body: Mapping[str, Any]) -> None:
        """Write down a label of the answer that is shown; one of another is from an older page."""
        item, choice = self._item, body.get("choice")
        if item is None or body.get("item") != item.id:
            return
        known: list[Choice] = [each for each in item.choices if each == choice]
        if known:
            self._session.say(item, known[0])

    def _finish(self) -> dict[str, Any]:
        if self._session.count().claim is None:
            return self._state()
        self.is_finished = True
        return {"finished": True}

    def _state(self) -> dict[str, Any]:
        if self._session.n_labelled >= self._told_at + FEWEST:
            self._told_at = self._session.n_labelled
            self._told = agreement_words(self._session.agreement())
        item = self._item
        return {
            "rubric": self._session.rubric,
            "labelled": self._session.n_labelled,
            "likely": self._session.n_likely,
            "most": self._session.n_most,
            "how_many": how_many(self._session),
            "agreement": self._told,
            "item": None
            if item is None
            else {
                "id": item.id,
                "asked": item.asked,
                "answers": item.answers,
                "reference": item.reference,
                "choices": item.choices,
            },
        }


class _LocalServer(ThreadingHTTPServer):
    daemon_threads = True
    labels: LabelServer

    def handle_error(self, *_: object) -> None:
        """Say nothing of a browser that goes away."""


class _LabelRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _LocalServer

    def do_GET(self) -> None:
        """Send the page, or what it is to show."""
        action = self._action()
        if action == "":
            self._send(self.server.labels.page(), "text/html; charset=utf-8")
        elif action == "state":
            self._reply(action, {})
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Take a label, or take one back."""
        action = self._action()
        length = self.headers.get("Content-Length", "")
        is_ours = self.headers.get("Origin") == f"http://{self.server.labels.host}"
        is_json = self.headers.get("Content-Type") == "application/json"
        if action is None or not (is_ours and is_json):
            self._refuse(HTTPStatus.FORBIDDEN)
        elif not length.isdigit() or int(length) > MOST_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            self._reply(action, self._body(int(length)))

    def _body(self, length: int) -> Mapping[str, Any]:
        try:
            body = json.loads(self.rfile.read(length))
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    def _action(self) -> str | None:
        """Return what is asked for; None without the token, or under another host's name."""
        labels = self.server.labels
        _, token, *rest = [*self.path.split("/", 2), ""]
        is_known = hmac.compare_digest(token.encode(), labels.token.encode())
        if not is_known or self.headers.get("Host") != labels.host:
            return None
        return rest[0]

    def _reply(self, action: str, body: Mapping[str, Any]) -> None:
        state = self.server.labels.answer(action, body)
        if state is None:
            self._refuse(HTTPStatus.NOT_FOUND)
        else:
            self._send(json.dumps(state), "application/json")

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send("", "text/plain", status)

    def _send(self, text: str, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        body = text.encode("utf-8", "replace")
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", self.server.labels.policy)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""
