"""`read_pdf`: a PDF's text, a section a page."""

import logging
from io import BytesIO

from ladder.data.readers.corpus_document import CorpusDocument, Section
from ladder.errors import DataError
from ladder.installation import install_line
from ladder.text import encodable

_SHOWN_PAGES = 8


def read_pdf(content: bytes, name: str) -> CorpusDocument:
    """Return the text of a PDF; pages without text, such as scans, are named.

    Raises:
        DataError: It is encrypted, damaged, has no text at all, or pypdf is not installed.
    """
    try:
        from pypdf import PdfReader
    except ImportError:
        raise DataError(
            f"{name} is a PDF, which needs the library pypdf.",
            next_step=f"{install_line('documents')}.",
        ) from None
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        reader = PdfReader(BytesIO(content))
        is_locked = reader.is_encrypted and not reader.decrypt("")
        pages = [] if is_locked else reader.pages
        texts = [encodable(page.extract_text() or "").strip() for page in pages]
    except Exception as error:  # noqa: BLE001 - pypdf raises whatever a damaged file makes it stumble on
        raise DataError(
            f"{name} cannot be read as a PDF: {type(error).__name__}: {error}.",
            next_step="Save it again, or leave it out.",
        ) from None
    if is_locked:
        raise DataError(
            f"{name} is encrypted.", next_step="Save it without a password, or leave it out."
        )
    if not any(texts):
        raise DataError(
            f"{name} has no text on any of its {len(texts)} pages: it is a scan.",
            next_step="Run a text recognition over it (such as ocrmypdf), or leave it out.",
        )
    sections = tuple(Section(text, page=at) for at, text in enumerate(texts, 1) if text)
    return CorpusDocument(sections, left_out=_empty_pages(texts))


def _empty_pages(texts: list[str]) -> tuple[str, ...]:
    """Return which pages have no text, in words.

    >>> _empty_pages(["a", "", ""])
    ('pages 2, 3 without text',)
    """
    empty = [str(at) for at, text in enumerate(texts, start=1) if not text]
    if not empty:
        return ()
    more = f" and {len(empty) - _SHOWN_PAGES} more" if len(empty) > _SHOWN_PAGES else ""
    pages = "page" if len(empty) == 1 else "pages"
    return (f"{pages} {', '.join(empty[:_SHOWN_PAGES])}{more} without text",)
