"""`calls_at_most`: how many calls no run of a task can exceed."""

import math
from collections.abc import Sequence

from ladder.measure.answer_limit import ROOM_SAMPLES
from ladder.measure.answer_store import MOST_UNREAD
from ladder.measure.candidate_cost import ALONE
from ladder.measure.own_answers import MOST_TRIED
from ladder.measure.task_data import TaskData
from ladder.rewriting import MOST_REWRITES
from ladder.search.foreseen_candidates import ForeseenCandidates
from ladder.search.foreseen_climb import checks_before
from ladder.search.select.joint import MOST_STACKS
from ladder.spec.candidate import Candidate

CLIMBS = 2
"""How often the levers are climbed at most."""


MORE_VARIANTS = 2
"""How many more candidates a lever may try from another one than it proposes for the baseline: that
one without it, and the baseline's own value."""


PLANTED = 16
"""Answers that a judge is tried on at most."""


def calls_at_most(data: TaskData, candidates: ForeseenCandidates, *, at_once: int) -> int:
    """Return how many calls no run of the search can exceed, calls that are asked again left out.

    Each lever is climbed twice at most, with its upper bound; combinations, what is left out of the
    best of them, and what explains the winner come on top. None is scored more than once a sample.
    """
    more = sum(bound is not None for bound in candidates.ceilings)
    # One that helped may be asked once more, for changes on top.
    more += sum(candidates.counts[lever] for lever in candidates.asked_again)
    rewrite = candidates.rewrite
    more += 0 if rewrite is None else MOST_REWRITES
    first = sum(candidates.counts) + more
    again = sum(count + MORE_VARIANTS for count in candidates.counts if count) + more
    n_levers = sum(count > 0 for count in candidates.counts)
    stacked = MOST_STACKS + CLIMBS * n_levers if n_levers > 1 else 0
    tried = 1 + (data.task.relative is not None) + first + (CLIMBS - 1) * again + stacked
    judged = PLANTED if data.task.metric.judge is not None else 0
    answers = tried * len(data.samples) + checks_before(data) + ROOM_SAMPLES + judged
    answers += 0 if rewrite is None else rewrite.calls
    answers += tried * further_calls(data, candidates, len(data.samples))
    decodings = {each.decoding for each in candidates.tried}
    calls = answers * max(data.task.calls_an_answer(each) for each in decodings)
    calls += tried * timed_alone(data, candidates)
    # What is asked ahead for nothing is held to that share only as expected: a round may go over.
    return math.ceil(calls * (1 + MOST_UNREAD)) + at_once if data.task.model.is_endpoint else calls


def timed_alone(data: TaskData, candidates: ForeseenCandidates) -> int:
    """Return the calls that only measure the time of one candidate: prompts asked one at a time."""
    is_asked = "seconds_p95" in data.task.limits.asked
    if not is_asked or all(each.model.is_recorded for each in candidates.tried):
        return 0
    return min(ALONE, len(data.split.selection))


def further_calls(data: TaskData, candidates: ForeseenCandidates, n: int) -> int:
    """Return the calls for what stands around prompts: queries that a model writes, its own answers.

    A query is written once a sample for each form, and pool rows are asked once for each draw of
    worked examples with the model's own answers; as long as model and chat setup stay the same. Where
    the task's own model ranks passages, it is asked once of each that is fetched by the best search.
    """
    tried = candidates.tried
    queries = {each.retrieval.query for each in tried if each.retrieval is not None}
    drawn = {
        (each.examples.pool, each.examples.seed, each.examples.shots)
        for each in tried
        if each.examples is not None and each.examples.method == "bootstrapped"
    }
    written = len(queries & {"rewritten", "hypothetical"})
    return n * (written + _most_rated(data, tried)) + MOST_TRIED * len(drawn)


def _most_rated(data: TaskData, tried: Sequence[Candidate]) -> int:
    """Return of how many passages the model is asked at most, where it ranks those of a question."""
    searches = {each.retrieval.source_key: each for each in tried if each.retrieval is not None}
    ranked = [
        each.replace(reranking=other.reranking) for each in searches.values() for other in tried
    ]
    return max(map(data.passages_rated, ranked), default=0)
