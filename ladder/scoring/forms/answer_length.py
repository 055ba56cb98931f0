"""`Length`: whether an answer is as long as it may be."""

from collections.abc import Sequence
from typing import ClassVar

from ladder.errors import MetricError
from ladder.scoring.forms.form_metric import StandaloneForm
from ladder.scoring.forms.text_units import count_of
from ladder.scoring.read import Reading
from ladder.spec.metric_spec import MetricSpec


class Length(StandaloneForm):
    """1 when the answer has at least `min` and at most `max` words, or what `unit` names.

    In scripts without gaps every character is a word. Characters are what a reader sees as one, white
    space among them. A line that is empty does not count. An empty answer is never right.
    """

    name = "length"
    takes: ClassVar[tuple[str, ...]] = ("min", "max", "unit")

    def __init__(self, spec: MetricSpec, read: Reading) -> None:
        super().__init__(spec, read)
        if spec.min is None and spec.max is None:
            raise MetricError(
                "metric length needs min, max or both.",
                next_step="Write metric: {name: length, max: 50, unit: words}.",
            )
        if spec.max is not None and (spec.min or 0) > spec.max:
            raise MetricError(
                f"metric.min is {spec.min}, and metric.max is only {spec.max}.",
                next_step="Write the smaller number under min.",
            )

    def has_form(self, answer: str) -> bool:
        """Return whether an answer is neither too short nor too long."""
        count = count_of(answer, self.spec.unit)
        return (self.spec.min or 0) <= count and not self._is_too_long(count)

    def is_open(self, answer: str, targets: Sequence[str]) -> bool:  # noqa: ARG002
        """Return whether an answer that was cut is not too long already."""
        return not self._is_too_long(count_of(answer, self.spec.unit))

    def remarks(self, text: str, targets: Sequence[str]) -> list[str]:  # noqa: ARG002 - others look
        """Return how long an answer is."""
        return [f"it has {count_of(self.read(text), self.spec.unit)} {self.spec.unit}"]

    def _is_too_long(self, count: int) -> bool:
        return self.spec.max is not None and count > self.spec.max
