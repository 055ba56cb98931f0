"""Findings as lines for a terminal, and any text as one line that no CI log takes for a command."""

import re
import unicodedata

from ladder.finding import Finding
from ladder.text import without_escapes

WIDTH = 400
_COMMAND = re.compile(r":(?=:)|##(?=\[|vso)", re.IGNORECASE)


def to_lines(finding: Finding) -> list[str]:
    """Return a finding for the terminal.

    >>> to_lines(Finding(code="R02 x", severity="error", problem="No header.", next_step="Add it."))
    ['error   R02 x: No header.', '        Next: Add it.']
    """
    lines = [f"{finding.severity:<8}{finding.code}: {finding.problem}"]
    lines += [f"        {line}" for line in finding.evidence.splitlines()]
    lines += [f"        Next: {finding.next_step}"] if finding.next_step else []
    return lines


def text_of(finding: Finding) -> str:
    """Return all that a finding says, as one paragraph.

    >>> text_of(Finding(code="R02 x", severity="error", problem="No header.", next_step="Add it."))
    'No header. Add it.'
    """
    return " ".join(filter(None, (finding.problem, finding.evidence, finding.next_step)))


def line_of(finding: Finding) -> int:
    """Return the line of the file that a finding's evidence names; 1 where it names none.

    >>> line_of(Finding(code="L05 x", severity="error", problem="P.", evidence="line 7: bad tag"))
    7
    """
    named = re.search(r"\bline (\d+)", finding.evidence, re.IGNORECASE)
    return max(1, int(named.group(1))) if named else 1


def harmless(text: str, width: int = WIDTH) -> str:
    r"""Return a text on one line, without control characters and workflow commands.

    GitHub reads `::command::` at the start of a line and `##[command]` anywhere; Azure reads
    `##vso[`. Both are parted by a space, so that the text stays readable.

    >>> harmless("a\x1b[31m\n::error::b\u202e ##[set-env]")
    'a : :error: :b ## [set-env]'
    """
    bare = without_escapes(text)
    kept = "".join(" " if each.isspace() else each for each in bare if _is_shown(each))
    line = " ".join(_COMMAND.sub(r"\g<0> ", kept).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def _is_shown(character: str) -> bool:
    return character.isspace() or unicodedata.category(character)[0] != "C"
