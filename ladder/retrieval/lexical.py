"""`LexicalIndex`: passages by the words that they share with the question (BM25)."""

from collections.abc import Sequence

import numpy as np

from ladder.errors import DataError
from ladder.retrieval.search_words import WordReader
from ladder.spec.corpus_reading import CorpusReading


class LexicalIndex:
    """A BM25 index of passages (bm25s, Lucene's formula). No stop words: rarity weighs words.

    Args:
        texts: The passages.
        reading: Says their language, and whether marks on letters count.

    Raises:
        DataError: No passage has a word.
    """

    def __init__(self, texts: Sequence[str], reading: CorpusReading | None = None) -> None:
        import bm25s

        self._reader = WordReader(reading)
        words = [self._reader.words(text) for text in texts]
        if not any(words):
            raise DataError(
                f"None of the {len(texts)} passages of the corpus has a word to search by.",
                next_step="Name the column that holds their text: levers.rag.passage_column.",
            )
        self._index = bm25s.BM25()
        self._index.index(words, show_progress=False)
        self._vocabulary = self._index.vocab_dict
        self._size = len(texts)

    def scores(self, query: str) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
        """Return the BM25 score of every passage; 0 where no word is shared."""
        known = [word for word in self._reader.words(query) if word in self._vocabulary]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)

    def search(self, query: str, top_k: int) -> list[int]:
        """Return the positions of the best passages that share a word, best first."""
        scores = self.scores(query)
        found = np.flatnonzero(scores > 0)
        if len(found) > top_k:
            least = np.partition(scores[found], len(found) - top_k)[len(found) - top_k]
            found = found[scores[found] >= least]
        order = np.lexsort((found, -scores[found]))[:top_k]
        return [int(position) for position in found[order]]
