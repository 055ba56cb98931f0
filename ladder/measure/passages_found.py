"""`diagnose`: for how many questions the right passage stands in the corpus, is found, is shown and used."""

import random
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.frozen import Frozen, added
from ladder.measure.materials import Materials
from ladder.measure.measurement import Scored
from ladder.measure.right_passages import RightPassages, can_be_told, ids_of
from ladder.measure.task_data import TaskData, deepest
from ladder.retrieval.load_encoder import load_encoder
from ladder.retrieval.ranking_scores import ranking_scores
from ladder.retrieval.ranking_time import RankingTime
from ladder.spec.candidate import Candidate, Reranking, Retrieval

MOST_LOOKED_AT = 400
"""Questions that are looked at: a share is then known to 5 points."""

_OTHERS = 5
"""Other questions whose passages are looked at for each, to see what stands there by chance."""

FEWEST_SHOWN = 20
"""Questions whose answer stood in the prompt from which is told what the model makes of it."""

MOST_WAYS = 24
"""Ways of retrieval that are told of a run, in the order in which they were tried."""

Measured = tuple[Candidate, Mapping[int, Scored]]
"""A candidate, and what it answered, by position."""


class PassageSearch(Frozen):
    """What one way of retrieval brings for the questions that were looked at.

    Attributes:
        name: Method and number of passages, and who reranks them.
        top_k: How many passages stand in the prompt.
        fetched: Share of the questions with a right passage among those that were fetched.
        shown: The same among those that stand in the prompt.
        by_chance: Share of the questions for which the passages of another question hold the
            answer; None where the rows name their passages.
        recall: Share of the right passages that stand in the prompt, where the rows name them.
        ndcg, mrr: nDCG and MRR at `top_k`, where the rows name their passages.
        milliseconds: What a question took, without reading and encoding the corpus.
        index_recall: Share of an exact search's passages that an approximate index finds; None
            where the search is exact.
    """

    name: str
    top_k: int
    fetched: float
    shown: float
    by_chance: float | None = None
    recall: float | None = None
    ndcg: float | None = None
    mrr: float | None = None
    milliseconds: float = 0.0
    index_recall: float | None = added(None)

    @property
    def words(self) -> str:
        """Return its name, with how faithful its index is where that is not exact.

        >>> PassageSearch(name="dense k=3", top_k=3, fetched=1, shown=1, index_recall=0.97).words
        'dense k=3 (approximate index: finds 97 % of what an exact search does)'
        """
        if self.index_recall is None:
            return self.name
        found = share(self.index_recall)
        return f"{self.name} (approximate index: finds {found} of what an exact search does)"


class PassageDiagnosis(Frozen):
    """Whether the passages of a task can answer its questions, told on the selection part.

    Attributes:
        corpus: Where the passages come from.
        passages: How many there are.
        n: Questions that were looked at.
        by: Whether the rows name their passages (`gold`), or a passage is right that holds the
            answer.
        in_corpus: Share of the questions with a right passage anywhere.
        searches: What each way of retrieval brings.
        used, n_used: What the best candidate scores where a right passage stood in its prompt, and on
            how many of the questions; None before anything was answered.
    """

    corpus: str
    passages: int
    n: int
    by: Literal["gold", "answer"]
    in_corpus: float
    searches: tuple[PassageSearch, ...] = ()
    used: float | None = None
    n_used: int = 0

    @property
    def words(self) -> str:
        """Return in a sentence for how many questions there is a right passage, and for how many it is shown.

        >>> PassageDiagnosis(corpus="c.jsonl", passages=9, n=80, by="answer", in_corpus=0).words
        'The answer is in no passage of c.jsonl for 100 % of the 80 questions looked at.'
        """
        what = "The answer" if self.by == "answer" else "The passage that data.gold names"
        about = f"of the {self.n} questions looked at"
        absent = 1 - self.in_corpus
        if absent == 0:
            found = f"{what} stands in {self.corpus} for 100 % {about}"
        elif self.by == "answer":
            found = f"{what} is in no passage of {self.corpus} for {share(absent)} {about}"
        else:
            found = f"{what} is not in {self.corpus} for {share(absent)} {about}"
        best = max(self.searches, key=lambda each: each.shown, default=None)
        if best is None:
            return f"{found}."
        chance = best.by_chance or 0.0
        beside = f" (by chance: {share(chance)})" if chance >= 0.01 else ""
        used = ""
        if self.used is not None:
            used = f"; where it stood there, the best candidate scores {self.used:.2f} (n {self.n_used})"
        return (
            f"{found}; {best.words} puts it into the prompt for {share(best.shown)}{beside}{used}."
        )


