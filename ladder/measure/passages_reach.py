"""`missing_passages` and `why_out_of_reach`: whether passages could have brought the answers.

A lever was not tried by material that cannot hold the answers, nor by a retriever that does not find
them: low scores then say nothing of what retrieval can do, and must not justify fine-tuning.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scipy import special

from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.measure.materials import Materials
from ladder.measure.measurement import Scored
from ladder.measure.passage_advice import MORE_ROOM, any_search, better_passages, better_search
from ladder.measure.passages_found import (
    FEWEST_SHOWN,
    MOST_LOOKED_AT,
    Measured,
    PassageDiagnosis,
    PassageSearch,
    diagnose,
    in_prompt,
    name_of,
    share,
)
from ladder.measure.right_passages import RightPassages, can_be_told, holds_any, unknown_gold
from ladder.measure.rival_passages import rivals_in
from ladder.measure.task_data import TaskData
from ladder.spec.candidate import Candidate, Retrieval
from ladder.statistics import wilson

LUCK = 0.01
"""Probability up to which answers in what was found are not there by chance."""

FAR_MORE = 5.0
"""Times as often as by chance from which an answer that stands in a passage is most likely meant."""

NEARLY_ALL = 0.95
"""Share of questions with the same passages from which a search does not look at the question."""

HALF = 0.5
"""Score that a reference is taken to have before it is measured."""

MOST_INDEXED = 20_000
"""Passages up to which a search by words is made before a run."""


def missing_passages(data: TaskData, candidate: Candidate, *, is_before_calls: bool = False) -> str:
    """Return why a candidate's passages cannot hold the answers; else nothing.

    None of them does, or those that are found for a question hold its answer no more often than
    those found for another one. Before the calls of a run nothing is encoded: then words are
    searched for in place of vectors, and say something only where most answers stand nowhere.
    """
    retrieval = candidate.retrieval
    if retrieval is None:
        return ""
    tried = candidate
    if is_before_calls:
        tried = candidate.replace(retrieval=retrieval.by_words, reranking=None)
    found = diagnose(data, retrieval, Materials(data))
    if found is None:
        return _without_any(data, retrieval)
    if found.in_corpus == 0:
        named = named_otherwise(data, retrieval)
        return f"{found.words.rstrip('.')}{f': {named}' if named else ''}"
    if is_before_calls and (found.in_corpus >= needed(data) or found.passages > MOST_INDEXED):
        return ""
    searched = diagnose(data, retrieval, Materials(data), [tried])
    if searched is None or not _is_luck(searched.searches[0], searched.n):
        return ""
    (search,) = searched.searches
    return (
        f"{found.words.rstrip('.')}, and what {search.name} finds for a question answers it no more "
        f"often than what it finds for another one ({share(search.shown)} of the questions)"
    )


def named_otherwise(data: TaskData, retrieval: Retrieval) -> str:
    """Return an example of an id in the rows that no passage has."""
    column = data.task.data.gold
    if column is None or retrieval.corpus is None:
        return ""
    return unknown_gold(data.selected, column, data.passages_of(retrieval))


def _without_any(data: TaskData, retrieval: Retrieval) -> str:
    """Return that no answer at all stands in a corpus, where it is not told which passages are right."""
    targets = {each for sample in data.selected for each in sample.targets if each}
    if not targets or holds_any(data.passages_of(retrieval), targets):
        return ""
    return f"no passage of {data.source_name(retrieval)} holds any of the answers"


def why_out_of_reach(
    data: TaskData,
    measured: Sequence[Measured],
    materials: Materials | None = None,
    *,
    reference: float | None = None,
) -> str:
    """Return why no candidate could have reached the target by its passages; else nothing.

    A candidate can be right where the right passage stood in its prompt, and where the model is
    right without passages. Where that is too few, corpus or retriever are the limit and not the
    model, unless the model is seen to fail where the right passage did stand in the prompt. Where
    it cannot be told which passage is right, any passage counts as one: a prompt without any tells
    nothing of retrieval. The `materials` fetch their passages: made anew, without the part of the
    model, unless given. The `reference` is what candidates are held against scores, where the
    target names it.
    """
    retrieving = [each for each in measured if each[0].effective.retrieval is not None]
    positions = data.split.selection.tolist()[:MOST_LOOKED_AT]
    if not retrieving or not positions:
        return ""
    is_told = can_be_told(data)
    samples = [data.samples[at] for at in positions]
    materials, enough = materials or Materials(data), needed(data, reference)
    tried = [
        _tried(data, candidate, samples, materials, [rows.get(at) for at in positions])
        for candidate, rows in retrieving
    ]
    without = [rows for candidate, rows in measured if candidate.effective.retrieval is None]
    closed = [[rows.get(at) for at in positions] for rows in (*without, {})]
    reach, best = max(
        ((_reach(each.shown, rows), each) for each in tried for rows in closed),
        key=lambda pair: pair[0],
    )
    surely = max(_reach(each.surely, rows) for each in tried for rows in closed)
    if surely >= enough:
        return ""
    if not is_told:
        return _finds_nothing(best)
    if _fails_with_them(data, tried, enough):
        return ""
    return _not_known(best) if reach >= enough else _in_words(data, best, enough)


def _tried(
    data: TaskData,
    candidate: Candidate,
    samples: Sequence[Sample],
    materials: Materials,
    rows: Sequence[Scored | None],
) -> "_Tried":
    """Return for which samples a candidate had a right passage in its prompt."""
    right, found = RightPassages(data), materials.passages(candidate, samples)
    asked = list(map(in_prompt, found, rows))
    if not can_be_told(data):
        is_stuck = _is_stuck(data, candidate, samples, found)
        shown = [not is_stuck and (bool(some) or _is_rewritten(candidate)) for some in asked]
        return _Tried(candidate, shown, shown, rows, is_stuck=is_stuck)
    shown = list(map(right.among, samples, asked))
    cut = sum(map(right.among, samples, found)) - sum(shown)
    return _Tried(candidate, shown, _surely(data, candidate, samples, asked, shown), rows, cut)


def _is_stuck(
    data: TaskData,
    candidate: Candidate,
    samples: Sequence[Sample],
    found: Sequence[Sequence[Passage]],
) -> bool:
    """Return whether nearly all questions get the same passages although there are others."""
    retrieval = candidate.effective.retrieval
    sets = Counter(tuple(each.id for each in some) for some in found)
    (most, n), *_ = sets.most_common(1)
    is_same = bool(most) and len(found) >= FEWEST_SHOWN and n >= NEARLY_ALL * len(found)
    if retrieval is None or not is_same or _is_rewritten(candidate):
        return False
    if retrieval.corpus is not None:
        return len(data.passages_of(retrieval).passages) > len(most)
    more = data.fetched(retrieval, samples, [each.input for each in samples], len(most) + 1)
    return any(len(some) > len(most) for some in more)


def _surely(
    data: TaskData,
    candidate: Candidate,
    samples: Sequence[Sample],
    found: Sequence[Sequence[Passage]],
    shown: Sequence[bool],
) -> Sequence[bool]:
    """Return for which samples it is known as well that the passage with the answer is the right one."""
    right, retrieval = RightPassages(data), candidate.effective.retrieval
    if right.by == "gold" or retrieval is None or retrieval.corpus is None or not any(shown):
        return shown
    rivals = rivals_in(data.passages_of(retrieval), tuple(each.input for each in samples))
    return [
        is_shown
        and not rivals.are_left_out(
            sample.input, [each for each in some if right.among(sample, [each])], some
        )
        for sample, some, is_shown in zip(samples, found, shown, strict=True)
    ]


def _not_known(best: "_Tried") -> str:
    retrieval = best.candidate.retrieval
    if retrieval is None:
        return ""
    unsure = sum(best.shown) - sum(best.surely)
    return (
        f"{name_of(retrieval, best.candidate.reranking)} puts a passage with the words of the answer "
        f"into the prompt for {share(best.share)} of the {len(best.shown)} questions looked at; but "
        f"for {unsure} of them another passage, which is as much about the question, did not stand "
        "there, and the words may stand in the first by chance: whether the right one was shown is "
        "not known. Name the right passages of each row in data.gold, or raise levers.rag.top_k"
    )


def _is_rewritten(candidate: Candidate) -> bool:
    """Return whether a model wrote what was searched for, which is not known here."""
    retrieval = candidate.effective.retrieval
    return retrieval is not None and retrieval.has_written_query


def needed(data: TaskData, reference: float | None = None) -> float:
    """Return the score from which the target counts as reached.

    It is that of the reference where the target names one: half unless it is known.
    """
    relative = data.task.relative
    if relative is None:
        return data.task.reach
    return max((HALF if reference is None else reference) - relative.margin, 0.0)


@dataclass(frozen=True, slots=True)
class _Tried:
    """A candidate with passages: for which samples a right one was shown, and what it answered.

    `shown` takes every passage that holds the answer for a right one, `surely` those alone that no
    other passage could be in place of. `cut` counts the samples whose right passage was found and
    had no room in the prompt. `is_stuck` says that nearly all samples got the same passages.
    """

    candidate: Candidate
    shown: Sequence[bool]
    surely: Sequence[bool]
    rows: Sequence[Scored | None]
    cut: int = 0
    is_stuck: bool = False

    @property
    def share(self) -> float:
        """Return for which share of the samples a right passage was shown."""
        return sum(self.shown) / len(self.shown)


def _reach(shown: Sequence[bool], closed: Sequence[Scored | None]) -> float:
    """Return the score if all were right that the passages answer, or that are right without."""
    best = [
        1.0 if is_shown else 0.0 if row is None else row.at_most
        for is_shown, row in zip(shown, closed, strict=True)
    ]
    return sum(best) / len(best)


def _fails_with_them(data: TaskData, tried: Sequence[_Tried], enough: float) -> bool:
    """Return whether the model stays below the target where the right passage stood in its prompt.

    Where answers stand in passages by chance, that is not known.
    """
    bounds = []
    for each in tried:
        pairs = zip(each.surely, each.rows, strict=True)
        scores = [row.at_most for is_shown, row in pairs if is_shown and row is not None]
        if len(scores) >= FEWEST_SHOWN:
            bounds.append(wilson(sum(scores), len(scores)).high)
    if not bounds or max(bounds) >= enough:
        return False
    return _are_meant(data, max(tried, key=lambda each: each.share).candidate)


def _are_meant(data: TaskData, candidate: Candidate) -> bool:
    """Return whether the answers in what a candidate is shown are there for more than chance."""
    if candidate.retrieval is None:
        return False
    found = diagnose(data, candidate.retrieval, Materials(data), [candidate])
    if found is None:
        return False
    (search,) = found.searches
    return search.by_chance is None or search.shown >= FAR_MORE * search.by_chance


def _is_luck(search: PassageSearch, n: int) -> bool:
    """Return whether the answers may stand by chance in what was found."""
    if search.shown == 0:
        return True
    if search.by_chance is None:
        return False
    return bool(special.bdtrc(round(search.shown * n) - 1, n, search.by_chance) > LUCK)


def _finds_nothing(best: _Tried) -> str:
    retrieval = best.candidate.retrieval
    if retrieval is None:
        return ""
    if best.is_stuck:
        return (
            f"{name_of(retrieval, best.candidate.reranking)} finds the same passages for nearly all of "
            f"the {len(best.shown)} questions looked at, although there are others: the search and not "
            f"the model is the limit. {better_search(retrieval)}, or write levers.rag.not_applicable "
            "with the reason. `ladder retrieve SPEC` shows what each finds"
        )
    return (
        f"{name_of(retrieval, best.candidate.reranking)} finds no passage at all for "
        f"{share(1 - best.share)} of the {len(best.shown)} questions looked at: the search and not "
        f"the model is the limit. {any_search(retrieval)}, or write "
        "levers.rag.not_applicable with the reason. `ladder retrieve SPEC` shows what each finds"
    )


def _in_words(data: TaskData, best: _Tried, enough: float) -> str:
    retrieval = best.candidate.retrieval
    found = None if retrieval is None else diagnose(data, retrieval, Materials(data))
    if found is None or retrieval is None:
        return ""
    if found.in_corpus < enough:
        return (
            f"{found.words.rstrip('.')}, so retrieval from it could hardly reach {enough:g}: "
            f"{' '.join(_other_corpus(found, retrieval))}"
        )
    what = "the answer" if found.by == "answer" else "the right passage"
    if 2 * best.cut > len(best.shown) - sum(best.shown):
        return (
            f"{name_of(retrieval, best.candidate.reranking)} finds {what} for "
            f"{share(best.share + best.cut / len(best.shown))} of the {found.n} questions looked at, "
            f"and for {share(best.share)} it stood in the prompt: the passages have no room in the "
            f"model's context. {MORE_ROOM}"
        )
    return (
        f"{name_of(retrieval, best.candidate.reranking)} puts {what} into the prompt for "
        f"{share(best.share)} of the {found.n} questions looked at, and it stands in {found.corpus} "
        f"for {share(found.in_corpus)}: the search and not the model is the limit. "
        f"{better_search(retrieval)}. `ladder retrieve SPEC` shows what each finds"
    )


def _other_corpus(found: PassageDiagnosis, retrieval: Retrieval) -> Iterator[str]:
    yield better_passages(retrieval)
    if found.by == "answer":
        yield "(where they stand there in other words, name the right passages in data.gold)"
    yield "or write levers.rag.not_applicable with the reason"
