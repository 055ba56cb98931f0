"""`GithubPlace`: which repository, commit and pull request a job of GitHub Actions works for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class GithubPlace:
    """Where an answer can be written.

    Attributes:
        api: The address of GitHub's API, also of an enterprise's own.
        repository: Owner and name.
        token: What the job may write with; empty where it has none.
        commit: The commit that a check is about: of a pull request its head, and not the merge.
        number: Of the pull request; None where the job runs for another reason.
        job_url: The page of this job's run.
    """

    api: str
    repository: str
    token: str
    commit: str
    number: int | None = None
    job_url: str = ""


def github_place(environment: Mapping[str, str]) -> GithubPlace | None:
    """Return the place that the variables of a job name; None outside of GitHub Actions.

    >>> place = github_place({"GITHUB_REPOSITORY": "a/b", "GITHUB_REF": "refs/pull/7/merge"})
    >>> (place.api, place.number) if place else None
    ('https://api.github.com', 7)
    """
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not repository:
        return None
    event = _event(environment.get("GITHUB_EVENT_PATH", ""))
    pull = event.get("pull_request")
    pull = pull if isinstance(pull, dict) else {}
    head = pull.get("head")
    commit = head.get("sha") if isinstance(head, dict) else None
    run = environment.get("GITHUB_RUN_ID", "")
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    return GithubPlace(
        api=environment.get("GITHUB_API_URL", "https://api.github.com").rstrip("/"),
        repository=repository,
        token=environment.get("GITHUB_TOKEN", ""),
        commit=commit if isinstance(commit, str) else environment.get("GITHUB_SHA", ""),
        number=_number(pull.get("number"), environment.get("GITHUB_REF", "")),
        job_url=f"{server}/{repository}/actions/runs/{run}" if run else "",
    )


def _number(found: object, ref: str) -> int | None:
    if isinstance(found, int):
        return found
    parts = ref.split("/")
    is_pull = parts[:2] == ["refs", "pull"] and len(parts) > 2 and parts[2].isdigit()
    return int(parts[2]) if is_pull else None


def _event(path: str) -> dict[str, Any]:
    try:
        found = json.loads(Path(path).read_text("utf-8")) if path else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