def share(value: float) -> str:
    """Return a share in per cent, never rounded to all or none where it is neither.

    >>> share(0.997), share(0.003), share(1.0), share(0.25)
    ('more than 99 %', 'less than 1 %', '100 %', '25 %')
    """
    if 0.99 < value < 1:
        return "more than 99 %"
    if 0 < value < 0.01:
        return "less than 1 %"
    return f"{value:.0%}".replace("%", " %")


def diagnose(
    data: TaskData, retrieval: Retrieval, materials: Materials, candidates: Sequence[Candidate] = ()
) -> PassageDiagnosis | None:
    """Return what the passages of a corpus give for the selection part; no model is asked.

    None where it cannot be told which passages are right.
    """
    samples = looked_at(data)
    if not samples or not can_be_told(data):
        return None
    right = RightPassages(data)
    corpus = data.passages_of(retrieval)
    if retrieval.corpus is None:
        known = data.fetched(
            retrieval, samples, [each.input for each in samples], deepest(data.task)
        )
        in_corpus = [right.among(*pair) for pair in zip(samples, known, strict=True)]
    else:
        in_corpus = right.all_in_corpus(samples, corpus)
    return PassageDiagnosis(
        corpus=_source_in_words(data, retrieval),
        passages=len(corpus.passages),
        n=len(samples),
        by=right.by,
        in_corpus=_mean(in_corpus),
        searches=tuple(search_of(right, materials, each, samples) for each in candidates),
    )


def _source_in_words(data: TaskData, retrieval: Retrieval) -> str:
    """Return where passages come from, as a person knows it."""
    if retrieval.retriever is not None:
        return f"the first {deepest(data.task)} that {data.source_name(retrieval)} finds"
    return data.task.written.get(retrieval.source, retrieval.source)


def looked_at(data: TaskData) -> list[Sample]:
    """Return the samples by which passages are judged: of the selection part, at most so many.

    Which passages are fetched is a choice, and nothing of the other part may shape one.
    """
    return data.selected[:MOST_LOOKED_AT]


def search_of(
    right: RightPassages, materials: Materials, candidate: Candidate, samples: Sequence[Sample]
) -> PassageSearch:
    """Return what one candidate's retrieval brings for some samples."""
    retrieval, reranking = candidate.retrieval, candidate.reranking
    if retrieval is None:
        raise ValueError("the candidate retrieves nothing")
    waited = materials.seconds_waited(candidate, samples)
    fetch_k = max(retrieval.top_k, reranking.fetch_k) if reranking else retrieval.top_k
    before = candidate.replace(retrieval=retrieval.replace(top_k=fetch_k), reranking=None)
    materials.passages(before, samples[:1])  # reads, encodes and indexes what is not yet there
    fetched, milliseconds = _timed(materials, before, samples)
    shown = fetched if reranking is None else materials.passages(candidate, samples)
    milliseconds += 1000 * waited
    milliseconds += materials.ranking_milliseconds(candidate) or 0.0
    grades = [right.grades(each, retrieval) for each in samples]
    scores = ranking_scores(grades, list(map(_names, shown, grades)), retrieval.top_k)
    return PassageSearch(
        name=name_of(retrieval, reranking),
        top_k=retrieval.top_k,
        fetched=_mean(map(right.among, samples, fetched)),
        shown=_mean(map(right.among, samples, shown)),
        by_chance=None if right.by == "gold" else _by_chance(right, samples, shown),
        recall=None if scores is None else scores.recall,
        ndcg=None if scores is None else scores.ndcg,
        mrr=None if scores is None else scores.mrr,
        milliseconds=round(milliseconds, 3),
        index_recall=materials.index_recall(candidate),
    )


