"""`CalledFunction`: a metric that is a function in this process, as notebooks have it."""

from collections.abc import Callable, Mapping
from typing import Any

from ladder.errors import MetricError, UnscoredError
from ladder.function_digest import function_digest, function_name
from ladder.scoring.asked_sample import AskedSample
from ladder.scoring.own_function_worker import UnusableFunctionError, score_by, wanted_by

PREFIX = "function:"
_SHOWN = 60


class CalledFunction:
    """A function of the user's own that is called as it is, without a process or a limit of time.

    Args:
        function: Takes the answer and the list of targets, or the answer and the sample.

    Raises:
        MetricError: It takes other arguments.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = f"{PREFIX}{function_name(function)}"
        self.digest = function_digest(function)
        self._function = function
        try:
            self._wanted = wanted_by(function, function_name(function))
        except UnusableFunctionError as error:
            raise MetricError(str(error.args[0]), next_step=str(error.args[1])) from None
        self.sees_sample = "sample" in self._wanted

    def score(self, answer: str, targets: list[str], sample: Mapping[str, Any]) -> float:
        """Return what the function gives.

        Raises:
            UnscoredError: It raised, or gave something else than a number in [0, 1].
        """
        given = {"targets": targets, "sample": AskedSample(**sample)}
        reply = score_by(self._function, answer, [given[each] for each in self._wanted])
        if "score" in reply:
            return float(reply["score"])
        shown = answer if len(answer) <= _SHOWN else answer[: _SHOWN - 1] + "…"
        raise UnscoredError(
            f"metric {self.name} {reply['error']}, for the answer {shown!r}.",
            next_step="Correct the function so that it scores every text, the empty one too.",
        )


_REGISTERED: dict[str, CalledFunction] = {}


def register_metric(function: Callable[..., Any]) -> str:
    """Return the name by which a spec in this process means a function.

    >>> register_metric(lambda answer, targets: 1.0).startswith("function:lambda-")
    True
    """
    called = CalledFunction(function)
    _REGISTERED[called.name] = called
    return called.name


def called_function(name: str) -> CalledFunction:
    """Return the function that was registered under a name.

    Raises:
        MetricError: None was, in this process.
    """
    if name not in _REGISTERED:
        raise MetricError(
            f"metric {name!r} was a function in another process, and is not known in this one.",
            next_step="Call ladder.run(…, metric=your_function) again, or write the function into a "
            "file: metric: checks.py:score.",
        )
    return _REGISTERED[name]
