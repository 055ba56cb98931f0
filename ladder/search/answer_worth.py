"""`most_of` and `unknown_of`: what each answer may be worth, where nobody knows what it would be."""

from collections.abc import Sequence

import numpy as np

from ladder.measure import Scored
from ladder.measure.answer_faults import is_readable
from ladder.scoring import Metric
from ladder.search.select.claim_scores import Readings, least_difference
from ladder.spec.task import TaskSpec
from ladder.statistics.arrays import BoolArray, FloatArray


def sureness_of(rows: Sequence[Scored]) -> FloatArray:
    """Return how sure each answer is; NaN where nobody knows, or where no answer came."""
    found = [None if row.answer.error is not None else row.answer.sureness for row in rows]
    return np.array([np.nan if each is None else each for each in found], dtype=np.float64)


def unknown_of(
    rows: Sequence[Scored], task: TaskSpec, metric: Metric, *, is_reference: bool
) -> BoolArray:
    """Return of which answers nobody knows what they would be: lost, empty, or cut before their end.

    Of a reference also those in which the metric reads nothing: that it answers in another form must
    not make a candidate look good.
    """
    is_read = is_reference and not task.is_form_wanted
    unread = [is_read and not is_readable(metric, row.text, row.read_as) for row in rows]
    pairs = zip(rows, unread, strict=True)
    return np.array([row.could_be_right or is_unread for row, is_unread in pairs], dtype=bool)


def least_differences(
    own: Sequence[Scored], reference: Sequence[Scored], task: TaskSpec, metric: Metric
) -> FloatArray:
    """Return the least that the differences of two candidates' answers may be, as (d + 1) / 2."""
    mine, other = (
        Readings(
            np.array([row.score for row in rows], dtype=np.float64),
            np.maximum([row.score for row in rows], most_of(rows, task, metric)),
            unknown_of(rows, task, metric, is_reference=is_reference),
        )
        for rows, is_reference in ((own, False), (reference, True))
    )
    return least_difference(mine, other)


def most_of(rows: Sequence[Scored], task: TaskSpec, metric: Metric) -> FloatArray:
    """Return the most that each answer may be worth: what the claim "below" is tested on.

    Where the metric has labels, an answer in which none is read is unknown too: it may name its
    class in a word that the spec does not know ("it isn't spam", "refund please" for `reimbursement`).
    So is one that differs from its target in no more than a list or a spreadsheet would change.
    """
    read = [row.score if task.is_form_wanted else max(row.score, row.lenient) for row in rows]
    has_labels = bool(task.metric.labels) and not task.is_form_wanted
    unknown = [
        row.could_be_right
        or (bool(row.alike) and not task.is_form_wanted)
        or (has_labels and not is_readable(metric, row.text, row.read_as))
        for row in rows
    ]
    return np.where(unknown, 1.0, np.array(read, dtype=np.float64))
