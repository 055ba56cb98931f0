"""`CorpusDocument`: a file of a corpus in sections, whatever its format was."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

LONGEST_BLOCK = 4_000
"""Characters of one paragraph, beyond which it is parted where a sentence or a word ends."""

LONGEST_SECTION = 4_000
"""Characters of a section, beyond which it is parted between paragraphs: a book without headings
is still read, compared and left out in parts."""

_BLOCKS = re.compile(
    r"(?:\A|(?<=\n))( {0,3}(?P<mark>`{3,}|~{3,}).*?\n {0,3}(?P=mark)[^\n]*)|\n\s*\n", re.DOTALL
)
_EMPTY_LINES = re.compile(r"\n\s*\n")
_PAUSE = re.compile(r"[\u3002\uff01\uff1f]|\s")


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, or on one page.

    Attributes:
        text: Paragraphs with an empty line between them; code stands between lines of ```.
        headings: The headings above it, from the outermost.
        page: Its page, from 1, where the file has pages.
    """

    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None

    def parted(self) -> "Iterator[Section]":
        """Yield the section, a very long one in parts."""
        if len(self.text) <= LONGEST_SECTION:
            yield self
            return
        part: list[str] = []
        for block in blocks_of(self.text):
            if part and sum(map(len, part)) + len(block) > LONGEST_SECTION:
                yield replace(self, text="\n\n".join(part))
                part = []
            part.append(block)
        yield replace(self, text="\n\n".join(part))


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """A file of a corpus.

    Attributes:
        sections: In the order of the file; none of them is empty.
        metadata: What the file says of itself in front of its text.
        left_out: What of it nobody reads, in words: pages without text, hidden text.
    """

    sections: tuple[Section, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


class Outline:
    """Collects sections under the headings above them.

    >>> outline = Outline()
    >>> outline.heading(1, "Guide")
    >>> outline.heading(2, "Install")
    >>> outline.text("Run pip.")
    >>> [(each.headings, each.text) for each in outline.sections()]
    [(('Guide', 'Install'), 'Run pip.')]
    """

    def __init__(self) -> None:
        self._above: list[tuple[int, str]] = []
        self._blocks: list[str] = []
        self._done: list[Section] = []

    def heading(self, level: int, title: str) -> None:
        """Begin a section."""
        self._close(next_level=level)
        while self._above and self._above[-1][0] >= level:
            self._above.pop()
        self._above.append((level, " ".join(title.split())))

    def text(self, block: str) -> None:
        """Add a paragraph or a piece of code."""
        if block.strip():
            self._blocks.append(block)

    def sections(self) -> tuple[Section, ...]:
        """Return all sections; a heading without text is one where no deeper one follows it."""
        self._close(next_level=0)
        return tuple(self._done)

    def _close(self, *, next_level: int) -> None:
        titles = tuple(title for _, title in self._above if title)
        is_leaf = bool(self._above) and next_level <= self._above[-1][0] and bool(titles)
        if self._blocks or is_leaf:
            self._done.append(Section("\n\n".join(self._blocks), titles))
        self._blocks = []


def blocks_of(text: str) -> Iterator[str]:
    r"""Yield the paragraphs of a text; a piece of code between lines of ``` is one of them.

    >>> list(blocks_of("One.\n\n```\na\n\nb\n```\nTwo."))
    ['One.', '```\na\n\nb\n```', 'Two.']
    """
    if "```" not in text and "~~~" not in text:
        for block in _EMPTY_LINES.split(text):
            yield from _parts(block)
        return
    start = 0
    for found in _BLOCKS.finditer(text):
        yield from _parts(text[start : found.start()])
        if found.group(1):
            yield from _parts(found.group(1))
        start = found.end()
    yield from _parts(text[start:])


def _parts(block: str) -> Iterator[str]:
    """Yield a block that is not empty, a very long one in parts."""
    start = 0
    while len(block) - start > LONGEST_BLOCK:
        middle = start + LONGEST_BLOCK // 2
        ends = [
            found.end() for found in _PAUSE.finditer(block, middle, middle + LONGEST_BLOCK // 2)
        ]
        end = ends[-1] if ends else start + LONGEST_BLOCK
        yield block[start:end].strip()
        start = end
    if block[start:].strip():
        yield block[start:].strip("\n")
