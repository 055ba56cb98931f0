"""GitHub's workflow commands: findings as annotations, and any text as no command."""

import secrets
from collections.abc import Callable, Mapping, Sequence

from ladder.finding import Finding
from ladder.formats.lines import line_of, text_of

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_ANNOTATIONS_SHOWN = 10  # GitHub drops what a step has beyond ten of a kind


def to_github(
    files: Mapping[str, Sequence[Finding]],
    *,
    see: str = "ladder template check",
    line_at: Callable[[Finding], int] = line_of,
) -> str:
    """Return findings as workflow commands, the worst first; the last line counts the rest.

    `see` is the command that shows all of them, `line_at` says on which line of its file one stands.

    >>> finding = Finding(code="R02 x", severity="error", problem="No: header.")
    >>> print(to_github({"a,b.jinja": [finding]}))
    ::error file=a%2Cb.jinja,line=1,title=R02 x::No: header.
    """
    order = list(_LEVELS)
    pairs = [(path, each) for path, findings in files.items() for each in findings]
    pairs.sort(key=lambda pair: order.index(pair[1].severity))
    lines = [
        command(
            _LEVELS[each.severity],
            text_of(each),
            {"file": path, "line": str(line_at(each)), "title": each.code},
        )
        for path, each in pairs[:_ANNOTATIONS_SHOWN]
    ]
    if len(pairs) > _ANNOTATIONS_SHOWN:
        more = len(pairs) - _ANNOTATIONS_SHOWN
        lines.append(f"::notice::{more} more findings: see `{see}`.")
    return "\n".join(lines)


def command(name: str, text: str, properties: Mapping[str, str]) -> str:
    r"""Return one workflow command, whatever stands in its text and properties.

    >>> command("error", "50 %\nof it", {"title": "a: b"})
    '::error title=a%3A b::50 %25%0Aof it'
    """
    body = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    fields = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {fields}::{body}"


def unobeyed(text: str) -> list[str]:
    """Return a text between two `stop-commands` lines: the runner obeys nothing in it."""
    token = secrets.token_hex(16)
    return [f"::stop-commands::{token}", text, f"::{token}::"]


def _property(text: str) -> str:
    escapes = {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"}
    return "".join(escapes.get(character, character) for character in text)
