"""`check_classes`: classes with a target of their own that the eval data can show nothing about."""

from collections import Counter, defaultdict

from ladder.data import unit_of
from ladder.data.split import CONFIRMATION_SHARE
from ladder.finding import Finding
from ladder.measure.task_data import TaskData
from ladder.scoring.labels.named_labels import classes_of
from ladder.statistics.sizes import ERROR_BUDGET, SPEND, fewest_to_decide


def check_classes(data: TaskData) -> list[Finding]:
    """Return D43 where no sample is of such a class, and D44 where too few are to show anything."""
    spec = data.task.metric
    if not spec.at_least:
        return []
    found = classes_of(spec, (sample.targets for sample in data.samples))
    absent = [label for label in spec.at_least if label not in found]
    if absent:
        return [_absent(absent, Counter(label for label in found if label))]
    units: dict[str, set[str]] = defaultdict(set)
    for at in data.split.confirmation.tolist():
        if (label := found[at]) is not None:
            units[label].add(unit_of(data.samples[at]))
    margin = data.task.margin
    return [
        finding
        for label, target in spec.at_least.items()
        if (finding := _too_few(label, target - margin, len(units[label]))) is not None
    ]


def _absent(absent: list[str], known: Counter[str]) -> Finding:
    told = ", ".join(f"{label} {n}" for label, n in known.most_common())
    return Finding(
        code="D43 class-without-samples",
        severity="error",
        problem=f"metric.at_least names {', '.join(absent)}, which no target of the eval data "
        "stands for, so nothing could show that it is reached.",
        evidence=f"samples by class: {told or 'none'}",
        next_step="Take it out of metric.at_least, or add samples of it to the eval data.",
    )


def _too_few(label: str, reach: float, n: int) -> Finding | None:
    """Return D44 where even a row of right answers would not show that a class reaches its target."""
    fewest = fewest_to_decide(reach, ERROR_BUDGET * SPEND, above=True)
    if fewest is None:
        problem = (
            f"A target of 1 for {label} can never be confirmed: any number of right answers leaves "
            "room for a wrong one."
        )
        return _few(problem, "Set a margin, such as 0.01, or a lower share in metric.at_least.")
    if n >= fewest:
        return None
    more = round((fewest - n) / CONFIRMATION_SHARE + 0.5)
    return _few(
        f"{label} has {n} samples to confirm on, and {reach:g} takes at least {fewest}, all of "
        "them right: no candidate can be shown to reach its target.",
        f"Add about {more} samples of {label} or more, drawn as they come with the others, or ask "
        "less of it in metric.at_least.",
    )


def _few(problem: str, next_step: str) -> Finding:
    return Finding(
        code="D44 class-too-small", severity="warning", problem=problem, next_step=next_step
    )
