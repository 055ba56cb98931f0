"""`tell_pull_request`: the gate's answer as one comment that is kept up to date, and as a check."""

import re
from collections.abc import Callable
from typing import Any

from ladder.errors import LadderError
from ladder.formats.lines import harmless
from ladder.formats.markdown import plain
from ladder.gate.github_api import GithubApi
from ladder.gate.github_place import GithubPlace
from ladder.gate.outputs import GateAnswer, SpecPlace, annotated, to_summary

CHECK = "ladder gate"
_CONCLUSIONS = {"allowed": "success", "waived": "neutral"}
_LEVELS = {"error": "failure", "warning": "warning", "notice": "notice"}
_MOST_OF_A_TITLE = 200
_MOST_OF_A_BODY = 60_000
_NO_PULL_REQUEST = "no comment: this job does not run for a pull request"


def tell_pull_request(
    answer: GateAnswer,
    place: GithubPlace | None,
    *,
    record: str,
    spec: SpecPlace | None = None,
    comment: bool = False,
    check: bool = False,
) -> list[str]:
    """Write the answer to the pull request; return what could not be written, and why, a line each.

    Never an error of the gate: what it says stands in the job summary in any case.

    Args:
        answer: What the gate said.
        place: The job's repository, commit and pull request.
        record: The path of the record: each has a comment of its own.
        spec: Where the task spec lies, for annotations.
        comment: Whether the comment is wanted.
        check: Whether the check is wanted.
    """
    if place is None or not place.token:
        why = "no GITHUB_TOKEN" if place is not None else "not a job of GitHub Actions"
        wanted = {"comment": comment, "check": check}
        return [f"no {name}: {why}" for name, is_wanted in wanted.items() if is_wanted]
    api = GithubApi(place)
    told = []
    if comment:
        told += _tried("comment", lambda: _keep_comment(api, answer, record))
    if check:
        told += _tried("check", lambda: api.add_check(check_of(answer, place, spec)))
    return told


def check_of(answer: GateAnswer, place: GithubPlace, spec: SpecPlace | None) -> dict[str, Any]:
    """Return the check run of an answer: its title is the verdict."""
    annotations = [
        {
            "path": spec.path,
            "start_line": line,
            "end_line": line,
            "annotation_level": _LEVELS[kind],
            "title": f"{CHECK} ({answer.rule})",
            "message": text,
        }
        for kind, text, line in annotated(answer, spec)
        if spec is not None
    ]
    output = {
        "title": title_of(answer),
        "summary": to_summary(answer)[:_MOST_OF_A_BODY],
        "annotations": annotations,
    }
    found: dict[str, Any] = {
        "name": CHECK,
        "head_sha": place.commit,
        "status": "completed",
        "conclusion": _CONCLUSIONS.get(answer.state, "failure"),
        "output": output,
    }
    return {**found, "details_url": place.job_url} if place.job_url else found


def title_of(answer: GateAnswer) -> str:
    """Return the verdict in a line: its word, and the first sentence of the answer."""
    return harmless(f"{answer.rule}: {answer.message.splitlines()[0]}", _MOST_OF_A_TITLE)


def marker_of(record: str) -> str:
    """Return the line, which nobody sees, by which the gate finds its comment again.

    >>> marker_of("runs/a b/record.json -->")
    '<!-- ladder gate: runs/a-b/record.json -->'
    """
    name = re.sub(r"[^\w./]+", "-", record).strip("-")
    return f"<!-- ladder gate: {name} -->"


def _keep_comment(api: GithubApi, answer: GateAnswer, record: str) -> str:
    """Update the comment of an earlier run, or write the first; return why there is none, if so."""
    place = api.place
    if place.number is None:
        return _NO_PULL_REQUEST
    marker = marker_of(record)
    about = f"For {plain(place.commit[:12])}"
    link = f" · [the job]({place.job_url})" if place.job_url else ""
    body = f"{marker}\n{to_summary(answer)[:_MOST_OF_A_BODY]}\n{about}{link}\n"
    own = _own_comments(api, place.number, marker)
    if not own:
        api.add_comment(place.number, body)
        return ""
    first, *others = own
    api.change_comment(first, body)
    for each in others:  # two jobs that ran at once have both written one
        api.remove_comment(each)
    return ""


def _own_comments(api: GithubApi, number: int, marker: str) -> list[int]:
    """Return the comments that begin with the marker and are ours: anybody can write a marker."""
    marked = [each for each in api.comments(number) if str(each.get("body", "")).startswith(marker)]
    if not marked:
        return []
    login = api.login()
    return [int(each["id"]) for each in marked if _is_ours(each.get("user"), login)]


def _is_ours(user: object, login: str) -> bool:
    if not isinstance(user, dict):
        return False
    return user.get("login") == login if login else user.get("type") == "Bot"


def _tried(name: str, write: Callable[[], str | None]) -> list[str]:
    try:
        why = write()
    except (LadderError, KeyError, TypeError, ValueError) as error:
        step = error.next_step if isinstance(error, LadderError) else ""
        return [harmless(f"no {name}: {error} {step}".strip(), 600)]
    return [why] if why else []
