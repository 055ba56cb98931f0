"""`check_new_answers`: whether the right answers of new rows are written as those of the eval data are.

An export that writes `12.0` for `12` would make every answer wrong: an alarm about the file.
"""

from collections import Counter
from collections.abc import Sequence

from ladder.data import Sample
from ladder.data.labels import is_label_like
from ladder.data.split import normal_form
from ladder.errors import DataError
from ladder.finding import Finding
from ladder.measure.checks.check_format_residue import check_residue
from ladder.measure.checks.targets import check_targets
from ladder.measure.task_data import TaskData
from ladder.runs.samples import SampleRow
from ladder.scoring import Metric
from ladder.scoring.metric import BuiltIn

_SHOWN = 5

_MAY_LACK = ("D43",)
"""Findings about what all the eval data must have and the rows of a month may lack: a class."""

_SHARES = ("D07", "D25", "D26")
"""Findings that few rows may have by chance: targets out of reach, no call wanted, a field in none."""

FEW = 20
"""Rows below which a share of them says nothing about how the file is written."""


def check_new_answers(
    data: TaskData, samples: Sequence[Sample], before: Sequence[SampleRow], *, month: str = ""
) -> tuple[str, ...]:
    """Return in words what is odd in the right answers of new rows, and would make answers wrong.

    Args:
        data: Of the run's task: its metric reads the answers.
        samples: The new rows.
        before: Those of the run.
        month: Of which month the new rows are, where somebody said so.

    Raises:
        DataError: No answer of a model could match them, or of many rows too few, or most have labels
            that the eval data lack; nothing is counted.
    """
    if not samples:
        return ()
    which = f"The new rows of {month}" if month else "The new rows"
    new = TaskData(data.task, samples, data.allow_code)
    found = [*check_residue(new), *check_targets(new)]
    is_lost = not any(can_be_right(data.metric, each) for each in samples)
    few = _SHARES if len(samples) < FEW and not is_lost else ()
    excused = (*_MAY_LACK, *few)
    errors = [
        each for each in found if each.severity == "error" and not each.code.startswith(excused)
    ]
    if errors:
        raise DataError(
            f"{which}: {errors[0].code}: {errors[0].problem} Nothing was counted.",
            next_step="Write the answers as those of the eval data are written, and give the file again.",
        )
    labels = _new_labels(samples, before)
    if len(samples) >= FEW and 2 * labels.total() > len(samples):
        raise DataError(
            f"{which}: {labels.total():,} of {len(samples):,} have an answer that no row of the eval "
            f"data has: {_shown(labels)}. Nothing was counted.",
            next_step="Write the answers as those of the eval data are written, and give the file again; "
            "where these are labels that came later, the verdict says nothing of them: put rows with "
            "them into the eval data, and run again.",
        )
    return (
        *(f"{which}: {each.problem}" for each in filter(_is_of_answers, found)),
        *_unmatchable(data.metric, samples),
        *([f"Answers of new rows that no eval row has: {_shown(labels)}."] if labels else []),
    )


def can_be_right(metric: Metric, sample: Sample) -> bool:
    """Return whether any answer could match what a row says is right; else nobody knows its score."""
    return not isinstance(metric, BuiltIn) or any(map(metric.accepts, sample.targets))


def _is_of_answers(finding: Finding) -> bool:
    return finding.severity == "warning" and finding.code.startswith("D3")


def _unmatchable(metric: Metric, samples: Sequence[Sample]) -> list[str]:
    """Return how many rows have an answer that no model could match, so that they are unknown."""
    lost = [each for each in samples if not can_be_right(metric, each)]
    if not lost:
        return []
    words = f"{len(lost):,} of the {len(samples):,} new rows have an answer that {metric.name}"
    return [f"{words} cannot read, such as {lost[0].targets[0][:40]!r}: their score is unknown."]


def _new_labels(samples: Sequence[Sample], before: Sequence[SampleRow]) -> Counter[str]:
    """Return how many new rows have each label that no row of the eval data has."""
    known = [Sample(each.id, each.input, each.targets or ("",)) for each in before]
    if not is_label_like(known):
        return Counter()
    labels = {normal_form(target) for each in known for target in each.targets}
    return Counter(
        sample.targets[0] for sample in samples if normal_form(sample.targets[0]) not in labels
    )


def _shown(labels: Counter[str]) -> str:
    shown = ", ".join(f"{label!r} ({n})" for label, n in labels.most_common(_SHOWN))
    return f"{shown} and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else shown