def _timed(
    materials: Materials, candidate: Candidate, samples: Sequence[Sample]
) -> tuple[list[tuple[Passage, ...]], float]:
    """Return the passages of some samples, and the milliseconds that each took.

    A question whose vector was known counts as if it had been encoded like the others.
    """
    retrieval = candidate.retrieval
    is_encoded = retrieval is not None and retrieval.is_by_vectors
    spent = (
        load_encoder(retrieval.encoder).query_time if retrieval and is_encoded else RankingTime()
    )
    before, started = spent.seconds, time.perf_counter()
    found = materials.passages(candidate, samples)
    searching = time.perf_counter() - started - (spent.seconds - before)
    return found, 1000 * searching / max(len(samples), 1) + (spent.milliseconds or 0.0)


def name_of(retrieval: Retrieval, reranking: Reranking | None) -> str:
    """Return a way of retrieval by its method, its number of passages and its reranker.

    >>> name_of(Retrieval(corpus="c", method="lexical", top_k=3), None)
    'lexical k=3'
    """
    name = f"{retrieval.ranking} k={retrieval.top_k}"
    if reranking is None:
        return name
    return f"{name} reranked by {reranking.name} ({reranking.fetch_k} fetched)"


def _names(passages: Sequence[Passage], grades: Mapping[str, int]) -> list[str]:
    """Return the ids by which a ranking is judged: of a piece, that of what it was cut from.

    Where a row names the piece itself, or its page, it is that.
    """
    return [
        next((name for name in ids_of(each) if name in grades), ids_of(each)[-1])
        for each in passages
    ]


def _by_chance(
    right: RightPassages, samples: Sequence[Sample], shown: Sequence[Sequence[Passage]]
) -> float | None:
    """Return how often the passages that are shown for another question hold the answer."""
    found = [
        right.among(sample, shown[other])
        for at, sample in enumerate(samples)
        for other in _others(at, len(samples))
        if samples[other].targets != sample.targets
    ]
    return _mean(found) if found else None


def _others(at: int, n: int) -> list[int]:
    """Return a few other positions, the same ones each time."""
    draw = random.Random(at)  # noqa: S311 - no secret
    return draw.sample([each for each in range(n) if each != at], min(_OTHERS, n - 1))


def _mean(found: Iterable[bool]) -> float:
    known = list(found)
    return sum(known) / len(known) if known else 0.0


def diagnose_measured(
    data: TaskData, measured: Sequence[Measured], materials: Materials
) -> tuple[PassageDiagnosis, ...]:
    """Return, for each corpus, what passages gave the candidates that were measured with them."""
    by_corpus: dict[str, list[Measured]] = defaultdict(list)
    for each in measured:
        retrieval = each[0].effective.retrieval
        if retrieval is not None:
            by_corpus[retrieval.source_key].append(each)
    found = [_diagnosed(data, some, materials) for some in by_corpus.values()]
    return tuple(each for each in found if each is not None)


def _diagnosed(
    data: TaskData, measured: Sequence[Measured], materials: Materials
) -> PassageDiagnosis | None:
    ways = [
        Candidate(model=each.model, retrieval=each.retrieval, reranking=each.reranking)
        for each, _ in measured
    ]
    some = list({each.digest: each for each in ways}.values())[:MOST_WAYS]
    retrieval = some[0].retrieval
    found = None if retrieval is None else diagnose(data, retrieval, materials, some)
    if found is None:
        return None
    used = [
        (sum(scores) / len(scores), len(scores))
        for scores in _where_shown(data, measured, materials)
    ]
    if not used:
        return found
    score, n = max(used)
    return found.replace(used=score, n_used=n)


def _where_shown(
    data: TaskData, measured: Sequence[Measured], materials: Materials
) -> Iterator[list[float]]:
    """Yield what each candidate scored where a right passage stood in its prompt."""
    positions = data.split.selection.tolist()[:MOST_LOOKED_AT]
    right = RightPassages(data)
    for candidate, rows in measured:
        known = [at for at in positions if at in rows]
        samples = [data.samples[at] for at in known]
        found = map(in_prompt, materials.passages(candidate, samples), map(rows.get, known))
        pairs = zip(known, samples, found, strict=True)
        scores = [rows[at].score for at, sample, some in pairs if right.among(sample, some)]
        if len(scores) >= FEWEST_SHOWN:
            yield scores


def in_prompt(found: Sequence[Passage], row: Scored | None) -> Sequence[Passage]:
    """Return those of some passages that stood in the prompt, as far as it was written: room may lack."""
    return found if row is None else [each for each in found if each.id in row.passages]
