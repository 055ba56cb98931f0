"""Text of models and users as Markdown that formats nothing and commands nothing; tables and fences."""

import re
from collections.abc import Sequence

from ladder.text import one_line, visible

CELL = 160
# A colon alone is harmless; two make a command of a CI runner, others an address or an emoji.
# A dash is harmless but at the start, where it makes a list; a full stop but in a bare address.
_MARKS = re.compile(
    r"[\\`*_{}\[\]<>()#+!|~&@$]|:(?=[:/]|[\w+-]+:)|(?<=:):|^-|(?<=\bwww)\.", re.IGNORECASE
)


def plain(text: str, width: int = CELL) -> str:
    r"""Return model or user text as inert Markdown on one line.

    >>> plain("a|b <script>\n::error::x")
    'a\\|b \\<script\\>↵ \\:\\:error\\:\\:x'
    """
    return _MARKS.sub(lambda match: f"\\{match.group()}", one_line(text, width))


def fenced(text: str, language: str = "text") -> str:
    """Return model text in a fence that is longer than any fence inside it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = "\n".join(_harmless(line) for line in visible(text).split("\n"))
    return f"{fence}{language}\n{body}\n{fence}"


def _harmless(line: str) -> str:
    """Return a line that a CI runner does not take for a command (`::error ...`, `##[...]`)."""
    return f"\u2060{line}" if re.match(r"\s*(::|##(vso)?\[)", line) else line


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table; the first is its head."""
    head, *body = rows
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body)]
    return "\n".join(lines)


def details(title: str, body: str) -> str:
    """Return a body that opens on its title."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>\n"
