"""`LexicalIndex`: passages by the words that they share with the question (BM25)."""

import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np
import regex

from ladder.data.same_text import GAPLESS

_WORD = regex.compile(r"\w+")
_INVISIBLE = regex.compile(r"\p{Cf}")
_BROKEN = regex.compile(r"(\w+)[-\u00ad\u2010][^\S\n]*\n\s*(\w+)")


def words_of(text: str) -> list[str]:
    r"""Return the words of a text in lower case; numbers and single letters are words too.

    Ligatures, accents that stand apart and soft hyphens do not count. A word that is broken at
    the end of a line counts as its halves and as a whole; a script without gaps between words
    (Han, Kana, Thai) by its pairs of characters.

    >>> words_of("Gate 7 opens at B.")
    ['gate', '7', 'opens', 'at', 'b']
    >>> words_of("o\ufb03ce cer\u00adtificate re-\nfinery"), words_of("金闸门")
    (['office', 'certificate', 're', 'finery', 'refinery'], ['金闸', '闸门'])
    """
    if text.isascii():
        shown = folded = text.casefold()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        shown = _INVISIBLE.sub("", folded)
    words = [part for word in _WORD.findall(shown) for part in _parts(word)]
    return words + ["".join(halves) for halves in _BROKEN.findall(folded)]


def _parts(word: str) -> Iterator[str]:
    """Yield a word, or the pairs of characters of one that has no gaps."""
    if word.isascii() or not GAPLESS.search(word) or len(word) == 1:
        yield word
        return
    yield from (word[at : at + 2] for at in range(len(word) - 1))


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
