"""The pages for people: their Python runs, each stands in the site, and the first page leads to it."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^)#\s]+\.md)")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)

WITH_CODE = ["documents", "broken-json", "small-model", "still-true", "as-good-as"]

QUESTIONS = {
    "can it read my messages file?": "chat, OpenAI",
    "how do I use the winner?": "ladder export",
    "what does it cost?": "| samples | calls | 1 replica |",
    "can it read my workbook?": ".xlsx",
    "what does exit code 3 mean?": "inconclusive: too few examples",
    "is it still true next month?": "ladder recheck runs/",
    "can a coding agent drive it?": "AGENTS.md",
}
"""What a stranger asks, and words of the answer."""


def pages_in(nav: Any) -> Iterator[str]:
    """Yield the pages of a navigation."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, dict):
        for each in nav.values():
            yield from pages_in(each)
    else:
        for each in nav:
            yield from pages_in(each)


def links_of(page: Path) -> list[Path]:
    return [(page.parent / each).resolve() for each in LINK.findall(page.read_text("utf-8"))]


def test_every_page_stands_in_the_navigation_of_the_site() -> None:
    site = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    assert sorted(pages_in(site["nav"])) == sorted(
        str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md")
    )


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_strangers_question_is_answered_within_two_clicks(question: str) -> None:
    first = links_of(DOCS / "index.md")
    near = dict.fromkeys([*first, *(link for page in first for link in links_of(page))])
    answers = [page for page in near if QUESTIONS[question] in page.read_text("utf-8")]
    assert answers


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_CODE)
def test_the_example_of_a_page_runs_and_has_the_verdict_it_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "how-to" / f"{name}.md").read_text("utf-8")
    blocks = BLOCK.findall(text)
    assert blocks
    for block in blocks:
        exec(compile(block, f"{name}.md", "exec"), {"__name__": name})  # noqa: S102 - our own page
    assert list(Path("runs").iterdir())
