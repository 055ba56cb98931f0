"""`Corpus`: the passages of a file, read once, with the indexes that search them."""

from functools import cached_property, lru_cache
from pathlib import Path

from ladder.data import load_passages
from ladder.data.passage import Passage
from ladder.frozen import digest_of
from ladder.retrieval.chunk import chunk
from ladder.retrieval.encode import load_encoder
from ladder.retrieval.index import VectorIndex
from ladder.retrieval.lexical import LexicalIndex
from ladder.spec.candidate import Retrieval


class Corpus:
    """Passages with distinct texts: a copy would only push another passage out of a prompt.

    Args:
        passages: In the file's order; of equal texts the first stays.
    """

    def __init__(self, passages: list[Passage]) -> None:
        first = {passage.text: passage for passage in reversed(passages)}
        self.passages = [passage for passage in passages if first[passage.text] is passage]
        self._dense: dict[str, VectorIndex] = {}

    @cached_property
    def digest(self) -> str:
        """Return the sha256 of the passages, ids and texts, in order."""
        return digest_of([[passage.id, passage.text] for passage in self.passages])

    @cached_property
    def texts(self) -> list[str]:
        """Return the text of every passage."""
        return [passage.text for passage in self.passages]

    @cached_property
    def lexical(self) -> LexicalIndex:
        """Return the BM25 index."""
        return LexicalIndex(self.texts)

    def dense(self, encoder: str | None) -> VectorIndex:
        """Return the index of the passages' vectors by that encoder."""
        model = load_encoder(encoder)
        if model.digest not in self._dense:
            self._dense[model.digest] = VectorIndex(model.encode_documents(self.texts))
        return self._dense[model.digest]


def load_corpus(retrieval: Retrieval) -> Corpus:
    """Return the corpus of a retrieval; the same one for every method, until its file changes."""
    path = Path(retrieval.corpus)
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    return _load(retrieval.corpus, stamp, retrieval.passage_column, retrieval.chunk_tokens)


@lru_cache(maxsize=4)
def _load(path: str, _stamp: int, column: str, chunk_tokens: int | None) -> Corpus:
    passages = load_passages(path, column)
    if chunk_tokens is not None:
        passages = list(chunk(passages, chunk_tokens))
    return Corpus(passages)
