"""`proven_reading`: a plain way to read answers that reads every recorded one as the metric did."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ladder.exporting.standalone.read_answers import read
from ladder.runs.samples import AnswerRow
from ladder.spec.metric_spec import MetricSpec


def proven_reading(metric: MetricSpec, answers: Sequence[AnswerRow]) -> dict[str, Any]:
    """Return how exported answers are read.

    Where no plain reading gives what the metric read in every recorded answer, it is the metric
    itself, which needs ladder; a metric of the user's own is never taken along.

    >>> answer = AnswerRow((0,), " 7 ", "7", 1.0)
    >>> proven_reading(MetricSpec(), [answer])
    {'kind': 'whole', 'keeps_thoughts': False, 'proven_on': 1}
    """
    keeps = {"keeps_thoughts": metric.thoughts == "keep", "proven_on": len(answers)}
    for reading in _plain_readings(metric):
        if all(read(each.text, reading) == each.read_as for each in answers):
            return {**reading, **keeps}
    spec = metric.model_dump(mode="json", exclude_defaults=True, by_alias=True)
    return {"kind": "ladder", "metric": spec, **keeps}


def _plain_readings(metric: MetricSpec) -> Iterator[Mapping[str, Any]]:
    if metric.reading == "pattern" and metric.pattern is not None:
        yield {"kind": "pattern", "pattern": metric.pattern}
    elif metric.reading == "last_number":
        yield {"kind": "last_number"}
    elif metric.reading != "steps":
        yield {"kind": "whole"}
