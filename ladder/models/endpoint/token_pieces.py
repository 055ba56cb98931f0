"""`text_of_pieces`: the text of tokens that a server shows as its vocabulary writes them."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from ladder.models.gguf.gguf_tokenizer import byte_letters

_BYTE = re.compile("<0x([0-9A-Fa-f]{2})>")
_SPACE = "\u2581"
"""What SentencePiece writes for a space."""

_SPACE_BYTE = "\u0120"
"""What byte-level vocabularies write for a space."""


def text_of_pieces(pieces: Sequence[str]) -> str:
    r"""Return the text of tokens; letters beyond ASCII stand there as bytes, each in a way of its own.

    Byte-level vocabularies write a sign for each byte (Radford et al. 2019, GPT-2's
    `bytes_to_unicode`), SentencePiece `<0xE4>` for what it has no piece for.

    >>> text_of_pieces(["<s>", "\u2581Be", "\u2581kind", "<0xC3>", "<0xA9>"])
    '<s> Be kindé'
    >>> text_of_pieces(["<|user|>", "ĊBe", "ĠÃ©"])
    '<|user|>\nBe é'
    """
    is_byte_level = any(sign in piece for piece in pieces for sign in (_SPACE_BYTE, "\u010a"))
    parts = _of_bytes(pieces) if is_byte_level else _of_words(pieces)
    return b"".join(parts).decode("utf-8", errors="replace")


def _of_bytes(pieces: Sequence[str]) -> Iterator[bytes]:
    signs = _signs()
    for piece in pieces:
        # A special token is written as it is, and may hold what stands for no byte.
        is_coded = all(sign in signs for sign in piece)
        yield bytes(signs[sign] for sign in piece) if is_coded else piece.encode(errors="replace")


def _of_words(pieces: Sequence[str]) -> Iterator[bytes]:
    for piece in pieces:
        byte = _BYTE.fullmatch(piece)
        text = piece.replace(_SPACE, " ")
        yield bytes([int(byte[1], 16)]) if byte else text.encode(errors="replace")


@cache
def _signs() -> dict[str, int]:
    """Return the byte of each sign of a byte-level vocabulary."""
    return {letter: byte for byte, letter in enumerate(byte_letters())}
