"""A decision for a person: one page, Markdown, the terminal, a notebook cell; and for CI."""

from ladder.report.findings import to_github, to_junit, to_sarif
from ladder.report.html import show_in_notebook, to_html, to_index_html, to_notebook_html
from ladder.report.markdown_report import to_markdown
from ladder.report.run_evidence import Evidence, load_evidence
from ladder.report.terminal import to_terminal
from ladder.report.write_report import FORMATS, to_json, to_text, write_report, write_text
from ladder.runs.samples import AnswerRow, SampleRow

__all__ = [
    "FORMATS",
    "AnswerRow",
    "Evidence",
    "SampleRow",
    "load_evidence",
    "show_in_notebook",
    "to_github",
    "to_html",
    "to_index_html",
    "to_json",
    "to_junit",
    "to_markdown",
    "to_notebook_html",
    "to_sarif",
    "to_terminal",
    "to_text",
    "write_report",
    "write_text",
]
