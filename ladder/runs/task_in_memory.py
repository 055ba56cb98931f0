"""`task_in_memory`: a task whose tables and functions are those of this process, as a plain mapping."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ladder.data.tables import with_files
from ladder.errors import SpecError
from ladder.models.called_model import register_model
from ladder.scoring.called_function import register_metric

NAME = "task"
"""What a task is called that has no name."""


def task_in_memory(task: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a task in which rows are files, and functions the names under which they are known.

    Args:
        task: As a spec has it; `data`, pools and corpora may be tables, `model` and the target's
            `reference` a function or a Generator, `metric` a function. It is not changed.
        folder: Where tables are written.

    Raises:
        SpecError: A value is neither what a spec holds, nor a table or a function.
    """
    made = {"name": NAME, **with_files(task, folder)}
    made = {key: str(each) if isinstance(each, Path) else each for key, each in made.items()}
    if "model" in made:
        made["model"] = _model(made["model"], "model")
    if isinstance(made.get("target"), Mapping):
        made["target"] = _with_reference(made["target"])
    levers = made.get("levers")
    if isinstance(levers, Mapping) and isinstance(levers.get("model"), Mapping):
        section = dict(levers["model"])
        section["models"] = [
            _model(each, "levers.model.models") for each in section.get("models", ())
        ]
        made["levers"] = {**levers, "model": section}
    metric = made.get("metric")
    if isinstance(metric, Mapping) and callable(metric.get("name")):
        made["metric"] = {**metric, "name": register_metric(metric["name"])}
    elif callable(metric) and not isinstance(metric, type):
        made["metric"] = register_metric(metric)
    _refuse_foreign(made)
    return made


def _with_reference(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return a target whose reference is named, where a function gives its answers."""
    reference, place = target.get("reference"), "target.reference"
    if isinstance(reference, Mapping) and "model" in reference:
        reference = {**reference, "model": _model(reference["model"], f"{place}.model")}
    elif reference is not None and not isinstance(reference, Mapping):
        reference = _model(reference, place)
    return {**target, "reference": reference} if "reference" in target else dict(target)


def _model(value: Any, place: str) -> Any:  # noqa: ANN401 - whatever stands there
    if isinstance(value, str | Path | Mapping) or hasattr(value, "model_dump"):
        return str(value) if isinstance(value, Path) else value
    is_generator = hasattr(value, "generate") and hasattr(value, "identity")
    if isinstance(value, type) or not (callable(value) or is_generator):
        raise SpecError(
            f"{place}: {type(value).__name__} is neither a function nor a Generator.",
            next_step="Give a hub id, a folder, or a function that takes a prompt and returns a text; "
            "for a model in memory write one around it.",
        )
    return register_model(value)


def _refuse_foreign(task: Mapping[str, Any]) -> None:
    """Raise for a table that is none."""
    data = task.get("data")
    path = data.get("path") if isinstance(data, Mapping) else data
    if data is not None and not isinstance(path, str) and not hasattr(data, "model_dump"):
        raise SpecError(
            f"data: {type(path).__name__} is no table of rows.",
            next_step="Give a path, a DataFrame, a datasets.Dataset or a list of dicts.",
        )
