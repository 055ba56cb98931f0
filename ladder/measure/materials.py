"""`Materials`: the passages and worked examples that a candidate puts around a sample."""

from collections.abc import Callable, Sequence
from itertools import accumulate, takewhile

from ladder.activity import activity
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.measure.prompt_room import counting_tokenizer
from ladder.measure.request import PromptMaterial
from ladder.measure.task_data import TaskData
from ladder.retrieval import OwnModelReranker, Reranker, choose_examples, load_reranker
from ladder.retrieval.ranking_time import RankingTime
from ladder.spec.candidate import Candidate, Examples, Reranking
from ladder.templates.describe import shows_tokens

WriteQueries = Callable[[Candidate, Sequence[Sample]], Sequence[str]]
OwnAnswers = Callable[[Candidate, Sequence[Sample]], Sequence[Sample]]
RatePassages = Callable[[Candidate, Sequence[tuple[str, str]], RankingTime], Sequence[float]]

LETTERS_A_TOKEN = 4
"""Of English, where the tokenizer is unknown."""


class Materials:
    """Retrieves, reranks and chooses; pools, indexes and models load when first needed.

    Args:
        data: For the pools, whose columns are those of the eval data.
        own_answers: Returns a pool in which the rows stand first that the model answered right, with
            its own answers; the pool as it is where nobody may ask the model.
        write_queries: Returns what the model would search with for each sample; the questions
            themselves where nobody may ask it.
        rate_passages: Returns how likely the model finds that each passage answers its question;
            passages keep their order where nobody may ask it.

    Attributes:
        found: Every passage that stood in a prompt, by id.
    """

    def __init__(
        self,
        data: TaskData,
        own_answers: OwnAnswers | None = None,
        write_queries: WriteQueries | None = None,
        rate_passages: RatePassages | None = None,
    ) -> None:
        self._write_queries = write_queries
        self._rate_passages = rate_passages
        self._rating_time = RankingTime()
        self._own_answers = own_answers
        self.found: dict[str, Passage] = {}
        self._data = data

    def of(self, candidate: Candidate, samples: Sequence[Sample]) -> list[PromptMaterial]:
        """Return what stands in the prompt of each sample, in the order of `samples`."""
        candidate = candidate.effective
        if candidate.retrieval is None and candidate.examples is None:
            return [PromptMaterial(sample) for sample in samples]
        with activity("choosing passages and examples"):
            return self._of(candidate, samples)

    def _of(self, candidate: Candidate, samples: Sequence[Sample]) -> list[PromptMaterial]:
        examples = candidate.examples
        chosen: Sequence[Sequence[Sample]] = [()] * len(samples)
        if examples is not None and samples:
            pool: Sequence[Sample] = self._data.pool(examples.pool)
            if examples.method == "bootstrapped" and self._own_answers is not None:
                pool = self._own_answers(candidate, pool)
            chosen = choose_examples(examples, pool, samples)
            chosen = within_tokens(candidate, examples, chosen)
        shown = list({shot.id: shot for shots in chosen for shot in shots}.values())
        found = self.passages(candidate, samples)
        shots = {
            sample.id: PromptMaterial(sample, passages)
            for sample, passages in zip(shown, self.passages(candidate, shown), strict=True)
        }
        return [
            PromptMaterial(sample, passages, tuple(shots[shot.id] for shot in chosen_for))
            for sample, passages, chosen_for in zip(samples, found, chosen, strict=True)
        ]

    def passages(
        self, candidate: Candidate, samples: Sequence[Sample]
    ) -> list[tuple[Passage, ...]]:
        """Return the passages that stand before each sample, best first."""
        candidate = candidate.effective
        retrieval, reranking = candidate.retrieval, candidate.reranking
        if retrieval is None or not samples:
            return [()] * len(samples)
        queries = self._queries(candidate, samples)
        found = self._data.fetched(retrieval, samples, queries, _fetch_k(candidate))
        if reranking is not None:
            targets = [sample.targets for sample in samples]
            found = self._reranker(candidate, reranking).rerank(
                queries,
                found,
                retrieval.top_k,
                targets=targets if reranking.kind == "gold" else None,
            )
        self.found.update((each.id, each) for row in found for each in row)
        return [tuple(row) for row in found]

    def index_recall(self, candidate: Candidate) -> float | None:
        """Return how much of an exact search an approximate index finds; None where it is exact."""
        retrieval = candidate.effective.retrieval
        if retrieval is None or retrieval.corpus is None:
            return None
        if retrieval.method not in ("dense", "fused"):
            return None
        return self._data.passages_of(retrieval).by_encoder(retrieval.encoder).recall

    def ranking_milliseconds(self, candidate: Candidate) -> float | None:
        """Return what a candidate's reranker took for a question; None where it ranked nothing."""
        retrieval, reranking = candidate.effective.retrieval, candidate.effective.reranking
        if retrieval is None or reranking is None:
            return None
        n = min(_fetch_k(candidate), len(self._data.passages_of(retrieval).passages))
        return self._reranker(candidate, reranking).milliseconds(n)

    def _reranker(self, candidate: Candidate, reranking: Reranking) -> Reranker:
        if not candidate.is_ranked_by_its_model or self._rate_passages is None:
            return load_reranker(reranking)
        ask, spent = self._rate_passages, self._rating_time
        return OwnModelReranker(lambda pairs: ask(candidate, pairs, spent), spent)

    def seconds_waited(self, candidate: Candidate, samples: Sequence[Sample]) -> float:
        """Return the seconds that a search of the user's own took for a question, on average.

        All are asked first, so that what follows is done with what they gave; 0 for other searches.
        """
        retrieval = candidate.retrieval
        if retrieval is None or retrieval.retriever is None or not samples:
            return 0.0
        queries, fetch_k = self._queries(candidate, samples), _fetch_k(candidate)
        outside = self._data.outside(retrieval)
        outside.search(queries, fetch_k)
        seconds = outside.seconds_of(queries, fetch_k)
        return sum(seconds) / max(len(seconds), 1)

    def _queries(self, candidate: Candidate, samples: Sequence[Sample]) -> Sequence[str]:
        """Return what the passages of each sample are searched with."""
        form = candidate.retrieval.query if candidate.retrieval is not None else "asked"
        if form == "history":
            return [sample.asked for sample in samples]
        if form == "asked" or self._write_queries is None:
            return [sample.input for sample in samples]
        return self._write_queries(candidate, samples)


