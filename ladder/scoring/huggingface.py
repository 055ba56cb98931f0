"""Metrics that are code: a function, or a subclass of `evaluate.Metric`.

`evaluate.load(name)` is never called: for a bare name it executes a script of that name from the
working directory first, then one from the Hub. A subclass inside an importable module does
neither.
"""

import hashlib
import importlib
import importlib.util
import inspect
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from ladder.errors import MetricError
from ladder.scoring.metric import BaseMetric, Kind, ReadingName
from ladder.scoring.read import Reading
from ladder.spec.task import MetricSpec

Function = Callable[[str, list[str]], Any]


class CodeMetric(BaseMetric):
    """A metric of the user's own: `function(answer, targets)` gives a number in [0, 1].

    The function gets the answer without its thoughts, unless `metric.thoughts` is `keep`.
    """

    kind: Kind = "bounded"
    readings: ClassVar[tuple[ReadingName, ...]] = ("strict", "last_number", "pattern")

    def __init__(
        self, spec: MetricSpec, read: Reading, function: Function, *, version: str
    ) -> None:
        super().__init__(spec, read)
        self.name = spec.name
        self.version = version
        self._function = function

    def score_answer(self, answer: str, targets: Sequence[str]) -> float:
        """Return what the function says.

        Raises:
            MetricError: It raises, or gives something else than a number in [0, 1].
        """
        answer = self._read(answer)
        try:
            given = self._function(answer, list(targets))
        except Exception as error:
            raise self._failed(f"raised {type(error).__name__}: {error}", answer) from error
        try:
            number = float(given)
        except (TypeError, ValueError):
            number = math.nan
        if not 0 <= number <= 1:
            raise self._failed(f"gave {given!r}, which is no number in [0, 1]", answer)
        return number

    def _failed(self, what: str, answer: str) -> MetricError:
        return MetricError(
            f"metric {self.name} {what}, for the answer {answer[:80]!r}.",
            next_step="Correct the function so that it scores every text, the empty one too.",
        )


def load_code(spec: MetricSpec, read: Reading) -> CodeMetric:
    """Return the metric `module:name` or `file.py:name`.

    Raises:
        MetricError: There is no such module or name, or it cannot be called.
    """
    place, _, name = spec.name.rpartition(":")
    module = _module(place, spec.name)
    found = getattr(module, name, None)
    if not callable(found):
        raise MetricError(
            f"metric {spec.name!r}: {place} has no function {name!r}.",
            next_step="Write module:function, or file.py:function.",
        )
    if not inspect.isclass(found):
        _check_takes_two(found, spec.name)
    function = _from_evaluate(found, spec.name) if inspect.isclass(found) else found
    version = f"{_source_digest(module)}/{spec.reading}/{spec.pattern or ''}/{spec.thoughts}"
    return CodeMetric(spec, read, function, version=version)


def _check_takes_two(found: Callable[..., Any], name: str) -> None:
    """Refuse what cannot be called with an answer and its targets, where its signature tells."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return  # some builtins have none
    try:
        signature.bind("", [])
    except TypeError:
        raise MetricError(
            f"metric {name!r} takes {signature}, not an answer and its list of targets.",
            next_step="Write def metric(answer, targets), which returns a number from 0 to 1.",
        ) from None


def _module(place: str, name: str) -> ModuleType:
    try:
        return _from_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    except Exception as error:
        raise MetricError(
            f"metric {name!r}: {place} cannot be imported: {type(error).__name__}: {error}.",
            next_step="Check the path or module name, and that it imports in plain Python.",
        ) from error


def _from_file(file: Path) -> ModuleType:
    unique = f"ladder_metric_{hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(unique, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique] = module
    spec.loader.exec_module(module)
    return module


def _from_evaluate(found: type, name: str) -> Function:
    try:
        from evaluate import Metric as EvaluateMetric
    except ImportError:
        raise MetricError(
            f"metric {name!r} is a class, and evaluate is not installed.",
            next_step='pip install "finetune-ladder[metrics]", or name a function.',
        ) from None
    if not issubclass(found, EvaluateMetric):
        raise MetricError(
            f"metric {name!r} is a class, but no subclass of evaluate.Metric.",
            next_step="Name a function, or a subclass of evaluate.Metric.",
        )
    metric = found()

    def score(answer: str, targets: list[str]) -> float:
        return max(
            _first_number(metric.compute(predictions=[answer], references=[target]))
            for target in targets
        )

    return score


def _first_number(result: dict[str, Any]) -> float:
    return next(float(v) for v in result.values() if isinstance(v, (int, float)))


def _source_digest(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    content = Path(file).read_bytes() if file and file.endswith(".py") else b""
    return hashlib.sha256(content or module.__name__.encode()).hexdigest()[:12]
