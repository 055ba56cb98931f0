"""W18: what a target holds candidates against is not here, or does not answer all samples."""

from pathlib import Path

from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.models.locate import recorded_path
from ladder.models.recorded import Recorded
from ladder.spec.candidate import Candidate


def check_reference(data: TaskData) -> list[Finding]:
    """Return why the reference of a target could not be compared with; no model is called."""
    reference = data.task.reference
    if reference is None:
        return []
    adapter = reference.adapter
    if adapter is not None and not Path(adapter).expanduser().is_dir():
        return [
            _unavailable(
                f"There is no folder {adapter}, the adapter of the target's reference.",
                "Name the folder that `ladder train` wrote in target.reference.adapter.",
            )
        ]
    return _unrecorded(data, reference) if reference.model.is_recorded else []


def _unrecorded(data: TaskData, reference: Candidate) -> list[Finding]:
    try:
        path = recorded_path(reference.model) or Path()
        recording = Recorded(path)
    except LadderError as error:
        return [_unavailable(f"The reference of the target: {error}", error.next_step)]
    requests = [write_request(reference, PromptMaterial(each)) for each in data.samples]
    missing = [
        sample.id
        for sample, request in zip(data.samples, requests, strict=True)
        if not recording.answers(request)
    ]
    if not missing:
        return []
    return [
        _unavailable(
            f"The reference of the target, {path}, has no answer for {len(missing)} of "
            f"{len(data.samples)} samples: {', '.join(missing[:3])}.",
            "Record an answer for every row of the eval data, or leave those rows out: until then "
            "no run comes to a verdict.",
        )
    ]


def _unavailable(problem: str, next_step: str) -> Finding:
    return Finding(
        code="W18 reference-unavailable", severity="error", problem=problem, next_step=next_step
    )
