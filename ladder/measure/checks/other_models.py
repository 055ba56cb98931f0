"""`check_other_models`: models that a lever is to try and that are not on this machine (W12)."""

from pathlib import Path

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.models.locate import locate, may_be_on_hub
from ladder.models.models_here import models_here, named_here
from ladder.models.scripted import PREFIX
from ladder.spec.candidate import ModelRef
from ladder.spec.task import TaskSpec


def check_other_models(task: TaskSpec) -> list[Finding]:
    """Return the models of lever 3 that cannot be had, or that a run would have to download.

    Nothing is asked of the hub.
    """
    found = ((at, _missing(each)) for at, each in enumerate(task.levers.model.models))
    return [
        Finding(
            code="W12 model-missing",
            severity="warning",
            problem=f"levers.model.models.{at}: {missing[0]}",
            next_step=missing[1],
        )
        for at, missing in found
        if missing is not None
    ]


def _missing(ref: ModelRef) -> tuple[str, str] | None:
    """Return why a model is not here, and what to do; None where it is, or is no local one."""
    if ref.is_endpoint or ref.classifier is not None or ref.id.startswith((PREFIX, "recorded:")):
        return None
    if not Path(ref.id).exists() and may_be_on_hub(ref.id) and ref.id not in models_here():
        step = f"{named_here(ref.id)} Fetch it once: hf download {ref.id}"
        return f"{ref.id!r} is not on this machine; a run downloads it.", step.strip()
    try:
        locate(ref)
    except LadderError as error:
        return str(error).removeprefix("model.id: "), error.next_step
    return None
