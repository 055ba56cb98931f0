"""Formats that other tools read (SARIF, JUnit, GitHub's commands), and text made harmless for them.

The gate writes them too, so nothing here loads a heavy library.
"""

from ladder.formats.github import to_github
from ladder.formats.lines import to_lines
from ladder.formats.sarif import to_sarif

__all__ = ["to_github", "to_lines", "to_sarif"]
