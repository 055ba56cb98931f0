"""Recorded answers that lack samples (W20), and a reference that is not here, lacks some (W18) or is recorded (W19)."""

from collections.abc import Iterator
from pathlib import Path

from ladder.data.readers.read_rows import ROW_ENDINGS
from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.measure.request import PromptMaterial, write_request
from ladder.measure.task_data import TaskData
from ladder.models.locate import recorded_path
from ladder.models.models_here import models_here
from ladder.models.recorded import Recorded
from ladder.spec.candidate import Candidate, Prompt

PLAIN_STEP = (
    "Write prompt: '{{ input }}', and leave out chat and all of generation but max_new_tokens: recorded "
    "answers were given to the plain input. For another prompt, record its answers: "
    "levers.prompt.recorded."
)


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
    if reference.model.is_recorded:
        return _unrecorded(data, reference)
    if reference.model.is_endpoint:
        return []
    return _misnamed(reference.model.id) or _unowned(reference.model.id)


def _misnamed(name: str) -> list[Finding]:
    """Return what a name seems to be that is no model: rows, an address, an adapter, no folder."""
    meant = _meant(name, Path(name).expanduser())
    if not meant:
        return []
    return [_unavailable(f"The reference of the target, {name}, is no model.", f"Write {meant}.")]


def _unowned(name: str) -> list[Finding]:
    """Return that a name without an owner is nothing on this machine: it may be a server's.

    A few models of the hub have such a name, and a run would fetch them: so it is a warning.
    """
    is_open = "/" not in name and ":" not in name and not Path(name).expanduser().exists()
    if not is_open or name in models_here():
        return []
    found = _unavailable(
        f"The reference of the target, {name}, is no path and no downloaded model here; a run would "
        "look for it on the hub.",
        f"If a server answers as it, write {{model: {{id: {name}, base_url: https://HOST/v1}}}}; for "
        "answers that you have, recorded:FILE.",
    )
    return [found.replace(severity="warning")]


def _meant(name: str, path: Path) -> str:
    if name.startswith(("http://", "https://")):
        return f"{{model: {{id: NAME, base_url: {name}}}}}"
    if ":" in name:
        return ""
    if path.is_file() and path.suffix.lower() in ROW_ENDINGS:
        return f"recorded:{name}, if these are answers that were recorded"
    if (path / "adapter_config.json").is_file():
        return f"{{adapter: {name}}}"
    # A hub id has one slash.
    is_folder = name.count("/") > 1 and path.suffix != ".gguf"
    if is_folder and not path.exists():
        return "the name of a folder that exists, a hub id, recorded:FILE or {adapter: FOLDER}"
    return ""


def _unrecorded(data: TaskData, reference: Candidate) -> list[Finding]:
    try:
        path, missing = unrecorded_samples(data, reference)
    except LadderError as error:
        return [_unavailable(f"The reference of the target: {error}", error.next_step)]
    if missing:
        return [
            _unavailable(
                f"The reference of the target, {path}, has no answer for {len(missing)} of "
                f"{len(data.samples)} samples: {', '.join(missing[:3])}.",
                "Record an answer for every row of the eval data, or leave those rows out: until then "
                "no run comes to a verdict.",
            )
        ]
    return [
        Finding(
            code="W19 reference-recorded",
            severity="info",
            problem=f"The reference of the target is recorded in {path}, so nobody can ask it fresh "
            "rows: `ladder recheck` cannot tell next month whether the verdict still holds.",
            next_step="Name the model that gave the answers as target.reference, if it still answers; "
            "else give fresh rows and recorded answers to them a run of their own.",
        )
    ]


def _unavailable(problem: str, next_step: str) -> Finding:
    return Finding(
        code="W18 reference-unavailable", severity="error", problem=problem, next_step=next_step
    )


def check_recording(data: TaskData) -> Iterator[Finding]:
    """Yield that recorded answers in the place of the task's model do not answer all samples."""
    baseline = data.task.baseline()
    if not baseline.model.is_recorded:
        return
    try:
        path, missing = unrecorded_samples(data, baseline)
        _, plainly = unrecorded_samples(data, Candidate(model=baseline.model, prompt=Prompt()))
    except LadderError:
        return  # W12 tells that the file is not there
    if not missing:
        return
    yield Finding(
        code="W20 recording-incomplete",
        severity="error",
        problem=f"model: {path} has no answer to the prompts of {len(missing)} of "
        f"{len(data.samples)} samples: {', '.join(missing[:3])}.",
        next_step=PLAIN_STEP
        if len(plainly) < len(missing)
        else "Record an answer for every row of the eval data, by its input as it stands, or leave "
        "those rows out.",
    )


def unrecorded_samples(data: TaskData, candidate: Candidate) -> tuple[Path, list[str]]:
    """Return the file of a candidate's recorded answers, and the samples that it does not answer.

    Raises:
        LadderError: The file is not there, or holds no answers.
    """
    path = recorded_path(candidate.model) or Path()
    recording = Recorded(path)
    requests = [(each.id, write_request(candidate, PromptMaterial(each))) for each in data.samples]
    return path, [name for name, request in requests if not recording.answers(request)]
