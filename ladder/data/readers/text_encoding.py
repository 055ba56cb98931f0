"""`text_lines`: the lines of a text file, in whichever encoding it was saved."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from ladder.data.readers.decoding_text import decode
from ladder.data.readers.row import MOST_ROW_BYTES, checked_row
from ladder.errors import DataError
from ladder.finding import Finding

UTF_8 = "utf-8"
WESTERN = "cp1252"
_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WITHOUT_MARK = ("utf-16-le", "utf-16-be")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_HIGH = re.compile(rb"[\x80-\xff]")
_FOREIGN_RUN = re.compile(r"[À-ÖØ-öø-ÿ]{4}")
_SIGN_IN_WORD = re.compile(r"[a-zA-ZÀ-ÿ][¡-©«-\u00b4¶-¹»-¿×÷ƒ†‡\u02c6\u02dc‰¦][a-zA-ZÀ-ÿ]")
_OTHER_LANGUAGES = (
    ("Czech or Slovak", "cp1250", re.compile(r"[šžŠŽ]"), re.compile(r"[èìøù]")),
    (
        "Hungarian",
        "cp1250",
        re.compile(r"[õûÕÛ]"),
        re.compile(r"[áÁ].*[öüÖÜ]|[öüÖÜ].*[áÁ]", re.DOTALL),
    ),
    ("Turkish", "cp1254", re.compile(r"[ýþðÝÞÐ]"), re.compile(r"[çüÇÜ]")),
)
"""Letters that stand together in no language of Windows-1252, but in another code page's bytes."""

_NAME_IT = (
    "Save the file as UTF-8, or write data.encoding: cp1252 (Western Europe), cp1250 (Central "
    "Europe), cp1251 (Cyrillic), cp1254 (Turkish), gb18030, shift_jis or cp949."
)
_LOOKED_AT = 4 << 20
_SHOWN_WORDS = 6
_BLANK_BYTES = re.compile(rb"\s")


def text_lines(file: Path, encoding: str | None = None) -> Iterator[str]:
    """Yield the lines of a file with their line breaks.

    Args:
        file: An ordinary file.
        encoding: The one to use where the file is neither UTF-8 nor marked as UTF-16.

    Raises:
        DataError: A line is too long, or its bytes are no text in the encoding.
    """
    found = encoding_of(file, encoding)
    if found.startswith("utf-16"):
        yield from _wide_lines(file, found)
        return
    with file.open("rb") as stream:
        number = 0
        while line := stream.readline(MOST_ROW_BYTES + 1):
            number += 1
            where = f"{file.name}:{number}"
            yield decode(checked_row(line, where), where, found, next_step=_NAME_IT)


def whole_text(file: Path, encoding: str | None = None) -> str:
    """Return all of a file as text."""
    found = encoding_of(file, encoding)
    if found.startswith("utf-16"):
        return "".join(_wide_lines(file, found))
    return decode(file.read_bytes(), file.name, found, next_step=_NAME_IT)


def text_start(file: Path, encoding: str | None = None) -> str:
    """Return the first few thousand characters of a file."""
    with file.open("rb") as stream:
        content = stream.read(4096)
    return content.decode(encoding_of(file, encoding), "ignore").removeprefix("\ufeff")


def encoding_of(file: Path, otherwise: str | None = None) -> str:
    """Return the encoding of a file: UTF-8, UTF-16, the one that is given, or Windows-1252.

    Windows-1252 is taken only for text as it is written in Western Europe; the bytes of another
    code page would become other letters. Where nothing fits it is UTF-8, so that reading fails.
    """
    with file.open("rb") as stream:
        start = stream.read(1024)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    for at, name in enumerate(_WITHOUT_MARK):
        zeros = start[1 - at :: 2].count(0)
        if len(start) > 3 and zeros > 0.4 * (len(start) / 2) and 0 not in start[at::2]:
            return name
    if _is_utf_8(file):
        return UTF_8
    if otherwise is not None:
        return otherwise
    return WESTERN if _is_western(file) else UTF_8


def check_encoding(file: Path, given: str | None) -> list[Finding]:
    """Return that a file is read in another encoding than UTF-8, which nobody named: D56."""
    found = encoding_of(file, given)
    if found == UTF_8 or given is not None:
        return []
    words = _odd_words(whole_text(file)) if found == WESTERN else []
    like = f", so it holds words such as {', '.join(words)}" if words else ""
    return [
        Finding(
            code="D56 not-utf-8",
            severity="warning" if found == WESTERN else "info",
            problem=f"{file.name} is not UTF-8; it is read as {_TITLES.get(found, found)}{like}.",
            next_step=f"Write data.encoding: {found} if that is right, or another one such as "
            "cp1250 (Central Europe), cp1251 (Cyrillic) or cp1254 (Turkish)."
            if found == WESTERN
            else "",
        )
    ]


_TITLES = {"cp1252": "Windows-1252", "utf-16": "UTF-16"}


def _is_utf_8(file: Path) -> bool:
    reader = codecs.getincrementaldecoder(UTF_8)()
    with file.open("rb") as stream:
        try:
            while chunk := stream.read(_CHUNK):
                reader.decode(chunk)
            reader.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _is_western(file: Path) -> bool:
    with file.open("rb") as stream:
        content = stream.read(_LOOKED_AT)
    if _MULTIBYTE.search(content):  # some of it is UTF-8: a line is broken, not the encoding
        return False
    try:
        text = content.decode(WESTERN)
    except UnicodeDecodeError:
        return False
    if _FOREIGN_RUN.search(text) or _SIGN_IN_WORD.search(text):
        return False
    letters = len(content) - len(_BLANK_BYTES.findall(content))
    is_mostly_plain = len(_HIGH.findall(content)) < 0.3 * letters
    others = (one.search(text) and two.search(text) for _, _, one, two in _OTHER_LANGUAGES)
    return is_mostly_plain and not any(others)


def _odd_words(text: str) -> list[str]:
    words = re.findall(r"\S*[^\x00-\x7f]\S*", text)
    return [repr(word[:20]) for word in dict.fromkeys(words)][:_SHOWN_WORDS]


def _wide_lines(file: Path, encoding: str) -> Iterator[str]:
    number = 0
    try:
        with file.open(encoding=encoding, newline="\n") as stream:
            while line := stream.readline(MOST_ROW_BYTES):
                number += 1
                yield line
    except UnicodeDecodeError:
        raise DataError(
            f"{file.name}:{number + 1} is not {encoding.upper()}, as the file begins.",
            next_step="Save the file as UTF-8.",
        ) from None
