"""`chunk`: long passages in pieces that keep their sentences whole (semchunk)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ladder.data.passage import Passage

_TOKEN = re.compile(r"\w+|[^\w\s]")


def count_tokens(text: str) -> int:
    """Return the number of words and marks.

    No model's tokenizer is asked, so that every retrieval method sees the same pieces. A model's
    own tokens are usually more: about 1.3 of them to one of these in English.

    >>> count_tokens("The gate code of Mara is 512.")
    8
    """
    return sum(1 for _ in _TOKEN.finditer(text))


def chunk(passages: Iterable[Passage], chunk_tokens: int) -> Iterator[Passage]:
    """Yield the passages, those longer than `chunk_tokens` cut where the text itself pauses.

    >>> long = Passage(id="p", text="First sentence here. Second sentence here.")
    >>> [(piece.id, piece.text) for piece in chunk([long], 4)]
    [('p#1', 'First sentence here.'), ('p#2', 'Second sentence here.')]
    """
    from semchunk import chunkerify

    cut = chunkerify(count_tokens, chunk_tokens)
    for passage in passages:
        pieces = cut(passage.text)
        if len(pieces) <= 1:
            yield passage
            continue
        for number, piece in enumerate(pieces, start=1):
            source = passage.source or passage.id
            yield replace(passage, id=f"{passage.id}#{number}", text=piece, source=source)
