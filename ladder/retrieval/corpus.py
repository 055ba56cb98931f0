"""`Corpus`: the passages of a corpus as they are searched, read once, with the indexes that search them."""

from functools import cached_property, lru_cache

from ladder.data.copies import first_of_each
from ladder.data.corpus_files import CorpusFiles, is_documents, read_corpus
from ladder.data.passage import Passage
from ladder.frozen import digest_of
from ladder.retrieval.chunk import chunker_for
from ladder.retrieval.encode import PassageRanker
from ladder.retrieval.encoder_prompts import prompts_before
from ladder.retrieval.encoder_tokens import tokens_of
from ladder.retrieval.lexical import LexicalIndex
from ladder.retrieval.load_encoder import load_encoder
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
        self._rankers: dict[str, PassageRanker] = {}

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

    def by_encoder(self, encoder: str | EncoderSpec | None) -> PassageRanker:
        """Return what ranks the passages by what that encoder makes of them."""
        model = load_encoder(encoder)
        if model.digest not in self._rankers:
            key = digest_of([self.digest, model.digest])
            self._rankers[model.digest] = model.ranker_of(self.texts, key=key)
        return self._rankers[model.digest]


def load_corpus(retrieval: Retrieval, without: frozenset[str] = frozenset()) -> Corpus:
    """Return the corpus of a retrieval; the same one for every method, until its files change.

    Documents are cut into pieces that the encoder reads whole, rows where `chunk_tokens` says so.
    The passages whose ids are in `without` are left out, as they hold eval rows.
    """
    if retrieval.corpus is None:
        raise ValueError(f"{retrieval.source} is no corpus")
    files = read_corpus(retrieval.corpus, retrieval.reading)
    is_cut = retrieval.chunk_tokens is not None or is_documents(retrieval.corpus)
    return _load(_ById(files), retrieval.reading, retrieval.encoder if is_cut else "", without)


class _ById:
    """The files of a corpus as a key: the very same ones, however long they are."""

    def __init__(self, files: CorpusFiles) -> None:
        self.files = files

    def __hash__(self) -> int:
        return id(self.files)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and self.files is other.files


@lru_cache(maxsize=4)
def _load(
    key: _ById, reading: CorpusReading, encoder: str | EncoderSpec | None, without: frozenset[str]
) -> Corpus:
    """Return a corpus; without an encoder, an empty name, no passage is cut."""
    passages = [each for each in key.files.passages if each.id not in without]
    if encoder == "":
        return Corpus(passages, reading)
    chunker = chunker_for(
        tokens_of(encoder),
        wanted=reading.chunk_tokens,
        overlap=reading.overlap_tokens,
        columns=reading.columns,
        prompt=prompts_before(encoder).passage,
    )
    return Corpus(list(chunker.pieces(passages)), reading)
