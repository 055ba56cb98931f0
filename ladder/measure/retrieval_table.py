"""`retrieval_table` and `passages_for`: what each method finds, over all questions and for one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.errors import DataError, LadderError, SpecError
from ladder.frozen import Frozen
from ladder.measure.materials import Materials
from ladder.measure.passages_found import (
    PassageDiagnosis,
    PassageSearch,
    diagnose,
    looked_at,
    name_of,
    search_of,
    share,
)
from ladder.measure.right_passages import RightPassages, can_be_told
from ladder.measure.task_data import TaskData
from ladder.spec.candidate import Candidate, Retrieval
from ladder.text import one_line, visible

_TEXT = 300


class FailedSearch(Frozen):
    """A way of retrieval that could not be tried, and why."""

    name: str
    reason: str


class RetrievalTable(Frozen):
    """What each way of retrieval finds for the selection part of a task's questions.

    Attributes:
        diagnosis: Of where the first way's passages come from, with what each way brings.
        failed: Ways that could not be tried.
        others: Of other places that passages come from.
    """

    diagnosis: PassageDiagnosis
    failed: tuple[FailedSearch, ...] = ()
    others: tuple[PassageDiagnosis, ...] = ()

    def lines(self) -> list[str]:
        """Return a line a way of retrieval under a head, and what they are about."""
        told, searches = self.diagnosis, self.diagnosis.searches
        known = [*(each.words for each in searches), *(each.name for each in self.failed)]
        width = max(map(len, known), default=0)
        is_named = told.by == "gold"
        names = ["found", "recall", "nDCG", "MRR"] if is_named else ["found", "by chance"]
        head = "".join(f"{name:>15}" for name in (*names, "ms"))
        return [
            f"{told.passages:,} passage{'' if told.passages == 1 else 's'} of {told.corpus}, {told.n} questions of the selection part.",
            *(each.replace(searches=()).words for each in (told, *self.others)),
            "",
            f"{'':{width}}{head}",
            *(f"{each.words:{width}}{_cells(each, is_named=is_named)}" for each in searches),
            *(f"{each.name:{width}}  not tried: {each.reason}" for each in self.failed),
            "",
            *_legend(is_named=is_named),
        ]


def _cells(search: PassageSearch, *, is_named: bool) -> str:
    scores = [search.recall, search.ndcg, search.mrr] if is_named else []
    words = [share(search.shown), *("–" if each is None else f"{each:.3f}" for each in scores)]
    if not is_named:
        words.append("–" if search.by_chance is None else share(search.by_chance))
    return "".join(f"{word:>15}" for word in (*words, f"{search.milliseconds:.2f}"))


def _legend(*, is_named: bool) -> list[str]:
    if is_named:
        return [
            "found: share of the questions with a right passage among the first k. recall, nDCG and MRR",
            "at k by data.gold (ir-measures). ms: a question, with the corpus read and encoded.",
        ]
    return [
        "found: share of the questions whose answer stands in the first k passages; by chance: in those",
        "of other questions. Name the right passages of each row in data.gold for recall, nDCG and MRR.",
    ]


def retrieval_table(data: TaskData, candidates: Sequence[Candidate]) -> RetrievalTable:
    """Return what each candidate's retrieval finds; one that cannot be tried is named with the reason.

    Raises:
        SpecError: There is no corpus.
        DataError: It is not known which passages are right.
    """
    retrievals = [each.retrieval for each in candidates if each.retrieval is not None]
    if not retrievals:
        raise no_corpus()
    if not can_be_told(data):
        raise DataError(
            "The answers are labels, objects or none, so that they stand in a passage tells nothing.",
            next_step="Name the column with the ids of the right passages in data.gold, or look at "
            "the passages of one question: ladder retrieve SPEC --question TEXT.",
        )
    right, materials, samples = RightPassages(data), Materials(data), looked_at(data)
    found: list[PassageSearch] = []
    failed: list[FailedSearch] = []
    for candidate in candidates:
        try:
            found.append(search_of(right, materials, candidate, samples))
        except (LadderError, ImportError) as error:
            failed.append(FailedSearch(name=_name(candidate), reason=str(error)))
    sources = {each.source_key: each for each in retrievals}.values()
    told, *others = (diagnose(data, each, materials) for each in sources)
    if told is None:
        raise DataError("There are no questions.", next_step="Add rows to the eval data.")
    return RetrievalTable(
        diagnosis=told.replace(searches=tuple(found)),
        failed=tuple(failed),
        others=tuple(each for each in others if each is not None),
    )


def no_corpus() -> SpecError:
    """Return that a task has no passages to look at."""
    return SpecError(
        "levers.rag.corpus: there is none, so there are no passages to look at.",
        next_step="Name a file of passages in levers.rag.corpus, a search of your own in "
        "levers.rag.retriever, or a column of passages in data.passages.",
    )


@dataclass(frozen=True, slots=True)
class FoundPassages:
    """What one way of retrieval finds for one question, best first, and which of it are right."""

    name: str
    passages: tuple[Passage, ...]
    right: tuple[bool, ...]

    def lines(self) -> list[str]:
        """Return a head, and a line a passage: a star before those that answer."""
        shown = [
            f"{'*' if is_right else ' '} {at:>2}  {each.where or each.id}: {one_line(visible(each.text), _TEXT)}"
            for at, (each, is_right) in enumerate(zip(self.passages, self.right, strict=True), 1)
        ]
        return [self.name, *(shown or ["  no passage is found"])]


def passages_for(
    data: TaskData, candidates: Iterable[Candidate], question: str
) -> list[FoundPassages]:
    """Return what each candidate's retrieval finds for a question: a sample's id, its text, or any."""
    sample = _sample(data, question)
    right, materials = RightPassages(data), Materials(data)
    is_known = sample.id != "" and can_be_told(data)
    found = []
    for candidate in candidates:
        (passages,) = materials.passages(candidate, [sample])
        answers = tuple(is_known and right.among(sample, [each]) for each in passages)
        found.append(FoundPassages(_name(candidate), passages, answers))
    if not found:
        raise no_corpus()
    return found


def _sample(data: TaskData, question: str) -> Sample:
    """Return the sample of that id or text; for any other text one without a target."""
    known = (each for each in data.samples if question in (each.id, each.input))
    return next(known, Sample("", question, ("",)))


def _name(candidate: Candidate) -> str:
    retrieval = candidate.retrieval or Retrieval(corpus="")
    return name_of(retrieval, candidate.reranking)
