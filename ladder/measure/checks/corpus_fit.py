"""What a corpus can give: files that nobody reads, passages cut by an encoder, answers that stand nowhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import median

from ladder.data.corpus_files import is_documents, read_corpus
from ladder.data.row_names import named
from ladder.finding import Finding
from ladder.measure.materials import Materials
from ladder.measure.passage_advice import better_passages
from ladder.measure.passages_found import PassageDiagnosis, diagnose
from ladder.measure.passages_reach import MOST_INDEXED, named_otherwise, needed
from ladder.measure.task_data import TaskData
from ladder.retrieval.chunk import DEFAULT_TOKENS
from ladder.retrieval.encoder_prompts import prompts_before
from ladder.retrieval.encoder_tokens import EncoderTokens, tokens_of
from ladder.retrieval.search_words import WordReader
from ladder.spec.candidate import Candidate, Reranking, Retrieval
from ladder.spec.encoder_spec import encoder_name
from ladder.text import capital, listed

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


def check_answers_in_corpus(data: TaskData, proposals: Iterable[Candidate]) -> list[Finding]:
    """Return, for each corpus, what its passages can give: told before any call.

    What is found by words needs no encoder, so it is told as well where the corpus is small. The
    `proposals` are lever 5's for the baseline, whose own retrieval is looked at besides.
    """
    given = [data.task.baseline(), *proposals]
    by_corpus = {
        (each.retrieval.source_key, each.retrieval.passage_column): each
        for each in sorted(given, key=lambda one: one.retrieval.top_k if one.retrieval else 0)
        if each.retrieval is not None
    }
    found = [_finding(data, candidate) for candidate in by_corpus.values()]
    return [each for each in found if each is not None]


def _finding(data: TaskData, candidate: Candidate) -> Finding | None:
    retrieval = candidate.retrieval
    told = None if retrieval is None else diagnose(data, retrieval, Materials(data))
    if told is None or retrieval is None:
        return None
    if told.in_corpus > 0 and told.passages <= MOST_INDEXED:
        by_words = candidate.replace(retrieval=retrieval.by_words, reranking=None)
        told = diagnose(data, retrieval, Materials(data), [by_words]) or told
    is_short = told.in_corpus < needed(data)
    named = named_otherwise(data, retrieval) if is_short else ""
    return Finding(
        code="W09 answers-in-corpus",
        severity="warning" if is_short else "info",
        problem=f"{told.words}{_bound(needed(data)) if is_short else ''}",
        evidence=f"{told.passages:,} passages{f' ({named})' if named else ''}; "
        "`ladder retrieve SPEC` shows what each method finds.",
        next_step=_step(told, retrieval) if is_short else "",
    )


def _bound(target: float) -> str:
    return (
        f" Where the model does not know the others by itself, retrieval cannot reach {target:g}, and "
        "the verdict fine_tune is impossible."
    )


def _step(told: PassageDiagnosis, retrieval: Retrieval) -> str:
    other = (
        " Where they stand there in other words, name the right passages of each row in data.gold."
        if told.by == "answer"
        else ""
    )
    better = better_passages(retrieval)
    return (
        f"{capital(better)}.{other} Where there are none, write "
        "levers.rag.not_applicable with the reason."
    )
