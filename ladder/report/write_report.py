"""Reports as files, written whole or not at all."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from ladder import disk
from ladder.errors import SpecError
from ladder.report.class_table import class_tables
from ladder.report.findings import to_github, to_junit, to_sarif
from ladder.report.html import to_html
from ladder.report.markdown_report import to_markdown
from ladder.report.run_evidence import Evidence, load_evidence
from ladder.report.terminal import UNCUT, WIDTH, to_terminal
from ladder.text import encodable, escaped


def to_json(evidence: Evidence) -> str:
    """Return the decision as JSON, indented: what `decision.json` holds, and tables of classes."""
    tables = [table.as_json() for table in class_tables(evidence)]
    found = evidence.decision.model_dump_json(indent=2)
    if tables:
        whole = {**json.loads(found), "by_class": tables}
        found = json.dumps(whole, indent=2, ensure_ascii=False)
    return escaped(found) + "\n"


def to_text(evidence: Evidence, *, is_whole: bool = True, width: int = WIDTH) -> str:
    """Return the first screen as plain text, for a file; cut to a terminal unless `is_whole`."""
    width = UNCUT if is_whole else width
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(to_terminal(evidence, is_whole=is_whole), crop=False)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


FORMATS: dict[str, tuple[str, Callable[[Evidence], str]]] = {
    "html": ("report.html", to_html),
    "md": ("report.md", to_markdown),
    "json": ("report.json", to_json),
    "junit": ("report.xml", to_junit),
    "txt": ("report.txt", to_text),
    "sarif": ("report.sarif", to_sarif),
    "github": ("report.github", to_github),
}
"""Each format with its file name and what writes it."""


def write_report(
    run_folder: str | Path,
    format: str = "html",  # noqa: A002 - the word of the command line
    path: str | Path | None = None,
) -> Path:
    """Write the report of a run and return where it is.

    Args:
        run_folder: The folder of a finished run.
        format: One of `FORMATS`.
        path: Where to write; by default `report.<format>` in the run folder.

    Raises:
        SpecError: The format is unknown.
        EvidenceError: The run folder holds no readable decision.
    """
    if format not in FORMATS:
        raise SpecError(
            f"--format {format} is not a report format.",
            next_step=f"Use one of {', '.join(FORMATS)}.",
        )
    name, render = FORMATS[format]
    place = Path(path) if path is not None else Path(run_folder) / name
    write_text(place, render(load_evidence(run_folder)))
    return place


def link_to_report(run: Path, seen_from: Path) -> str:
    """Return a run's page as a link from a folder; the page is written where there is none yet."""
    page = run / FORMATS["html"][0]
    if not page.is_file():
        write_report(run)
    return Path(os.path.relpath(page, seen_from)).as_posix()


def write_text(path: Path, text: str) -> None:
    """Write a page, whole or not at all; what UTF-8 cannot hold becomes a question mark."""
    path.parent.mkdir(parents=True, exist_ok=True)
    disk.write_text(path, encodable(text))
