"""`read_corpus`: the passages of a file, a folder of documents or a `datasets` id, and what was not read."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ladder.data.fingerprint import shown_below
from ladder.data.load_samples import content_id
from ladder.data.missing_column import missing_column
from ladder.data.passage import Passage
from ladder.data.readers.corpus_document import CorpusDocument, Section
from ladder.data.readers.decoding_text import decode_document, text_of
from ladder.data.readers.markdown_sections import read_markdown
from ladder.data.readers.pdf_pages import read_pdf
from ladder.data.readers.read_rows import ROW_ENDINGS, check_file, read_rows
from ladder.data.readers.row import Row
from ladder.data.readers.web_page import read_web_page
from ladder.errors import DataError
from ladder.spec.corpus_reading import CorpusReading
from ladder.text import listed

_MARKDOWN = (".md", ".markdown", ".mdx", ".qmd", ".rmd")
_PAGES = (".html", ".htm", ".xhtml")
_TEXT = (".txt", ".text", ".rst", ".adoc", ".asciidoc", ".org", ".tex", ".log")
DOCUMENT_ENDINGS = frozenset((*_MARKDOWN, *_PAGES, *_TEXT, ".pdf"))
"""Endings of files that are read as documents: in sections and pieces, and not in rows."""

MOST_PASSAGES = 1_000_000
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_PEEK = 8192


@dataclass(frozen=True, slots=True)
class CorpusFiles:
    """What a corpus holds.

    Attributes:
        passages: Rows, or sections of documents that are still to be cut.
        unread: A line for each file, or part of one, that nobody reads: its name and why.
        n_files: Files that were looked at.
    """

    passages: tuple[Passage, ...]
    unread: tuple[str, ...] = ()
    n_files: int = 1


def is_documents(path: str) -> bool:
    """Return whether a corpus is a folder or a document, whose text is cut into pieces.

    >>> is_documents("manual.pdf"), is_documents("rows.jsonl")
    (True, False)
    """
    return Path(path).suffix.lower() in DOCUMENT_ENDINGS or Path(path).expanduser().is_dir()


def read_corpus(path: str, reading: CorpusReading | None = None) -> CorpusFiles:
    """Return the passages of a corpus, read once until a file of it changes.

    Raises:
        DataError: It cannot be read, or has no passages.
    """
    return _read(path, CorpusReading() if reading is None else reading, _stamp(path))


def load_passages(path: str, reading: CorpusReading | None = None) -> list[Passage]:
    """Return the passages of a corpus: see `read_corpus`."""
    return list(read_corpus(path, reading).passages)


def _stamp(path: str) -> tuple[object, ...]:
    """Return what changes with the files of a corpus, without reading them."""
    place = Path(path).expanduser()
    files = _files(place) if place.is_dir() else [place] if place.exists() else []
    return tuple((str(each), (s := each.stat()).st_mtime_ns, s.st_size) for each in files)


@lru_cache(maxsize=3)
def _read(path: str, reading: CorpusReading, _stamp: tuple[object, ...]) -> CorpusFiles:
    place = Path(path).expanduser()
    reader = _CorpusReader(path, reading)
    if place.is_dir():
        return reader.folder(place)
    if place.suffix.lower() in DOCUMENT_ENDINGS:
        file = check_file(path)
        return reader.finished(reader.document(file, file.name), 1)
    rows = read_rows(path, split=reading.split, revision=reading.revision)
    return reader.finished(reader.rows(rows), 1)


class _CorpusReader:
    """Reads one corpus; gives each passage an id of its own."""

    def __init__(self, path: str, reading: CorpusReading) -> None:
        self.path = path
        self.reading = reading
        self.unread: list[str] = []
        self.taken: Counter[str] = Counter()

    def folder(self, folder: Path) -> CorpusFiles:
        """Return the passages of all files below a folder; files that start with a dot are none."""
        files = _files(folder)
        self.unread += _links_without_file(folder)
        return self.finished(
            (
                passage
                for file in files
                for passage in self._of_file(file, file.relative_to(folder).as_posix())
            ),
            len(files),
        )

    def finished(self, passages: Iterator[Passage], n_files: int) -> CorpusFiles:
        """Return what was read, once all of it was.

        Raises:
            DataError: There are no passages, or too many.
        """
        found: list[Passage] = []
        for passage in passages:
            found.append(passage)
            if len(found) > MOST_PASSAGES:
                raise DataError(
                    f"{self.path} has more than 1,000,000 passages.", next_step="Use fewer."
                )
        if not found:
            why = f" Not read: {listed(self.unread)}." if self.unread else ""
            raise DataError(
                f"{self.path} has no passages.{why}",
                next_step="Write one passage a row, or name a folder of .md, .txt, .html or .pdf.",
            )
        return CorpusFiles(tuple(found), tuple(self.unread), n_files)

    def _of_file(self, file: Path, name: str) -> Iterator[Passage]:
        """Yield the passages of a file in a folder; where it cannot be read, say so and go on."""
        ending = file.suffix.lower()
        try:
            if ending in DOCUMENT_ENDINGS:
                yield from self.document(file, name)
            elif ending in ROW_ENDINGS:
                yield from list(self.rows(read_rows(str(file)), name))
            else:
                self.unread.append(f"{name}: {_unknown(file)}")
        except DataError as error:
            self.unread.append(f"{name}: {_reason(error, file, name)}")

    def document(self, file: Path, name: str) -> Iterator[Passage]:
        """Yield the sections of a document."""
        found = _document(file, name)
        self.unread += [f"{name}: {each}" for each in found.left_out]
        for section in (part for whole in found.sections for part in whole.parted()):
            headings = " > ".join(section.headings)
            place = (
                f", page {section.page}" if section.page else f", {headings}" if headings else ""
            )
            passage = Passage(
                id=self._numbered(name),
                text=section.text,
                where=f"{name}{place}",
                source=name,
                page=section.page,
                heading=headings,
                metadata=found.metadata,
            )
            yield passage.with_header(self.reading.columns)

    def rows(self, rows: Iterator[Row], name: str = "") -> Iterator[Passage]:
        """Yield a passage a row; empty ones are passed over."""
        for row in rows:
            text = text_of(self._cell(row, self.reading.passage_column, "passage_column")) or ""
            if not text.strip():
                continue
            columns = self.reading.columns
            metadata = {each: text_of(self._cell(row, each, "columns")) or "" for each in columns}
            given = (text_of(self._id(row)) or "").strip()
            where = row.where if not name else f"{name}:{row.where.rpartition(':')[2]}"
            yield Passage(
                id=self._unique(given or content_id(text, ())),
                text=text,
                where=where,
                source=given or "",
                metadata={key: value for key, value in metadata.items() if value},
            ).with_header(columns)

    def _id(self, row: Row) -> object:
        if self.reading.id_column is not None:
            return self._cell(row, self.reading.id_column, "id_column")
        return row.columns.get("id")

    def _cell(self, row: Row, column: str, field: str) -> object:
        if column not in row.columns:
            raise missing_column(row, column, f"levers.rag.{field}")
        return row.columns[column]

    def _numbered(self, name: str) -> str:
        self.taken[name] += 1
        return f"{name}#{self.taken[name]}"

    def _unique(self, base: str) -> str:
        """Return the id, numbered where the same one stands more than once."""
        self.taken[base] += 1
        if self.taken[base] == 1:
            return base
        return self._unique(f"{base}-{self.taken[base]}")


def _files(folder: Path) -> list[Path]:
    """Return the files below a folder in the order of their names, without hidden ones."""
    return [each for each in shown_below(folder) if each.is_file()]


def _links_without_file(folder: Path) -> list[str]:
    """Return a line for each link that leads to a folder, which may be one above it, or nowhere."""
    links = [each for each in shown_below(folder) if each.is_symlink() and not each.is_file()]
    return [
        f"{each.relative_to(folder).as_posix()}: "
        + ("a link to a folder, which is not followed" if each.is_dir() else "a link to nothing")
        for each in links
    ]


def _document(file: Path, name: str) -> CorpusDocument:
    ending = file.suffix.lower()
    check_file(str(file))
    content = file.read_bytes()
    if ending == ".pdf":
        return read_pdf(content, name)
    text = decode_document(content, name).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text[:_PEEK]:
        raise DataError(f"{name} is no text: it is binary.", next_step="Leave it out.")
    if ending in _MARKDOWN:
        return read_markdown(text)
    if ending in _PAGES:
        return read_web_page(text)
    paragraphs = (each.strip() for each in _PARAGRAPH.split(text))
    return CorpusDocument(tuple(Section(each) for each in paragraphs if each))


def _unknown(file: Path) -> str:
    """Return why a file of no known ending is not read."""
    with file.open("rb") as stream:
        is_binary = b"\0" in stream.read(_PEEK)
    return "binary" if is_binary else f"files ending in {file.suffix or 'nothing'} are not read"


def _reason(error: DataError, file: Path, name: str) -> str:
    """Return what is wrong with a file, without its name: that stands before it."""
    problem = str(error).removeprefix(str(file)).removeprefix(name).removeprefix(file.name)
    return problem.removeprefix(" is ").strip().rstrip(".")
