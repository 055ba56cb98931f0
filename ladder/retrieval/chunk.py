"""`Chunker`: long passages in pieces that an encoder reads whole."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from ladder.data.passage import Passage
from ladder.data.readers.corpus_document import blocks_of
from ladder.retrieval.encoder_tokens import EncoderTokens, RoughTokens

DEFAULT_TOKENS = 256
"""Tokens of a piece of a document, where the encoder reads as many and the task names no number."""

_SURELY_LONG = 12
"""Characters to a token, from which a text is taken to be too long without counting."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_AT_ONCE = 2_000

Counts = Callable[[Sequence[str]], list[int]]


class Chunker:
    """Cuts passages where the text itself pauses: between paragraphs, then sentences, then words.

    A piece of code stays whole where it fits. Each piece begins with the headings of its passage.

    Args:
        tokens: Of the encoder, which counts.
        most: Tokens of a piece, its headings and the encoder's own marks included.
        overlap: Tokens that a piece may repeat from the end of the one before.
        columns: Names of metadata that stand above each text.
        prompt: Words that the encoder reads before each passage.
    """

    def __init__(
        self,
        tokens: EncoderTokens | RoughTokens,
        most: int,
        *,
        overlap: int = 0,
        columns: Sequence[str] = (),
        prompt: str = "",
    ) -> None:
        self._tokens = tokens
        self._room = max(1, most - (self._count(prompt) if prompt else 0) - tokens.marks)
        self._overlap = min(overlap, self._room // 2)
        self._columns = columns

    def pieces(self, passages: Iterable[Passage]) -> Iterator[Passage]:
        """Yield the passages in pieces; one that fits is yielded as it is."""
        waiting: list[Passage] = []
        for passage in passages:
            waiting.append(passage)
            if len(waiting) == _AT_ONCE:
                yield from self._of(waiting)
                waiting = []
        yield from self._of(waiting)

    def _of(self, passages: list[Passage]) -> Iterator[Passage]:
        """Yield the pieces of some passages; those that may be too long are counted at once."""
        sizes = [len(each.text) for each in passages]
        too_long = {at for at, size in enumerate(sizes) if size > self._room * _SURELY_LONG}
        doubtful = [
            at
            for at, each in enumerate(passages)
            if at not in too_long and self._may_be_long(each.text)
        ]
        lengths = self._counts([passages[at].text for at in doubtful])
        too_long |= {at for at, n in zip(doubtful, lengths, strict=True) if n > self._room}
        for at, passage in enumerate(passages):
            if at in too_long:
                yield from self._cut(passage)
            else:
                yield passage

    def _cut(self, passage: Passage) -> Iterator[Passage]:
        header = passage.header(self._columns)
        body = passage.text.removeprefix(header).lstrip("\n")
        # A header that leaves no room would make pieces of nothing else.
        above = self._count(header) if header else 0
        if above > self._room // 2:
            header, above = "", 0
        texts = self._packed(self._blocks(body, self._room - above), self._room - above)
        for number, text in enumerate(texts, start=1):
            yield replace(
                passage,
                id=f"{passage.id}#{number}",
                text=f"{header}\n{text}" if header else text,
                source=passage.source or passage.id,
            )

    def _packed(self, blocks: Iterable[tuple[str, int]], room: int) -> Iterator[str]:
        """Yield blocks put together as long as they fit; the last of a piece may be repeated."""
        piece: list[tuple[str, int]] = []
        for text, length in blocks:
            if piece and sum(n for _, n in piece) + length > room:
                yield "\n\n".join(each for each, _ in piece)
                piece = self._repeated(piece, room - length)
            piece.append((text, length))
        if piece:
            yield "\n\n".join(each for each, _ in piece)

    def _repeated(self, piece: list[tuple[str, int]], room: int) -> list[tuple[str, int]]:
        """Return the last blocks of a piece, as many as the overlap and the next piece leave room for."""
        kept: list[tuple[str, int]] = []
        for text, length in reversed(piece[1:]):
            if sum(n for _, n in kept) + length > min(self._overlap, room):
                break
            kept.insert(0, (text, length))
        return kept

    def _blocks(self, text: str, room: int) -> Iterator[tuple[str, int]]:
        """Yield paragraphs and code with their lengths, none longer than there is room for."""
        blocks = list(blocks_of(text))
        for block, length in zip(blocks, self._counts(blocks), strict=True):
            if length <= room:
                yield block, length
                continue
            yield from self._sentences(block, room)

    def _sentences(self, block: str, room: int) -> Iterator[tuple[str, int]]:
        """Yield pieces of a block that is too long: whole sentences, as many as fit.

        To count each sentence once is far faster than to look for the best place of each cut.
        """
        ends = [found.end() for found in _SENTENCE_END.finditer(block)]
        slices = [block[a:b] for a, b in zip([0, *ends], [*ends, len(block)], strict=True)]
        sentences = [each for each in slices if each.strip()]
        piece: list[str] = []
        filled = 0
        for text, length in zip(sentences, self._counts(sentences), strict=True):
            if piece and (filled + length > room or self._overlap or length > room):
                yield "".join(piece).strip(), filled
                piece, filled = [], 0
            if length > room:
                yield from self._semantic(text, room)
            else:
                piece.append(text)
                filled += length
        if piece:
            yield "".join(piece).strip(), filled

    def _semantic(self, sentence: str, room: int) -> Iterator[tuple[str, int]]:
        """Yield pieces of a sentence that is too long by itself (semchunk)."""
        from semchunk import chunkerify

        pieces = [each for each in chunkerify(self._count, room)(sentence) if each.strip()]
        yield from zip(pieces, self._counts(pieces), strict=True)

    def _may_be_long(self, text: str) -> bool:
        # No character is longer than four bytes, and no token shorter than one.
        return len(text) * 4 > self._room and self._tokens.most_in(text) > self._room

    def _count(self, text: str) -> int:
        return self._counts([text])[0]

    def _counts(self, texts: Sequence[str]) -> list[int]:
        marks = self._tokens.marks
        return [count - marks for count in self._tokens.counts(texts)]


def chunker_for(
    tokens: EncoderTokens | RoughTokens,
    *,
    wanted: int | None,
    overlap: int = 0,
    columns: Sequence[str] = (),
    prompt: str = "",
) -> Chunker:
    r"""Return a chunker that makes pieces of `wanted` tokens, else as long as the encoder reads.

    >>> long = Passage("p", "First sentence here. Second sentence here.", heading="Guide")
    >>> chunks = chunker_for(RoughTokens(), wanted=6).pieces([long.with_header()])
    >>> [(piece.id, piece.text) for piece in chunks]
    [('p#1', 'Guide\nFirst sentence here.'), ('p#2', 'Guide\nSecond sentence here.')]
    """
    most = wanted or min(DEFAULT_TOKENS, tokens.limit or DEFAULT_TOKENS)
    return Chunker(tokens, most, overlap=overlap, columns=columns, prompt=prompt)
