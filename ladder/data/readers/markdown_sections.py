"""`read_markdown`: a Markdown file in sections, with its front matter."""

import re
from collections.abc import Iterable, Iterator

from ladder.data.readers.corpus_document import CorpusDocument, Outline
from ladder.data.readers.decoding_text import text_of
from ladder.foreign_yaml import parse_yaml

_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MOST_FRONT_MATTER = 20_000


def read_markdown(text: str) -> CorpusDocument:
    r"""Return the sections of a Markdown file.

    >>> found = read_markdown("---\ntitle: T\n---\n# Guide\n\nRead it.\n\n## Install\n\nRun pip.\n")
    >>> [(each.headings, each.text) for each in found.sections], dict(found.metadata)
    ([(('Guide',), 'Read it.'), (('Guide', 'Install'), 'Run pip.')], {'title': 'T'})
    """
    metadata, body = _front_matter(text)
    shown, comments = _without_comments(body)
    outline = Outline()
    for block in _blocks(shown.splitlines()):
        if isinstance(block, tuple):
            outline.heading(*block)
        else:
            outline.text(block)
    hidden = (f"{comments} hidden comment{'s' if comments > 1 else ''}",) if comments else ()
    return CorpusDocument(outline.sections(), metadata, hidden)


def _without_comments(text: str) -> tuple[str, int]:
    """Return a text without its comments, which no reader of the page sees, and their number."""
    if "<!--" not in text:
        return text, 0
    # What stands in code is shown.
    parts = re.split(
        r"(^ {0,3}```.*?^ {0,3}```|^ {0,3}~~~.*?^ {0,3}~~~|(?<!`)`[^`\n]+`(?!`))",
        text,
        flags=re.MULTILINE | re.DOTALL,
    )
    found = [(part, 0) if at % 2 else _COMMENT.subn("", part) for at, part in enumerate(parts)]
    return "".join(part for part, _ in found), sum(number for _, number in found)


def _blocks(lines: Iterable[str]) -> Iterator[str | tuple[int, str]]:
    """Yield headings as level and title, and paragraphs and pieces of code as text."""
    paragraph: list[str] = []
    fence = ""
    for line in lines:
        if fence:
            paragraph.append(line)
            if _closes(line, fence):
                yield _taken(paragraph)
                fence = ""
            continue
        opened = _FENCE.match(line)
        heading = _HEADING.match(line)
        underline = _UNDERLINE.match(line) if len(paragraph) == 1 else None
        if underline is not None:
            yield (1 if "=" in underline.group(1) else 2), _taken(paragraph)
        elif opened or heading or not line.strip():
            if paragraph:
                yield _taken(paragraph)
            if opened:
                fence = opened.group(1)
                paragraph.append(line)
            elif heading:
                yield len(heading.group(1)), heading.group(2) or ""
        else:
            paragraph.append(line)
    if paragraph:
        yield _taken(paragraph)


def _taken(lines: list[str]) -> str:
    text = "\n".join(lines)
    lines.clear()
    return text


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and set(mark) == {fence[0]}


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the values that stand in front of a text, and the text; none where they are no YAML."""
    found = _FRONT.match(text[:_MOST_FRONT_MATTER])
    if found is None:
        return {}, text
    values = _parsed(found.group(1) or "")
    if values is None:
        return {}, text
    return values, text[found.end() :]


def _parsed(written: str) -> dict[str, str] | None:
    try:
        values = parse_yaml(written)
    except ValueError:
        return None
    if values is None:
        return {}
    if not isinstance(values, dict):
        return None
    texts = {str(name): _as_text(value) for name, value in values.items()}
    return {name: text for name, text in texts.items() if text}


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(filter(None, (text_of(each) for each in value)))
    return text_of(value) or ""
