"""Write a benchmark's table into docs/benchmarks.md, in a section of its own."""

import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Each table is written by the command under it. Times depend on the machine; read the ratios.
"""


def write_table(
    section: str,
    rows: Sequence[Mapping[str, object]],
    command: str,
    *,
    note: str = "",
    page: Path = PAGE,
) -> str:
    """Put a table under its heading, in place of the one written before; return its Markdown.

    Args:
        section: The heading, which also marks the section.
        rows: At least one, all with the same keys: the columns.
        command: What a reader types to make the table again.
        note: What was measured, in a sentence or two.
        page: The file; made if it is absent.
    """
    table = to_markdown(rows)
    today = datetime.now(UTC).date().isoformat()
    where = f"{today}, {os.cpu_count()} cores ({platform.machine()}), {_versions()}"
    block = (
        f"<!-- begin {section} -->\n## {section}\n\n{note}\n\n{table}\n\n"
        f"`{command}` on {where}.\n<!-- end {section} -->"
    )
    text = page.read_text(encoding="utf-8") if page.is_file() else _HEAD
    mark = re.compile(
        rf"<!-- begin {re.escape(section)} -->.*<!-- end {re.escape(section)} -->", re.DOTALL
    )
    is_there = mark.search(text) is not None
    text = mark.sub(lambda _: block, text) if is_there else f"{text.rstrip()}\n\n{block}\n"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")
    return table


def to_markdown(rows: Sequence[Mapping[str, object]]) -> str:
    """Return rows as a Markdown table; floats with two decimals.

    >>> print(to_markdown([{"way": "plain", "seconds": 1.234}]))
    | way | seconds |
    |---|---|
    | plain | 1.23 |
    """
    columns = list(rows[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row[name]) for name in columns) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _versions() -> str:
    found = []
    for name in ("torch", "transformers"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)
