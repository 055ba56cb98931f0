"""`check_answers_in_corpus`: for how many questions the corpus has a right passage (W09)."""

from collections.abc import Iterable

from ladder.finding import Finding
from ladder.measure.materials import Materials
from ladder.measure.passage_advice import better_passages
from ladder.measure.passages_found import PassageDiagnosis, diagnose
from ladder.measure.passages_reach import MOST_INDEXED, named_otherwise, needed
from ladder.measure.task_data import TaskData
from ladder.spec.candidate import Candidate, Retrieval
from ladder.text import capital


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
