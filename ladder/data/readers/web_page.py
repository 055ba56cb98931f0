"""`read_web_page`: an HTML file in sections, without what a browser would not show."""

import re
from collections.abc import Iterator
from typing import Any

from ladder.data.readers.corpus_document import CorpusDocument, Outline
from ladder.errors import DataError
from ladder.installation import install_line

_NO_TEXT = (
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "head",
    "iframe",
    "object",
    "-comment",
)
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "label",
        "mark",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "-text",
    ]
)
_CELLS = ("td", "th")
_IN_LAYOUT = "table, pre, h1, h2, h3, h4, h5, h6"
"""What stands in the cells of a table that lays out a page, and not in those of a row of data."""

_HEADING = re.compile(r"h([1-6])\Z")
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$)"
    r"|font-size\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_NAVIGATION = "nav, [role=navigation]"
_BARS = re.compile(r"[\W_]*[|\u00b7\u2022\u203a\u00bb/>][\W_]*\Z")
"""What stands between the links of a bar: signs alone."""

_OF_SOME_MEDIA = re.compile(r"@[^{};]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def read_web_page(text: str) -> CorpusDocument:
    """Return the sections of a page: its headings, paragraphs, lists, tables and code.

    Scripts, styles and comments are none of it, nor is what an attribute, a style or a rule of the
    page's own style sheet hides, nor navigation; both are counted. The title stands for a missing first heading.

    Raises:
        DataError: selectolax is not installed.
    """
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError:
        raise DataError(
            "An HTML page needs the library selectolax, which is not installed.",
            next_step=f"{install_line('documents')}.",
        ) from None
    page = LexborHTMLParser(text)
    title = page.css_first("head > title")
    name = " ".join(title.text().split()) if title is not None else ""
    hidden = _hidden(page)
    bars = {each.mem_id: each for each in (*page.css(_NAVIGATION), *_bars_of_links(page))}
    outline = Outline()
    if name and page.css_first("h1") is None:
        outline.heading(0, name)
    if page.body is not None:
        _Writer(outline, frozenset({*hidden, *bars})).write(page.body)
    left_out = tuple(
        f"{n} {'piece' if n == 1 else 'pieces'} of {what}"
        for what, found in (("hidden text", hidden), ("navigation", bars))
        if (n := sum(1 for each in found.values() if (each.text() or "").strip()))
    )
    return CorpusDocument(outline.sections(), {"title": name} if name else {}, left_out)


def _bars_of_links(page: Any) -> Iterator[Any]:  # noqa: ANN401 - selectolax has no types here
    """Yield the elements that hold nothing but links with signs between them: `Home | About`."""
    for parent in {each.parent.mem_id: each.parent for each in page.css("a + a")}.values():
        inside = list(parent.iter(include_text=True))
        texts = [each.text_content or "" for each in inside if each.tag == "-text"]
        is_bar = all(each.tag in ("a", "-text") for each in inside)
        if is_bar and _BARS.match("".join(texts)):
            yield parent


def _hidden(page: Any) -> dict[int, Any]:  # noqa: ANN401 - selectolax has no types here
    """Return the elements that no reader of the page sees."""
    hidden = list(page.css("[hidden]"))
    hidden += [
        each for each in page.css("[style]") if _INVISIBLE.search(each.attributes["style"] or "")
    ]
    for sheet in page.css("style"):
        for selectors, rule in _RULE.findall(_OF_SOME_MEDIA.sub("", sheet.text() or "")):
            if _INVISIBLE.search(rule):
                hidden += _selected(page, selectors.strip())
    return {each.mem_id: each for each in hidden if each.tag not in ("html", "body")}


def _selected(page: Any, selectors: str) -> list[Any]:  # noqa: ANN401 - selectolax has no types here
    """Return the elements of a rule; none where its selector is unknown."""
    try:
        return list(page.css(selectors))
    except (ValueError, RuntimeError):
        return []


class _Writer:
    """Writes an element's text into an outline, block by block."""

    def __init__(self, outline: Outline, hidden: frozenset[int]) -> None:
        self.outline = outline
        self.hidden = hidden
        self.line: list[str] = []
        self.cells = 0  # of data, that are open

    def write(self, element: Any) -> None:  # noqa: ANN401 - selectolax has no types here
        """Write all that stands in an element; depth costs no stack."""
        todo: list[tuple[Any, bool]] = [(element, True)]
        while todo:
            node, is_open = todo.pop()
            if not is_open:
                self._leave(node)
            elif node.tag == "-text":
                self.line.append(re.sub(r"\s+", " ", node.text_content or ""))
            elif self._shows(node):
                todo += self._inside(node)
        self._end()

    def _inside(self, node: Any) -> list[tuple[Any, bool]]:  # noqa: ANN401 - see above
        """Begin an element, and return what is still to be written of it, the last first."""
        tag = node.tag
        heading = _HEADING.match(tag)
        if heading or tag == "pre":
            self._end()
            text = self._text(node)
            if heading:
                self.outline.heading(int(heading.group(1)), text)
            elif text.strip():
                self.outline.text(f"```\n{text.strip(chr(10))}\n```")
            return []
        children = list(node.iter(include_text=True))
        inside = [(child, True) for child in reversed(children)]
        if tag == "br":
            self.line.append("\n")
        elif tag in _CELLS and any(part.strip() for part in self.line):
            self.line.append(" | ")
        if tag in _CELLS and node.css_first(_IN_LAYOUT) is None:
            self.cells += 1
            return [(node, False), *inside]
        if tag in _INLINE or tag in _CELLS or tag == "br":
            return inside
        self._end()
        if tag == "li":
            self.line.append("- ")
        return [(node, False), *inside]

    def _leave(self, node: Any) -> None:  # noqa: ANN401 - see above
        if node.tag in _CELLS:
            self.cells -= 1
        else:
            self._end()

    def _shows(self, node: Any) -> bool:  # noqa: ANN401 - see above
        return node.tag not in _NO_TEXT and node.mem_id not in self.hidden

    def _text(self, element: Any) -> str:  # noqa: ANN401 - see above
        """Return the text of an element as it is written, without its hidden parts."""
        texts: list[str] = []
        todo = [element]
        while todo:
            node = todo.pop()
            if node.tag == "-text":
                texts.append(node.text_content or "")
            elif self._shows(node):
                todo += reversed(list(node.iter(include_text=True)))
        return "".join(texts)

    def _end(self) -> None:
        if self.cells:  # the paragraphs of a cell are part of its row
            self.line.append(" ")
            return
        text = re.sub(r" *\n *", "\n", re.sub(r" +", " ", "".join(self.line))).strip()
        if text and text != "-":
            self.outline.text(text)
        self.line = []
