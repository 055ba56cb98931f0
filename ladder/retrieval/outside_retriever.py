"""`OutsideRetriever`: passages from a search that somebody else runs, each question asked once."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from ladder.activity import activity
from ladder.data.passage import Passage
from ladder.data.passage_ids import PassageIds
from ladder.errors import RetrieverError
from ladder.frozen import digest_of
from ladder.retrieval.function_search import FunctionSearch
from ladder.retrieval.header_mark import header_mark
from ladder.retrieval.http_search import HttpSearch
from ladder.retrieval.kept_passages import FoundOutside, KeptPassages
from ladder.retrieval.retriever import Targets
from ladder.spec.retriever_spec import RetrieverSpec


class OutsideSearch(Protocol):
    """Whoever is asked for passages."""

    @property
    def digest(self) -> str:
        """Return what tells this search from another."""
        ...

    def ask(self, questions: Sequence[str], top_k: int) -> Iterator[FoundOutside]:
        """Yield each question with what is found for it, as it comes.

        Raises:
            RetrieverError: The search failed, so it is not known what would be found.
        """
        ...


class OutsideRetriever:
    """Asks a service or a function, and keeps what it finds for its version.

    Args:
        spec: Names it.
        columns: Metadata that goes along above each text.
        name: What messages call it; its address or function unless given.
        allow_code: Whether a function that the spec names may be imported.

    Raises:
        UnsafeError: It is a function, and no code is allowed.
        SpecError: There is no such function.
    """

    def __init__(
        self,
        spec: RetrieverSpec,
        columns: Sequence[str] = (),
        *,
        name: str = "",
        allow_code: bool = False,
    ) -> None:
        self._name = name or spec.name
        self._search: OutsideSearch = (
            FunctionSearch(spec, self._name, allow_code=allow_code)
            if spec.url is None
            else HttpSearch(spec, self._name)
        )
        self._columns = tuple(columns)
        self._ids = PassageIds()
        digest = self._search.digest if spec.version else ""
        self._kept = KeptPassages(digest, header_mark(spec.headers) if digest else "")

    @property
    def digest(self) -> str:
        """Return the sha256 of the search, its version, and what goes along with a passage."""
        return digest_of([self._search.digest, *self._columns])

    def search(
        self, queries: Sequence[str], top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return at most `top_k` passages a query, best first, as the search gives them.

        Raises:
            RetrieverError: One of the searches failed; what came is kept.
        """
        del targets
        missing = [each for each in dict.fromkeys(queries) if self._kept.of(each, top_k) is None]
        if missing:
            self._ask(missing, top_k)
        return [self._of(each, top_k) for each in queries]

    def seconds_of(self, queries: Sequence[str], top_k: int) -> list[float]:
        """Return how long the search took for each question that it was asked."""
        kept = (self._kept.of(each, top_k) for each in queries)
        return [each.seconds for each in kept if each is not None]

    def _ask(self, questions: Sequence[str], top_k: int) -> None:
        title = f"searching at {self._name}"
        with activity(title, len(questions)) as searching, self._kept.writing() as keep:
            for found in self._search.ask(questions, top_k):
                keep(found, top_k)
                searching.advance()

    def _of(self, question: str, top_k: int) -> list[Passage]:
        kept = self._kept.of(question, top_k)
        if kept is None:
            raise RetrieverError(
                f"The retriever gave nothing for the question {question[:60]!r}.",
                next_step="Run the same command again.",
            )
        return list(map(self._named, kept.passages[:top_k]))

    def has_changed(self, question: str, top_k: int) -> bool:
        """Return whether a search finds something else now than what is kept for its version.

        What it found with other keys in its headers counts too: a run knows it by its version alone.

        Raises:
            RetrieverError: It failed.
        """
        (now,) = self._search.ask([question], top_k)
        kept = self._kept.all_of(question, top_k)
        if self._kept.of(question, top_k) is None:
            with self._kept.writing() as keep:
                keep(now, top_k)
        before, (after,) = ([each.texts(top_k) for each in some] for some in (kept, [now]))
        return any(texts != after for texts in before)

    def _named(self, passage: Passage) -> Passage:
        return self._ids.named(passage.with_header(self._columns))


class RetrieverWithout:
    """A retriever without some passages, which hold eval rows: others move up in their place."""

    def __init__(self, retriever: OutsideRetriever, without: frozenset[str]) -> None:
        self._retriever = retriever
        self._without = without

    @property
    def digest(self) -> str:
        """Return the sha256 of the retriever and of what is left out."""
        return digest_of([self._retriever.digest, sorted(self._without)])

    def search(
        self, queries: Sequence[str], top_k: int, *, targets: Targets | None = None
    ) -> list[list[Passage]]:
        """Return at most `top_k` passages a query; more are asked for where some are left out."""
        found = self._retriever.search(queries, top_k, targets=targets)
        n_out = max((self._n_out(each) for each in found), default=0)
        while n_out:
            found = self._retriever.search(queries, top_k + n_out, targets=targets)
            more = max(self._n_out(each) for each in found)
            if more == n_out:
                break
            n_out = more
        return [[each for each in one if each.id not in self._without][:top_k] for one in found]

    def _n_out(self, passages: Sequence[Passage]) -> int:
        return sum(each.id in self._without for each in passages)
