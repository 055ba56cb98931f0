"""`counted_batch`: some new rows and what the candidate scored on them, as the run's folder keeps it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ladder.data import Sample
from ladder.measure import Scored
from ladder.rechecking.candidate_to_recheck import CandidateToRecheck
from ladder.rechecking.fresh_rows import FreshRows
from ladder.rechecking.new_answers import can_be_right
from ladder.runs.recheck_file import CountedBatch, ScoreBounds
from ladder.search.answer_worth import least_differences, sureness_of
from ladder.search.climb import class_targets
from ladder.search.confirm.cascade_claim import COVERAGE, is_sure
from ladder.search.select.scores import check_scores


def counted_batch(
    about: CandidateToRecheck,
    fresh: FreshRows,
    answers: tuple[Sequence[Scored], Sequence[Scored]],
    files: Sequence[Path],
    now: datetime,
) -> CountedBatch:
    """Return a batch of rows with what the candidate scored; `answers` are its own and the reference's."""
    answered, other = answers
    is_binary = about.answerer.data.metric.kind == "binary"
    check_scores(np.array([row.score for row in answered]), len(answered), is_binary=is_binary)
    served = {(row.answer.answered_by, row.answer.fingerprint) for row in answered}
    return CountedBatch(
        counted=now.astimezone(UTC).isoformat(timespec="seconds"),
        files=tuple(file.name for file in files),
        questions=tuple(fresh.questions),
        rows=tuple(fresh.rows),
        units=tuple(fresh.units),
        scores=_scores(about, fresh.samples, answered, other),
        unknown=sum(
            (row.could_be_right and row.score < 1)
            or not can_be_right(about.answerer.data.metric, sample)
            for row, sample in zip(answered, fresh.samples, strict=True)
        ),
        served_as=tuple(sorted(each for each in served if any(each))),
    )


def _scores(
    about: CandidateToRecheck,
    samples: Sequence[Sample],
    answered: Sequence[Scored],
    other: Sequence[Scored],
) -> dict[str, tuple[ScoreBounds, ...]]:
    """Return for each mean what each row scores: an unknown answer 0 for one claim and 1 for the other.

    It is the score by the task's own metric and reading: that is what was confirmed. With a reference
    it is (difference + 1) / 2, and the least of it is what the run itself would count.

    Args:
        about: The candidate.
        samples: What was asked.
        answered: Its answers.
        other: Those of the reference; none where the target is a score.
    """
    own = [(row.score, 1.0 if row.could_be_right else row.score) for row in answered]
    bounds: list[ScoreBounds] = [*(_differences(about, answered, other) if other else own)]
    metric = about.answerer.data.metric
    bounds = [
        each if can_be_right(metric, sample) else (0.0, 1.0)
        for each, sample in zip(bounds, samples, strict=True)
    ]
    below = about.candidate.model.reviewed_below
    found: dict[str, tuple[ScoreBounds, ...]] = {}
    if below is not None:
        # Which answers count is how sure they are; of a failed call nobody knows.
        sure = is_sure(sureness_of(answered), below)
        lost = [row.answer.error is not None for row in answered]
        found[COVERAGE] = tuple(
            (float(is_sure), float(is_sure or is_lost))
            for is_sure, is_lost in zip(sure, lost, strict=True)
        )
        bounds = [each if is_sure else None for each, is_sure in zip(bounds, sure, strict=True)]
    found[""] = tuple(bounds)
    for each in class_targets(about.task.metric, samples):
        members = each.members
        found[each.label] = tuple(one if at in members else None for at, one in enumerate(bounds))
    return found


def _differences(
    about: CandidateToRecheck, answered: Sequence[Scored], other: Sequence[Scored]
) -> Iterator[tuple[float, float]]:
    """Yield the least and the most that each difference to the reference may be, as (d + 1) / 2."""
    least = least_differences(answered, other, about.task, about.answerer.data.metric)
    for low, mine, reference in zip(least.tolist(), answered, other, strict=True):
        most = 1.0 if mine.could_be_right else mine.score
        worst = 0.0 if reference.could_be_right else reference.score
        yield low, max(low, (most - worst + 1) / 2)
