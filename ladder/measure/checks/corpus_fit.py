"""`check_corpora`: files of a corpus that nobody reads, and passages that an encoder reads in part."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from ladder.data.corpus_files import is_documents, read_corpus
from ladder.data.row_names import named
from ladder.finding import Finding
from ladder.measure.task_data import TaskData
from ladder.retrieval.chunk import DEFAULT_TOKENS
from ladder.retrieval.encoder_prompts import prompts_before
from ladder.retrieval.encoder_tokens import EncoderTokens, tokens_of
from ladder.retrieval.search_words import WordReader
from ladder.spec.candidate import Candidate, Reranking, Retrieval
from ladder.spec.encoder_spec import encoder_name
from ladder.text import listed

_BY_WORDS = ("lexical", "fused")


def check_corpora(data: TaskData, proposals: Mapping[str, Sequence[Candidate]]) -> list[Finding]:
    """Return what a search would silently lose.

    D51 files that are not read, D52 passages longer than the encoder reads, D53 prompts that an
    encoder's family wants and its files do not name, D54 pairs longer than a reranker reads, D55
    questions without a word. Of encoders that are not on this machine nothing is known.
    """
    start = data.task.baseline()
    candidates = [start, *(each for some in proposals.values() for each in some)]
    retrievals = list(
        {
            (each.source_key, each.reading, each.encoder, each.method): each
            for candidate in candidates
            if (each := candidate.effective.retrieval) is not None
        }.values()
    )
    rerankings = {each.reranking for each in candidates if each.reranking is not None}
    return [
        *_unread(retrievals),
        *_cut_off(data, retrievals),
        *_assumed_prompts(retrievals),
        *_cut_pairs(data, retrievals, rerankings),
        *_wordless(data, retrievals),
    ]


def _unread(retrievals: Iterable[Retrieval]) -> Iterator[Finding]:
    """Yield D51: a corpus with files, or parts of files, that are not read."""
    read = [(each.corpus, each.reading) for each in retrievals if each.corpus is not None]
    for path, reading in dict.fromkeys(read):
        found = read_corpus(path, reading)
        if found.unread:
            files = len({each.partition(": ")[0] for each in found.unread})
            yield Finding(
                code="D51 corpus-unread",
                severity="warning",
                problem=f"{files} of the {found.n_files} files of the corpus {path} are not read, or "
                "not all of it: no question can be answered from there.",
                evidence=listed(found.unread),
                next_step="Convert what holds answers to text; leave the others out of the folder.",
            )


def _cut_off(data: TaskData, retrievals: Iterable[Retrieval]) -> Iterator[Finding]:
    """Yield D52: passages whose end the encoder does not read, so that no vector holds it."""
    by_vectors = [each for each in retrievals if each.is_by_vectors]
    for each in {(one.corpus, one.reading, one.encoder): one for one in by_vectors}.values():
        tokens = tokens_of(each.encoder)
        if not isinstance(tokens, EncoderTokens) or tokens.limit is None:
            continue
        if _is_cut_to(each, tokens.limit):
            continue
        corpus = data.passages_of(each)
        at = tokens.too_long(corpus.texts, prompts_before(each.encoder).passage)
        if at:
            size = min(DEFAULT_TOKENS, tokens.limit)
            yield Finding(
                code="D52 passage-cut",
                severity="warning",
                problem=f"{len(at)} of {len(corpus.texts)} passages are longer than the "
                f"{tokens.limit} tokens that {encoder_name(each.encoder)} reads: a search by "
                "vectors does not see their ends.",
                evidence=listed([named(corpus.passages[position]) for position in at]),
                next_step=f"Write levers.rag.chunk_tokens: {size}, and passages are cut at pauses.",
            )


def _is_cut_to(retrieval: Retrieval, limit: int) -> bool:
    """Return whether all passages are cut into pieces that the encoder reads whole."""
    if retrieval.chunk_tokens is not None:
        return retrieval.chunk_tokens <= limit
    return retrieval.corpus is not None and is_documents(retrieval.corpus)


def _assumed_prompts(retrievals: Iterable[Retrieval]) -> Iterator[Finding]:
    """Yield D53: an encoder whose files name no prompts, and whose family has some."""
    by_vectors = (each.encoder for each in retrievals if each.is_by_vectors)
    for encoder in dict.fromkeys(by_vectors):
        prompts = prompts_before(encoder)
        if prompts.source == "family":
            yield Finding(
                code="D53 encoder-prompts-assumed",
                severity="info",
                problem=f"The files of {encoder_name(encoder)} name no prompts; those of its family "
                f"are used: {prompts.query!r} before a question, {prompts.passage!r} before a "
                "passage.",
                next_step="Where its card says otherwise, write levers.rag.encoder: "
                "{model: …, query_prompt: …, passage_prompt: …}.",
            )


def _cut_pairs(
    data: TaskData, retrievals: Sequence[Retrieval], rerankings: Iterable[Reranking]
) -> Iterator[Finding]:
    """Yield D54: passages that a reranker does not read to the end beside a usual question."""
    corpora = {(each.source_key, each.reading): each for each in retrievals}
    for each in corpora.values():
        for reranking in rerankings:
            tokens = tokens_of(reranking.reranker) if reranking.kind == "cross-encoder" else None
            if not isinstance(tokens, EncoderTokens) or tokens.limit is None:
                continue
            question = int(median(tokens.counts([sample.input for sample in data.samples])))
            corpus = data.passages_of(each)
            at = tokens.too_long(corpus.texts, room_for=question - tokens.marks + 1)
            if at:
                yield Finding(
                    code="D54 pair-cut",
                    severity="warning",
                    problem=f"{len(at)} of {len(corpus.texts)} passages, beside a question of "
                    f"{question} tokens, are longer than the {tokens.limit} tokens that "
                    f"{encoder_name(reranking.reranker)} reads: it ranks them by their beginnings.",
                    evidence=listed([named(corpus.passages[position]) for position in at]),
                    next_step="Write levers.rag.chunk_tokens: "
                    f"{max(32, min(DEFAULT_TOKENS, tokens.limit - question - 3))}.",
                )


def _wordless(data: TaskData, retrievals: Iterable[Retrieval]) -> Iterator[Finding]:
    """Yield D55: questions in which there is no word to search by."""
    if not any(each.method in _BY_WORDS for each in retrievals):
        return
    reader = WordReader()
    empty = [sample for sample in data.samples if not reader.words(sample.input)]
    if empty:
        yield Finding(
            code="D55 question-without-word",
            severity="warning",
            problem=f"{len(empty)} of {len(data.samples)} questions have no word, so a search by "
            "words finds nothing for them.",
            evidence=listed([named(sample) for sample in empty]),
            next_step="Check data.input: it may name another column than the question.",
        )
