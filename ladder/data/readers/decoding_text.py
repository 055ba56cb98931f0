"""Bytes to text, and values to text, without changing what was written."""

import math
from typing import Any, Self

from ladder.errors import DataError

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SAVE = "Save the file as UTF-8; it may be Latin-1 or Windows-1252 now."


class WrittenFloat(float):
    """A number that remembers how it was written: `1.10` stays `1.10`.

    >>> str(WrittenFloat("1e5")), WrittenFloat("1e5") + 1
    ('1e5', 100001.0)
    """

    __slots__ = ("written",)
    written: str

    def __new__(cls, written: str) -> Self:
        """Return the number, with its text."""
        number = super().__new__(cls, written)
        number.written = written
        return number

    def __str__(self) -> str:
        return self.written


def decode(content: bytes, where: str, encoding: str = "utf-8", *, next_step: str = _SAVE) -> str:
    """Return bytes as text; a byte order mark at the start is dropped.

    Raises:
        DataError: The bytes are no text in this encoding.
    """
    if content.startswith(_UTF16):
        raise DataError(f"{where} is UTF-16.", next_step="Save the file as UTF-8.")
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        name = {"utf-8": "UTF-8"}.get(encoding, encoding)
        raise DataError(
            f"{where} is not {name} (byte {content[error.start]:#x} at {error.start}).",
            next_step=next_step,
        ) from None


def decode_document(content: bytes, where: str) -> str:
    r"""Return the text of a document: UTF-8, or UTF-16 where its first bytes say so.

    >>> decode_document("Straße".encode("utf-16"), "notes.txt")
    'Straße'

    Raises:
        DataError: The bytes are no text.
    """
    if not content.startswith(_UTF16):
        return decode(content, where)
    return decode(content[2:], where, "utf-16-le" if content.startswith(_UTF16[0]) else "utf-16-be")


def text_of(value: Any) -> str | None:  # noqa: ANN401 - any cell
    """Return a scalar as the text it was written as; None for nothing, NaN, lists and structs.

    >>> text_of("007"), text_of(True), text_of(12), text_of(None), text_of(["a"])
    ('007', 'true', '12', None, None)
    """
    if value is None or isinstance(value, (list, tuple, dict, set, bytes)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isnan(value):
        return None
    return str(value)


def is_encodable(text: str) -> bool:
    r"""Return whether a text is valid Unicode: no half of a surrogate pair.

    >>> is_encodable("ok"), is_encodable("\ud800")
    (True, False)
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
