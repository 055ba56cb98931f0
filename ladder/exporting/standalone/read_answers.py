"""`read`: the part of an answer that the metric compares, as it was measured."""

import json
import re
from collections.abc import Mapping
from typing import Any

_THOUGHTS = re.compile(r"\s*<think>.*?</think>\s*", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*")


def read(text: str, reading: Mapping[str, Any]) -> str | None:
    """Return the part of an answer that is compared; None where ladder is needed to read it.

    Args:
        text: An answer without its thoughts.
        reading: What `stack.json` says: `whole`, `pattern`, `last_number`, or `ladder` with a metric.

    >>> read(" 622. ", {"kind": "whole"}), read("It is 6 or 7", {"kind": "last_number"})
    ('622.', '7')
    >>> read("Answer: A, so B", {"kind": "pattern", "pattern": "Answer: ([A-D])"})
    'A'
    """
    kind = reading["kind"]
    if kind == "whole":
        return text.strip()
    if kind == "last_number":
        numbers = _NUMBER.findall(text)
        return numbers[-1] if numbers else ""
    if kind == "pattern":
        found = list(re.finditer(reading["pattern"], text))
        return found[-1].group(found[-1].re.groups and 1) if found else ""
    return _by_ladder(text, reading["metric"])


def _by_ladder(text: str, metric: Mapping[str, Any]) -> str | None:
    try:
        from ladder.scoring import load_metric
        from ladder.spec.metric_spec import MetricSpec
    except ImportError:
        return None
    return load_metric(MetricSpec.model_validate_json(json.dumps(metric))).read(text)


def without_thoughts(text: str, *, keeps: bool = False) -> str:
    """Return an answer without what the model thought before it.

    >>> without_thoughts("<think>6 or 7?</think> 7"), without_thoughts("6 or 7?</think>7")
    ('7', '7')
    """
    if keeps or "</think>" not in text:
        return text
    return _THOUGHTS.sub("", text).rpartition("</think>")[2].strip()


def until_stop(text: str, strings: "list[str]") -> str:
    r"""Return a text up to its first stop string; white space ends only an answer that has begun.

    >>> until_stop("\n42\nTicket: 7", ["Ticket:", "\n"])
    '\n42'
    """
    begun = len(text) - len(text.lstrip())
    places = [text.find(each, 0 if each.strip() else begun) for each in strings]
    return text[: min((each for each in places if each >= 0), default=len(text))]
