"""A scripted GitHub API over real HTTP: comments of one pull request, and checks."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

TOKEN = "t0ken-of-the-job"  # noqa: S105 - of a test
BOT = {"login": "github-actions[bot]", "type": "Bot"}


class GithubServer:
    """What a repository holds, and whether its token may write.

    Attributes:
        comments: Of pull request 7, the oldest first.
        checks: Every check run that was written.
        may_write: A fork's token only reads.
        is_broken: It answers with something that is no JSON.
        login: Whose token it is, where it is a person's.
    """

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.checks: list[dict[str, Any]] = []
        self.may_write = True
        self.is_broken = False
        self.login = ""
        self.url = ""

    def add(self, body: str, user: Mapping[str, str] = BOT) -> None:
        """Add a comment."""
        self.comments.append({"id": len(self.comments) + 100, "body": body, "user": dict(user)})

    def bodies(self) -> list[str]:
        return [each["body"] for each in self.comments]

    def reply(self, method: str, path: str, body: Any) -> tuple[int, Any]:  # noqa: PLR0911
        """Return a status and a document."""
        if path == "/user":
            who = {"login": self.login}
            return (200, who) if self.login else (403, {"message": "Resource not accessible"})
        if method != "GET" and not self.may_write:
            return 403, {"message": "Resource not accessible by integration"}
        place, _, query = path.removeprefix("/repos/a/b/").partition("?")
        match method, place.split("/"):
            case "GET", ["issues", "7", "comments"]:
                page = int(query.rpartition("page=")[2])
                return 200, self.comments[100 * (page - 1) : 100 * page]
            case "POST", ["issues", "7", "comments"]:
                self.add(body["body"])
                return 201, self.comments[-1]
            case "PATCH", ["issues", "comments", number]:
                self._comment(number)["body"] = body["body"]
                return 200, self._comment(number)
            case "DELETE", ["issues", "comments", number]:
                self.comments.remove(self._comment(number))
                return 204, None
            case "POST", ["check-runs"]:
                self.checks.append(body)
                return 201, body
        return 404, {"message": "Not Found"}

    def _comment(self, number: str) -> dict[str, Any]:
        return next(each for each in self.comments if each["id"] == int(number))


class _Handler(BaseHTTPRequestHandler):
    github: ClassVar[GithubServer]

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        is_known = self.headers["Authorization"] == f"Bearer {TOKEN}"
        refused = (401, {"message": "Bad credentials"})
        status, found = self.github.reply(self.command, self.path, body) if is_known else refused
        content = b"" if found is None else json.dumps(found).encode()
        self.send_response(status)
        content = b"<html>" if self.github.is_broken else content
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - names of http.server

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[GithubServer]:
    """Serve an empty repository."""
    github = GithubServer()
    handler = type("Handler", (_Handler,), {"github": github})
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    github.url = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield github
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def variables_of(github: GithubServer, event: str) -> dict[str, str]:
    """Return what a job of pull request 7 finds in its environment."""
    return {
        "GITHUB_API_URL": github.url,
        "GITHUB_REPOSITORY": "a/b",
        "GITHUB_EVENT_PATH": event,
        "GITHUB_RUN_ID": "12",
        "GITHUB_SHA": "merge-commit",
        "GITHUB_REF": "refs/pull/7/merge",
    }