def _fetch_k(candidate: Candidate) -> int:
    """Return how many passages are fetched for a question: those to rerank, where that is done."""
    retrieval, reranking = candidate.retrieval, candidate.reranking
    top_k = 0 if retrieval is None else retrieval.top_k
    return top_k if reranking is None else max(top_k, reranking.fetch_k)


def within_tokens(
    candidate: Candidate, examples: Examples, chosen: Sequence[Sequence[Sample]]
) -> list[list[Sample]]:
    """Return of each sample's examples the best that fit into `examples.tokens` together.

    What the template and passages add is not counted. At least one example stays. Without a
    tokenizer of the candidate four letters count as a token.
    """
    budget = examples.tokens
    if budget is None:
        return [list(shots) for shots in chosen]
    count = _counter(candidate)
    known: dict[str, int] = {}

    def tokens_of(shot: Sample) -> int:
        if shot.id not in known:
            known[shot.id] = count(f"{shot.asked}\n{shot.answer.text}")
        return known[shot.id]

    is_best_last = examples.is_own and examples.order == "best_last"
    kept = []
    for shots in chosen:
        best_first = list(reversed(shots)) if is_best_last else list(shots)
        sums = accumulate(map(tokens_of, best_first))
        n = max(sum(1 for _ in takewhile(lambda total: total <= budget, sums)), 1)
        few = best_first[:n]
        kept.append(few[::-1] if is_best_last else few)
    return kept


def _counter(candidate: Candidate) -> Callable[[str], int]:
    files = candidate.model.tokens_from
    if files is None or not shows_tokens(candidate.model):
        return lambda text: -(-len(text) // LETTERS_A_TOKEN)
    tokenizer = counting_tokenizer(files)
    return lambda text: len(tokenizer.encode(text))
