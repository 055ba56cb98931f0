"""`check_own_metric`: a metric function of the user's own that gives nothing to the targets themselves."""

from collections.abc import Iterator

from ladder.data.sample import Sample
from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.measure.read_answer import asked
from ladder.measure.task_data import TaskData
from ladder.scoring.code_metric import CodeMetric
from ladder.text import listed

TRIED = 8
"""Samples whose own target the function is given as the answer."""


def check_own_metric(data: TaskData) -> Iterator[Finding]:
    """Yield that a function scores every target 0, given as the answer to its own sample.

    Mostly it compares the answer with the list of acceptable answers, which no text equals. A
    function may also mean it (a target that is a pattern, a score that wants more than the target),
    so it is a warning; it says what the function was given.
    """
    metric = data.metric
    tried = [each for each in data.samples if each.kind != "none"][:TRIED]
    if not isinstance(metric, CodeMetric) or not tried:
        return
    try:
        scores = [
            metric.about(asked(sample)).score(sample.targets[0], sample.targets) for sample in tried
        ]
    except LadderError:
        return  # the baseline's answers tell what the function cannot score
    if any(scores):
        return
    yield Finding(
        code="W17 metric-refuses-targets",
        severity="warning",
        problem=f"{metric.name} gives 0 to all {len(tried)} targets that it was tried with, each as "
        "the answer to its own sample.",
        evidence=listed([_call(sample) for sample in tried]),
        next_step=f"It was called as {_call(tried[0])}: the second argument is the list of "
        "acceptable answers, so write `answer in targets` where it says `answer == targets`. Leave "
        "it where a target is no example of a right answer.",
    )


def _call(sample: Sample) -> str:
    """Return how the function was called, cut to a line."""
    answer, *_ = shown = [
        each if len(each) <= 40 else f"{each[:39]}…" for each in sample.targets[:3]
    ]
    return f"metric({answer!r}, {shown!r})"
