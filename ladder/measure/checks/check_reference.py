"""What a target holds candidates against is not here, lacks answers (W18), or has recorded ones (W19)."""

from pathlib import Path

from ladder.data.readers.read_rows import ROW_ENDINGS
from ladder.errors import LadderError
from ladder.finding import Finding
from ladder.measure.checks.check_recording import unrecorded_samples
from ladder.measure.task_data import TaskData
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
    if reference.model.is_recorded:
        return _unrecorded(data, reference)
    return [] if reference.model.is_endpoint else _misnamed(reference.model.id)


def _misnamed(name: str) -> list[Finding]:
    """Return what a name seems to be that is no model: rows, an address, an adapter, no folder."""
    meant = _meant(name, Path(name).expanduser())
    if not meant:
        return []
    return [_unavailable(f"The reference of the target, {name}, is no model.", f"Write {meant}.")]


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
