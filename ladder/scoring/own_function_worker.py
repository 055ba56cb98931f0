"""The process in which a metric of the user's own runs: it loads the function and calls it.

It is started as a file of its own and imports nothing of ladder, so that it is there in a moment
and the user's imports are found as they were in the run. What the function prints goes to stderr.
"""

import difflib
import hashlib
import importlib
import importlib.util
import inspect
import json
import math
import os
import pickle
import signal
import struct
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

MOST_OF_AN_ERROR = 60
"""Characters of what the function said: it may hold the answer, and so private data."""

GRACE = 5
"""Seconds over the limit after which the system ends this process, should nobody else."""


class UnusableFunctionError(Exception):
    """The function cannot be used at all; its arguments are the problem and the next step."""


def main() -> None:
    """Load the function that the first frame names, then answer one call a frame."""
    requests, replies = _own_pipes()
    first = _read(requests)
    sys.path[:] = first["path"]
    sys.argv[:] = ["ladder"]
    try:
        function = OwnFunction(first["name"])
    except UnusableFunctionError as error:
        _write(replies, {"problem": str(error.args[0]), "next_step": error.args[1]})
        return
    _write(replies, function.facts)
    while (call := _read(requests)) is not None:
        _end_in(math.ceil(first["seconds"]) + GRACE)
        _write(replies, function.answer(call))
        _end_in(0)


def _meant(name: str, module: object) -> str:
    """Return what to write for a function that is not in a module: the nearest of its own."""
    own = [each for each, value in vars(module).items() if callable(value) and each[:1] != "_"]
    near = difflib.get_close_matches(name, own, n=1)
    more = f" It has: {', '.join(own[:8])}." if own else ""
    return (
        f"Did you mean {near[0]}?" if near else f"Write module:function, or file.py:function.{more}"
    )


class OwnFunction:
    """A function or a subclass of `evaluate.Metric`, found by its name."""

    def __init__(self, name: str) -> None:
        place, _, attribute = name.rpartition(":")
        module = _module(place, name)
        found = getattr(module, attribute, None)
        if not callable(found):
            raise UnusableFunctionError(
                f"metric {name!r}: {place} has no function {attribute!r}.",
                _meant(attribute, module),
            )
        is_class = inspect.isclass(found)
        self._function = _from_evaluate(found, name) if is_class else found
        self._wanted = ["targets"] if is_class else wanted_by(found, name)
        self._sample = _beside("asked_sample").AskedSample
        self.facts = {"sees_sample": "sample" in self._wanted, "digest": _source_digest(module)}

    def answer(self, call: dict[str, Any]) -> dict[str, Any]:
        """Return the number that the function gives, or what went wrong."""
        sample = self._sample(**call["sample"])
        given = {"targets": list(call["targets"]), "sample": sample}
        return score_by(self._function, call["answer"], [given[each] for each in self._wanted])


def score_by(function: Callable[..., Any], answer: str, given: Sequence[Any]) -> dict[str, Any]:
    """Return the number that a function gives, or what went wrong."""
    try:
        value = function(answer, *given)
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything
        return {"error": f"raised {type(error).__name__}: {str(error)[:MOST_OF_AN_ERROR]}"}
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 1:
        return {"error": f"gave {repr(value)[:MOST_OF_AN_ERROR]}, which is no number in [0, 1]"}
    return {"score": number}


def wanted_by(found: Callable[..., Any], name: str) -> list[str]:
    """Return what a function wants behind the answer: the targets, the sample, or both."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return ["targets"]  # some builtins have none
    wanted = [
        "sample" if _is_sample(each) else "targets"
        for each in list(signature.parameters.values())[1:]
        if each.default is each.empty
        and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ] or ["targets"]
    try:
        signature.bind("", *wanted)
    except TypeError:
        wanted = []
    if sorted(wanted) not in (["targets"], ["sample"], ["sample", "targets"]):
        raise UnusableFunctionError(
            f"metric {name!r} takes {signature}, not an answer and its list of targets.",
            "Write def metric(answer, targets), or def metric(answer, sample) to see the whole "
            "row; it returns a number from 0 to 1.",
        )
    return wanted


def _is_sample(parameter: inspect.Parameter) -> bool:
    """Return whether a parameter's name or annotation says that it takes the sample."""
    annotation = parameter.annotation
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return parameter.name in ("sample", "row") or str(text).rpartition(".")[2] == "AskedSample"


def _module(place: str, name: str) -> ModuleType:
    try:
        return _from_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
    except BaseException as error:
        raise UnusableFunctionError(
            f"metric {name!r}: {place} cannot be imported: {type(error).__name__}: {error}.",
            "Check the path or module name, and that it imports in plain Python.",
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


def _beside(name: str) -> Any:  # noqa: ANN401 - a module, found without its package
    return _from_file(Path(__file__).with_name(f"{name}.py"))


def _from_evaluate(found: type, name: str) -> Callable[[str, list[str]], float]:
    try:
        from evaluate import Metric as EvaluateMetric
    except ImportError:
        raise UnusableFunctionError(
            f"metric {name!r} is a class, and evaluate is not installed.",
            "pip install evaluate, or name a function.",
        ) from None
    if not issubclass(found, EvaluateMetric):
        raise UnusableFunctionError(
            f"metric {name!r} is a class, but no subclass of evaluate.Metric.",
            "Name a function, or a subclass of evaluate.Metric.",
        )
    metric = found()

    def score(answer: str, targets: Sequence[str]) -> float:
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


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the two pipes to the run; what the user's code reads and prints goes elsewhere."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdin = os.fdopen(0, "r", closefd=False)
    return requests, replies


def _end_in(seconds: int) -> None:
    """Let the system end this process after some seconds, whatever its code is busy with."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)


def _read(stream: BinaryIO) -> Any:  # noqa: ANN401 - what the run sent
    header = stream.read(4)
    if len(header) < 4:
        return None
    [length] = struct.unpack(">I", header)
    return pickle.loads(stream.read(length))  # noqa: S301 - from the process that started this one


def _write(stream: BinaryIO, reply: dict[str, Any]) -> None:
    body = json.dumps(reply).encode()
    stream.write(struct.pack(">I", len(body)) + body)
    stream.flush()


if __name__ == "__main__":
    main()
