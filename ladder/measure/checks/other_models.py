"""`check_other_models`: models that a lever is to try and that are not on this machine (W12)."""

from pathlib import Path

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.models.locate import locate, may_be_on_hub, recorded_path
from ladder.models.models_here import models_here, named_here
from ladder.spec.candidate import ModelRef
from ladder.spec.task import TaskSpec


def check_other_models(task: TaskSpec) -> list[Finding]:
    """Return the models of levers that cannot be had, or that a run would have to download.

    Recorded answers are looked for too, also those that stand for the task's own model. Nothing is
    asked of the hub.
    """
    own = {"model": task.model} if task.model.is_recorded else {}
    named = {**own, **task.levers.other_models, **task.levers.recorded_models}
    found = ((place, _missing(each)) for place, each in named.items())
    return [
        Finding(
            code="W12 model-missing",
            severity="error" if place == "model" else "warning",
            problem=f"{place}: {missing[0]}",
            next_step=missing[1],
        )
        for place, missing in found
        if missing is not None
    ]


def _missing(ref: ModelRef) -> tuple[str, str] | None:
    """Return why a model is not here, and what to do; None where it is, or is no local one."""
    if ref.is_endpoint or ref.classifier is not None or ref.is_scripted:
        return None
    is_name = not ref.is_recorded and not Path(ref.id).exists()
    if is_name and may_be_on_hub(ref.id) and ref.id not in models_here():
        step = f"{named_here(ref.id)} Fetch it once: hf download {ref.id}"
        return f"{ref.id!r} is not on this machine; a run downloads it.", step.strip()
    try:
        _ = recorded_path(ref) or locate(ref)
    except LadderError as error:
        return str(error).removeprefix("model.id: "), error.next_step
    return None
