"""`GithubApi`: the few calls by which a comment is kept up to date and a check is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ladder.errors import EndpointError
from ladder.gate.github_place import GithubPlace
from ladder.text import one_line

_SECONDS = 20
_MOST_PAGES = 30
_MOST_OF_A_REPLY = 200


@dataclass(frozen=True, slots=True)
class GithubApi:
    """GitHub's REST API for one repository."""

    place: GithubPlace

    def comments(self, number: int) -> Iterator[dict[str, Any]]:
        """Yield the comments of a pull request, the oldest first."""
        for page in range(1, _MOST_PAGES + 1):
            found = self._call("GET", f"issues/{number}/comments?per_page=100&page={page}")
            rows = found if isinstance(found, list) else []
            yield from (row for row in rows if isinstance(row, dict))
            if len(rows) < 100:
                return

    def login(self) -> str:
        """Return whose token it is; an empty text for a job's own token, which is nobody's."""
        try:
            found = self._call("GET", f"{self.place.api}/user")
        except EndpointError:
            return ""
        return str(found.get("login", "")) if isinstance(found, dict) else ""

    def add_comment(self, number: int, body: str) -> None:
        """Write a new comment."""
        self._call("POST", f"issues/{number}/comments", {"body": body})

    def change_comment(self, comment: int, body: str) -> None:
        """Put another text into a comment."""
        self._call("PATCH", f"issues/comments/{comment}", {"body": body})

    def remove_comment(self, comment: int) -> None:
        """Take a comment away."""
        self._call("DELETE", f"issues/comments/{comment}")

    def add_check(self, check: Mapping[str, Any]) -> None:
        """Write a check run."""
        self._call("POST", "check-runs", check)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Return what the API answers.

        Raises:
            EndpointError: It cannot be reached, or refuses.
        """
        import httpx2

        place = self.place
        whole = path if path.startswith("http") else f"{place.api}/repos/{place.repository}/{path}"
        headers = {
            "Authorization": f"Bearer {place.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "ladder-gate",
        }
        try:
            reply = httpx2.request(method, whole, json=body, headers=headers, timeout=_SECONDS)
            found = reply.json() if reply.content else {}
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, OSError) as error:
            raise _as_endpoint_error(method, path, type(error).__name__) from None
        if reply.status_code >= 300:
            said = found.get("message", "") if isinstance(found, dict) else ""
            raise _as_endpoint_error(method, path, f"{reply.status_code} {said}")
        return found


def _as_endpoint_error(method: str, path: str, why: str) -> EndpointError:
    what = path.partition("?")[0]
    return EndpointError(
        f"GitHub's API: {method} {what}: {one_line(why.strip(), _MOST_OF_A_REPLY)}",
        next_step="Give the job `permissions: {pull-requests: write, checks: write}`; a pull request "
        "from a fork has no such token, and then the job summary says the same.",
    )
