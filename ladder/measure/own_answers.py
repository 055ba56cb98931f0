"""`with_own_answers`: pool rows that the model itself answers right, with its own answers first."""

import dataclasses
from collections.abc import Callable, Sequence

from ladder.data.sample import Sample
from ladder.measure.read_answer import asked, read_answer
from ladder.models.base import Answer
from ladder.retrieval.examples import drawn
from ladder.scoring import Metric
from ladder.spec.candidate import Examples

TRIED_AT_ONCE = 8
"""Pool rows that are asked together."""

MOST_TRIED = 48
"""Pool rows that are asked at the most, however few of them are answered right."""

Ask = Callable[[Sequence[Sample]], Sequence[Answer]]


def with_own_answers(
    pool: Sequence[Sample], examples: Examples, metric: Metric, ask: Ask
) -> list[Sample]:
    """Return a drawn pool: first the rows that the model answers right, with what it wrote itself.

    Such an answer holds the model's reasons, in its own words (bootstrapped demonstrations, Khattab
    et al. 2023). Where too few are right, rows with the pool's own answers follow. `ask` returns
    the answers of the model to rows without any examples.
    """
    order = drawn(pool, examples.seed)
    texts = [row for row in order if row.conversation is None]
    right: dict[str, Sample] = {}
    for start in range(0, min(len(texts), MOST_TRIED), TRIED_AT_ONCE):
        rows = texts[start : start + TRIED_AT_ONCE]
        if len(right) >= examples.shots:
            break
        for row, answer in zip(rows, ask(rows), strict=True):
            found = read_answer(metric.about(asked(row)), answer, row.targets)
            if answer.error is None and found.score == 1 and found.text.strip():
                targets = (found.text.strip(), *row.targets)
                right[row.id] = dataclasses.replace(row, targets=targets)
    return [*right.values(), *(row for row in order if row.id not in right)]
