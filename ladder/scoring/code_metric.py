"""`CodeMetric`: metrics that are code: a function, or a subclass of `evaluate.Metric`.

`evaluate.load(name)` is never called: for a bare name it executes a script of that name from the
working directory first, then one from the Hub. A subclass inside an importable module does
neither.
"""

import copy
import dataclasses
from collections.abc import Sequence
from typing import ClassVar, Self

from ladder.errors import UnscoredError
from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.called_function import PREFIX, CalledFunction, called_function
from ladder.scoring.edits import FormEdit
from ladder.scoring.metric import BaseMetric, Kind
from ladder.scoring.own_function_process import OwnFunctionProcess
from ladder.scoring.read import Reading
from ladder.scoring.reading_chain import ReadingChain
from ladder.spec.metric_parts import ReadingWord
from ladder.spec.metric_spec import OWN_SECONDS, MetricSpec


class CodeMetric(BaseMetric):
    """A metric of the user's own, which gives a number in [0, 1].

    It is `function(answer, targets)`, or `function(answer, sample)` where the second parameter is
    called `sample` or annotated `AskedSample`; it may also take both. The answer comes without its
    thoughts, unless `metric.thoughts` is `keep`. It runs in a process of its own, and each call
    has `metric.seconds`.
    """

    kind: Kind = "bounded"
    readings: ClassVar[tuple[ReadingWord, ...]] = ("strict", "last_number", "pattern", "steps")

    def __init__(
        self, spec: MetricSpec, read: Reading, function: OwnFunctionProcess | CalledFunction
    ) -> None:
        super().__init__(spec, read)
        self.name = spec.name
        limit = f"/{spec.seconds:g} s" if spec.seconds != OWN_SECONDS else ""
        chain = f"/{read.version}" if isinstance(read, ReadingChain) else ""
        self.version = (
            f"{function.digest}/{spec.reading}/{spec.pattern or ''}/{spec.thoughts}{limit}{chain}"
        )
        self._function = function
        self._sample: AskedSample | None = None

    def about(self, sample: AskedSample) -> Self:
        """Return the metric for answers to one sample."""
        bound = copy.copy(self)
        bound._sample = sample  # noqa: SLF001 - the copy is of this very class
        return bound

    def score_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return what the function says.

        Raises:
            UnscoredError: It raises, takes too long, or gives something else than a number in [0, 1].
        """
        sample = self._sample or AskedSample(targets=tuple(targets))
        seen = {each.name: getattr(sample, each.name) for each in dataclasses.fields(sample)}
        seen["columns"] = dict(sample.columns)
        return self._function.score(self._read(answer), list(targets), seen)

    def only_form_differs(self, text: str, targets: Sequence[str]) -> FormEdit | None:
        """Return the light edit that makes a wrong answer right, if one does.

        A function that sees the sample need not look at targets, so none is edited for it.
        """
        if self._function.sees_sample:
            return None
        try:
            return super().only_form_differs(text, targets)
        except UnscoredError:
            return None

    def full_marks_in(self, passage: str, targets: Sequence[str]) -> bool:
        """Return whether somebody who reads a passage aloud could get full marks."""
        try:
            return super().full_marks_in(passage, targets)
        except UnscoredError:
            return False


def load_code(spec: MetricSpec, read: Reading) -> CodeMetric:
    """Return the metric `module:name` or `file.py:name`.

    Raises:
        MetricError: There is no such module or name, or it cannot be called.
    """
    if spec.name.startswith(PREFIX):
        return CodeMetric(spec, read, called_function(spec.name))
    return CodeMetric(spec, read, OwnFunctionProcess(spec.name, seconds=spec.seconds))
