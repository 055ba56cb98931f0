"""`Corpus`: the passages of a file, read once, with the indexes that search them."""

from functools import cached_property, lru_cache
from pathlib import Path

from ladder.data import load_passages
from ladder.data.copies import first_of_each
from ladder.data.passage import Passage
from ladder.frozen import digest_of
from ladder.retrieval.chunk import chunk
from ladder.retrieval.encode import load_encoder
from ladder.retrieval.index import VectorIndex
from ladder.retrieval.lexical import LexicalIndex
from ladder.spec.candidate import Retrieval
from ladder.spec.corpus_reading import CorpusReading
from ladder.spec.encoder_spec import EncoderSpec


class Corpus:
    """Passages with distinct texts: a copy would only push another passage out of a prompt.

    Of those with the same letters the first stays.
    """

    def __init__(self, passages: list[Passage], reading: CorpusReading | None = None) -> None:
        kept = first_of_each([passage.text for passage in passages])
        self.passages = [passages[at] for at in kept]
        self.reading = CorpusReading() if reading is None else reading
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
        return LexicalIndex(self.texts, self.reading)

    def dense(self, encoder: str | EncoderSpec | None) -> VectorIndex:
        """Return the index of the passages' vectors by that encoder."""
        model = load_encoder(encoder)
        if model.digest not in self._dense:
            self._dense[model.digest] = VectorIndex(model.passage_vectors(self.texts))
        return self._dense[model.digest]


def load_corpus(retrieval: Retrieval, without: frozenset[str] = frozenset()) -> Corpus:
    """Return the corpus of a retrieval; the same one for every method, until its file changes.

    The passages whose ids are in `without` are left out, as they hold eval rows.
    """
    path = Path(retrieval.corpus)
    stamp = path.stat().st_mtime_ns if path.exists() else 0
    chunked = retrieval.chunk_tokens
    return _load(retrieval.corpus, stamp, retrieval.passage_column, chunked, without)


@lru_cache(maxsize=4)
def _load(
    path: str, _stamp: int, column: str, chunk_tokens: int | None, without: frozenset[str]
) -> Corpus:
    passages = [each for each in load_passages(path, column) if each.id not in without]
    if chunk_tokens is not None:
        passages = list(chunk(passages, chunk_tokens))
    return Corpus(passages)
