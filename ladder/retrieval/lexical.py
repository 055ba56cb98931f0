"""`LexicalIndex`: passages by the words that they share with the question (BM25)."""

import re
from collections.abc import Sequence

import numpy as np

_WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case; numbers and single letters are words too.

    >>> words_of("Gate 7 opens at B.")
    ['gate', '7', 'opens', 'at', 'b']
    """
    return _WORD.findall(text.casefold())


class LexicalIndex:
    """A BM25 index of passages (bm25s, Lucene's formula). No stop words: rarity weighs words."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        self._index = bm25s.BM25()
        self._index.index([words_of(text) for text in texts], show_progress=False)
        self._vocabulary = self._index.vocab_dict
        self._size = len(texts)

    def scores(self, query: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        """Return the BM25 score of every passage; 0 where no word is shared."""
        known = [word for word in words_of(query) if word in self._vocabulary]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)

    def search(self, query: str, top_k: int) -> list[int]:
        """Return the positions of the best passages that share a word, best first."""
        scores = self.scores(query)
        found = np.flatnonzero(scores > 0)
        order = np.lexsort((found, -scores[found]))[:top_k]
        return [int(position) for position in found[order]]
